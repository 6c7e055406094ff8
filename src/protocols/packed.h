// Bytes that arrive packed: snappy's block format (remote-write) and gzip (OTLP). Both are bounded
// by what they may unpack to, whatever the packed bytes claim. Pure; thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/result.h"

namespace klarsyn {

// invalid_input for damaged bytes; refused for more than `bytes_max` when unpacked.
Result<std::string> unpack_snappy(std::string_view packed, std::size_t bytes_max);
Result<std::string> unpack_gzip(std::string_view packed, std::size_t bytes_max);

std::string pack_snappy(std::string_view bytes);

}  // namespace klarsyn
