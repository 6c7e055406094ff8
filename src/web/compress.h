// Answers as gzip (RFC 1952) where the client takes it and it pays. Pure apart from random padding;
// thread-safe. Runs on the worker that made the answer, never on a network thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "web/http.h"

namespace klarsyn {

constexpr std::size_t kCompressFrom = 1024;  // bytes; smaller answers fit a packet anyway

// The client names gzip (or *) in Accept-Encoding and does not give it the weight 0.
bool takes_gzip(std::string_view accept_encoding);
bool takes_gzip(const Request& request);

// Text of at least kCompressFrom bytes, whole and not encoded already.
bool compressible(const Response& response);

// "\"a\"" -> "\"a-gz\"": the packed form is another representation and has a tag of its own.
std::string packed_tag(std::string_view etag);

// gzip of `text`. `level` 1 (quick) to 9 (small). A random number of bytes in the head hides the
// exact length, so that secrets in a page cannot be guessed from the length of its answers.
std::string gzip(std::string_view text, int level);

// The files that never change, packed once at start. Found by the place of their text.
class PackedAssets {
public:
    explicit PackedAssets(const std::vector<std::string_view>& texts);
    // Empty where the text is none of them.
    std::string_view find(std::string_view text) const;

private:
    std::map<const char*, std::string> packed_;
};

// How an answer leaves. Chosen before If-None-Match is compared, because it changes the tag.
enum class Packing { none, prepared, now };

// Sets Vary and, where it will be packed, the tag. `Where::network` packs nothing anew. The tag of
// an API's object is its version, which If-Match brings back: such an answer stays as it is.
enum class Where { worker, network };
Packing choose_packing(const Request& request, const PackedAssets& assets, Where where,
                       Response& response);
// Afterwards; an answer that has become a 304 is left alone.
void pack(Packing packing, const PackedAssets& assets, Response& response);

}  // namespace klarsyn
