// The wire format of Protocol Buffers, field by field, for messages of few fields: no generated
// code and nothing set aside that the bytes do not hold. Values over the caller's bytes, which must
// outlive them; one thread.
#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

namespace klarsyn {

class ProtoReader {
public:
    enum class Wire : std::uint8_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

    explicit ProtoReader(std::string_view message) : rest_(message) {}

    // Moves to the next field; false at the end and at a fault. Field 0, groups, numbers beyond
    // 64 bits and lengths beyond the message are faults.
    bool next();
    bool failed() const { return failed_; }

    // Field and wire type together: a known number with another type is an unknown field.
    bool is(std::uint32_t field, Wire wire) const { return field_ == field && wire_ == wire; }
    std::uint32_t field() const { return field_; }
    Wire wire() const { return wire_; }

    std::uint64_t number() const { return number_; }  // of varint, fixed64 and fixed32
    std::int64_t signed_number() const { return static_cast<std::int64_t>(number_); }
    double real() const { return std::bit_cast<double>(number_); }  // of fixed64
    std::string_view bytes() const { return bytes_; }               // of bytes

private:
    bool fail();
    bool read_varint(std::uint64_t& value);
    bool read_fixed(std::size_t size);

    std::string_view rest_;
    bool failed_ = false;
    std::uint32_t field_ = 0;
    Wire wire_ = Wire::varint;
    std::uint64_t number_ = 0;
    std::string_view bytes_;
};

class ProtoWriter {
public:
    void varint(std::uint32_t field, std::uint64_t value);
    void fixed64(std::uint32_t field, std::uint64_t value);
    void real(std::uint32_t field, double value) {
        fixed64(field, std::bit_cast<std::uint64_t>(value));
    }
    void bytes(std::uint32_t field, std::string_view value);
    std::string take() { return std::move(out_); }
    const std::string& text() const { return out_; }

private:
    void put(std::uint64_t value);
    void tag(std::uint32_t field, ProtoReader::Wire wire) {
        put(std::uint64_t{field} << 3 | static_cast<std::uint64_t>(wire));
    }
    std::string out_;
};

}  // namespace klarsyn
