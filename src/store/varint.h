// Numbers in as few bytes as they need: seven bits a byte, the lowest first. Signed ones are folded
// so that small negative numbers are small too. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace klarsyn {

inline void put_varint(std::string& out, std::uint64_t value) {
    while (value >= 0x80) {
        out.push_back(static_cast<char>(value | 0x80));
        value >>= 7;
    }
    out.push_back(static_cast<char>(value));
}

inline void put_signed_varint(std::string& out, std::int64_t value) {
    put_varint(out,
               (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63));
}

// Reads what was put. Beyond the end, and for a number that is longer than 64 bits, all further
// numbers are 0 and ok() is false.
class VarintReader {
public:
    explicit VarintReader(std::string_view bytes) : bytes_(bytes) {}
    bool ok() const { return ok_; }
    bool done() const { return at_ == bytes_.size(); }
    std::size_t at() const { return at_; }

    std::uint64_t next() {
        std::uint64_t value = 0;
        for (int shift = 0; ok_ && shift < 64; shift += 7) {
            if (at_ >= bytes_.size()) break;
            const auto byte = static_cast<unsigned char>(bytes_[at_++]);
            value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
            if ((byte & 0x80) == 0) return value;
        }
        ok_ = false;
        return 0;
    }
    std::int64_t next_signed() {
        const std::uint64_t raw = next();
        return static_cast<std::int64_t>(raw >> 1) ^ -static_cast<std::int64_t>(raw & 1);
    }

private:
    std::string_view bytes_;
    std::size_t at_ = 0;
    bool ok_ = true;
};

}  // namespace klarsyn
