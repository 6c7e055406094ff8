#include "ingest/format.h"

namespace klarsyn {

std::int64_t group_key(std::uint64_t number, std::string_view exact_key) {
    constexpr std::uint64_t kNumberBits = 38;
    constexpr std::uint64_t kHashBits = 25;  // 63 bits in all: the key is never negative
    const std::uint64_t high = number & ((std::uint64_t{1} << kNumberBits) - 1);
    const std::uint64_t low = hash64(exact_key) & ((std::uint64_t{1} << kHashBits) - 1);
    return static_cast<std::int64_t>((high << kHashBits) | low);
}

}  // namespace klarsyn
