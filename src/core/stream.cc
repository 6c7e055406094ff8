#include "core/stream.h"

#include <array>

namespace klarsyn {

std::optional<std::string> read_rest(std::istream& in) {
    if (!in) return std::nullopt;
    constexpr std::size_t kPiece = 1 << 14;
    std::array<char, kPiece> piece;
    std::string text;
    do {
        in.read(piece.data(), piece.size());
        text.append(piece.data(), static_cast<std::size_t>(in.gcount()));
    } while (in);
    if (in.bad()) return std::nullopt;
    return text;
}

}  // namespace klarsyn
