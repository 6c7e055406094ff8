#include "modules/servicedesk/headings.h"

#include <algorithm>

#include "core/text.h"

namespace klarsyn::servicedesk {
namespace {

std::string folded(std::string_view heading) {
    std::string text = fold(heading);
    constexpr std::string_view kCurly = "\u2019";
    for (std::size_t at = 0; (at = text.find(kCurly, at)) != std::string::npos;)
        text.replace(at, kCurly.size(), "'");
    return text;
}

}  // namespace

std::optional<std::size_t> find_heading(const std::vector<std::string_view>& known,
                                        const std::vector<std::string>& columns) {
    for (const std::string_view name : known) {
        // JSON may have "Type" and "type".
        const auto exact = std::find(columns.begin(), columns.end(), name);
        if (exact != columns.end()) return static_cast<std::size_t>(exact - columns.begin());
        for (std::size_t i = 0; i < columns.size(); ++i) {
            if (folded(columns[i]) == folded(name)) return i;
        }
    }
    return std::nullopt;
}

Result<std::vector<std::optional<std::size_t>>> find_headings(
    std::span<const Heading> headings, const std::vector<std::string>& columns) {
    std::vector<std::optional<std::size_t>> places;
    std::string missing, first;
    for (const Heading& heading : headings) {
        places.push_back(find_heading(heading.known, columns));
        if (places.back() || !heading.required) continue;
        if (!missing.empty()) missing += ", ";
        missing += heading.known.front();
        if (first.empty()) first = heading.known.front();
    }
    if (missing.empty()) return places;
    Error error = make_error(ErrorCode::invalid_input, "servicedesk.error.columns_missing",
                             {{"columns", missing}});
    error.line = 1;
    error.field = first;
    return error;
}

void notice_absent(std::span<const Heading> headings,
                   const std::vector<std::optional<std::size_t>>& places, ScannedFile& file) {
    std::string absent;
    for (std::size_t i = 0; i < headings.size(); ++i) {
        if (places[i]) continue;
        if (!absent.empty()) absent += ", ";
        absent += headings[i].known.front();
    }
    if (!absent.empty())
        file.notices.push_back({"servicedesk.notice.columns_absent", {{"columns", absent}}});
}

}  // namespace klarsyn::servicedesk
