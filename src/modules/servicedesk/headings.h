// Column headings by which exports are recognised. Pure; thread-safe.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "ingest/format.h"

namespace klarsyn::servicedesk {

// A column and the headings that exports write above it, best first; case, accents and the kind of
// apostrophe do not matter.
struct Heading {
    std::vector<std::string_view> known;
    bool required = false;
};

std::optional<std::size_t> find_heading(const std::vector<std::string_view>& known,
                                        const std::vector<std::string>& columns);

// Where each heading stands. invalid_input, line 1, naming every required one that lacks.
Result<std::vector<std::optional<std::size_t>>> find_headings(
    std::span<const Heading> headings, const std::vector<std::string>& columns);

// Says in the file's notices which columns it could have had and lacks.
void notice_absent(std::span<const Heading> headings,
                   const std::vector<std::optional<std::size_t>>& places, ScannedFile& file);

}  // namespace klarsyn::servicedesk
