#include "protocols/probe/random_name.h"

#include <sys/random.h>

#include <array>

#include "core/hash.h"

namespace klarsyn {
namespace {

// So few bytes are never cut short (getrandom(2)).
template <typename T>
T random_bytes() {
    T bytes{};
    (void)!::getrandom(&bytes, sizeof bytes, 0);
    return bytes;
}

}  // namespace

std::string random_name() {
    const auto bytes = random_bytes<std::array<char, 16>>();
    return to_hex({bytes.data(), bytes.size()});
}

std::uint64_t random_seed() { return random_bytes<std::uint64_t>(); }

}  // namespace klarsyn
