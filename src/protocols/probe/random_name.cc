#include "protocols/probe/random_name.h"

#include <sodium.h>

#include <cstring>

#include "core/hash.h"

namespace klarsyn {

std::string random_name() {
    unsigned char bytes[16];
    randombytes_buf(bytes, sizeof bytes);
    return to_hex({reinterpret_cast<const char*>(bytes), sizeof bytes});
}

std::uint64_t random_seed() {
    std::uint64_t seed = 0;
    randombytes_buf(&seed, sizeof seed);
    return seed;
}

}  // namespace klarsyn
