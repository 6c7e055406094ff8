// The generated text catalogue (tools/embed from every text/da.toml and text/en.toml), sorted by
// key. Immutable; text.h is what the rest of the program uses.
#pragma once

#include <span>
#include <string_view>

namespace klarsyn {

struct CatalogueText {
    std::string_view key;
    std::string_view da;
    std::string_view en;
};

std::span<const CatalogueText> text_catalogue();

}  // namespace klarsyn
