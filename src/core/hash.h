// Hashes: SHA-256 for what must be provable, XXH3 for look-ups and row digests. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace klarsyn {

std::string sha256_hex(std::string_view bytes);  // 64 lower-case hex digits
std::string to_hex(std::string_view bytes);
std::uint64_t hash64(std::string_view bytes, std::uint64_t seed = 0);  // XXH3, 64 bits

// Feeds SHA-256 piece by piece. Not copyable; one thread.
class Sha256 {
public:
    Sha256();
    ~Sha256();
    Sha256(const Sha256&) = delete;
    Sha256& operator=(const Sha256&) = delete;
    void update(std::string_view bytes);
    std::string finish_hex();

private:
    void* state_;
};

}  // namespace klarsyn
