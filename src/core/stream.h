// Streams as texts. Thread-safe for different streams.
#pragma once

#include <istream>
#include <optional>
#include <string>

namespace klarsyn {

// All that is left of a stream; nothing where it was not opened or breaks off: it is a directory, a
// process of /proc has ended. An iterator over its buffer would throw there.
std::optional<std::string> read_rest(std::istream& in);

}  // namespace klarsyn
