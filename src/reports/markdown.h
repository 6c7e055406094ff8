// The written part of a section: a small Markdown subset. Headings (##, ###), paragraphs, "- "
// lists, **strong**, *emphasis*, `code`, [text](address), {{period}} and {{figure ID dim=value}}.
// Anything else that looks like a directive is an error with its line. Pure; thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "reports/plan.h"

namespace klarsyn {

// `first_line` is the 1-based line of `text`'s first line in `file`.
Result<std::vector<TextSpec>> parse_markdown(std::string_view file, int first_line,
                                             std::string_view text, Language language);
// The spans of one paragraph.
Result<std::vector<InlineSpec>> parse_inline(std::string_view file, int line,
                                             std::string_view text);

Error section_error(std::string_view file, int line, std::string key, TextArgs args = {},
                    std::string field = {});

}  // namespace klarsyn
