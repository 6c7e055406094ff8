// Names of files that somebody sent: made harmless before they are kept or shown. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace klarsyn {

struct CleanFileName {
    std::string name;                  // never empty, at most 120 bytes of well-formed UTF-8
    std::vector<std::string> numbers;  // CPR numbers that were masked in it, "ddmmyy-nnnn"
};

// The last part of a path, on any system. First invisible, direction and control characters and
// ill-formed bytes go, then the rest is judged: signs that look like a path separator or mean
// something to a file system become "_", dots and spaces at the ends go, names that Windows
// reserves get a "_" before them, CPR numbers become "xxxxxx-xxxx". The ending is kept when a name
// is shortened.
CleanFileName clean_file_name(std::string_view sent);

// The value of Content-Disposition under which a browser saves, never shows.
std::string download_disposition(std::string_view clean_name);

// What a file seems to be by its first bytes, as a media type; application/octet-stream where it is
// not known. For display only: nothing is ever served, opened or unpacked by it.
std::string_view sniff_media_type(std::string_view bytes);

}  // namespace klarsyn
