#include "ingest/mask.h"

#include "core/cpr.h"

namespace klarsyn {
namespace {

// The text without its numbers, or nothing where it has none.
std::optional<std::string> masked(const std::string& text,
                                  bool (*by_design)(std::string_view, std::size_t),
                                  std::size_t& numbers) {
    std::optional<std::string> result;
    for (const CprSpan& span : find_cprs(text)) {
        if (by_design && by_design(text, span.begin)) continue;
        if (!result) result = text;
        std::string number = text.substr(span.begin, span.end - span.begin);
        numbers += mask_in_place(number);
        result->replace(span.begin, number.size(), number);
    }
    return result;
}

}  // namespace

MaskedRequest mask_request(const ImportRequest& request) {
    MaskedRequest result;
    for (std::size_t i = 0; i < request.files.size(); ++i) {
        auto name = masked(request.files[i].name, nullptr, result.numbers);
        const std::string& given = request.files[i].content;
        std::optional<std::string> content;
        if (request.format->withhold) {
            content = request.format->withhold(given);
            if (*content == given) content.reset();
        }
        if (auto without = masked(content ? *content : given, request.format->by_design,
                                  result.numbers)) {
            content = std::move(without);
        }
        if (!name && !content) continue;
        if (!result.request) result.request = request;
        if (name) result.request->files[i].name = std::move(*name);
        if (content) result.request->files[i].content = std::move(*content);
    }
    return result;
}

}  // namespace klarsyn
