#include "protocols/packed.h"

#include <snappy.h>
#include <zlib.h>

#include <algorithm>

namespace klarsyn {
namespace {

Error damaged() { return make_error(ErrorCode::invalid_input, "protocols.packed.damaged"); }
Error too_large(std::size_t bytes_max) {
    return make_error(ErrorCode::refused, "protocols.packed.too_large",
                      {{"bytes", std::to_string(bytes_max)}});
}

// Ends inflate however a function is left.
struct Inflater {
    z_stream stream{};
    bool open = false;
    Inflater() { open = inflateInit2(&stream, 15 + 16) == Z_OK; }  // 16: gzip and nothing else
    ~Inflater() {
        if (open) inflateEnd(&stream);
    }
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;
};

}  // namespace

Result<std::string> unpack_snappy(std::string_view packed, std::size_t bytes_max) {
    std::size_t size = 0;
    if (!snappy::GetUncompressedLength(packed.data(), packed.size(), &size)) return damaged();
    if (size > bytes_max) return too_large(bytes_max);
    // A block says its size first; nothing is set aside for one that its bytes cannot hold: a
    // copy of at most 64 bytes takes three.
    if (size / 32 > packed.size()) return damaged();
    std::string bytes(size, '\0');
    if (!snappy::RawUncompress(packed.data(), packed.size(), bytes.data())) return damaged();
    return bytes;
}

std::string pack_snappy(std::string_view bytes) {
    std::string packed;
    snappy::Compress(bytes.data(), bytes.size(), &packed);
    return packed;
}

Result<std::string> unpack_gzip(std::string_view packed, std::size_t bytes_max) {
    Inflater inflater;
    if (!inflater.open) return make_error(ErrorCode::internal, "protocols.packed.damaged");
    z_stream& stream = inflater.stream;
    // zlib takes its input by a pointer to bytes that it does not change.
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    stream.avail_in = static_cast<uInt>(std::min<std::size_t>(packed.size(), 1U << 30));
    if (stream.avail_in != packed.size()) return too_large(bytes_max);
    std::string bytes;
    while (true) {
        char part[16384];
        stream.next_out = reinterpret_cast<Bytef*>(part);
        stream.avail_out = sizeof part;
        const int state = inflate(&stream, Z_NO_FLUSH);
        if (state != Z_OK && state != Z_STREAM_END) return damaged();
        const std::size_t came = sizeof part - stream.avail_out;
        if (bytes.size() + came > bytes_max) return too_large(bytes_max);
        bytes.append(part, came);
        if (state == Z_OK) continue;
        if (stream.avail_in == 0) return bytes;
        if (inflateReset(&stream) != Z_OK) return damaged();  // another member follows
    }
}

}  // namespace klarsyn
