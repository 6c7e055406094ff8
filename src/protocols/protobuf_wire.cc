#include "protocols/protobuf_wire.h"

namespace klarsyn {

bool ProtoReader::fail() {
    failed_ = true;
    rest_ = {};
    return false;
}

bool ProtoReader::read_varint(std::uint64_t& value) {
    value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
        if (rest_.empty()) return fail();
        const auto byte = static_cast<unsigned char>(rest_.front());
        rest_.remove_prefix(1);
        if (shift == 63 && byte > 1) return fail();
        value |= std::uint64_t{byte & 0x7fU} << shift;
        if ((byte & 0x80U) == 0) return true;
    }
    return fail();
}

bool ProtoReader::read_fixed(std::size_t size) {
    if (rest_.size() < size) return fail();
    number_ = 0;
    for (std::size_t i = size; i-- > 0;)
        number_ = number_ << 8 | static_cast<unsigned char>(rest_[i]);
    rest_.remove_prefix(size);
    return true;
}

bool ProtoReader::next() {
    if (failed_ || rest_.empty()) return false;
    std::uint64_t tag = 0;
    if (!read_varint(tag)) return false;
    if (tag >> 3 == 0 || tag >> 3 > 0x1fffffff) return fail();
    field_ = static_cast<std::uint32_t>(tag >> 3);
    wire_ = static_cast<Wire>(tag & 7U);
    bytes_ = {};
    switch (wire_) {
        case Wire::varint: return read_varint(number_);
        case Wire::fixed64: return read_fixed(8);
        case Wire::fixed32: return read_fixed(4);
        case Wire::bytes: {
            std::uint64_t size = 0;
            if (!read_varint(size)) return false;
            if (size > rest_.size()) return fail();
            bytes_ = rest_.substr(0, size);
            rest_.remove_prefix(size);
            return true;
        }
    }
    return fail();
}

void ProtoWriter::put(std::uint64_t value) {
    while (value >= 0x80) {
        out_ += static_cast<char>(value | 0x80U);
        value >>= 7;
    }
    out_ += static_cast<char>(value);
}

void ProtoWriter::varint(std::uint32_t field, std::uint64_t value) {
    tag(field, ProtoReader::Wire::varint);
    put(value);
}

void ProtoWriter::fixed64(std::uint32_t field, std::uint64_t value) {
    tag(field, ProtoReader::Wire::fixed64);
    for (int i = 0; i < 8; ++i) out_ += static_cast<char>(value >> (8 * i) & 0xffU);
}

void ProtoWriter::bytes(std::uint32_t field, std::string_view value) {
    tag(field, ProtoReader::Wire::bytes);
    put(value.size());
    out_ += value;
}

}  // namespace klarsyn
