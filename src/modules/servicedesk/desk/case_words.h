// Cases in words, for complete HTML pages: states, reasons and what each record did. Everything
// that comes from data is escaped here. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "modules/servicedesk/desk/record.h"
#include "web/context.h"

namespace klarsyn::servicedesk {

// The word for an API value ("state", "on_hold"); the value itself where there is no word for it.
std::string word_of(const Context& context, std::string_view group, std::string_view value);

// HTML: the number as a link to its page; what has no page keeps its number as text.
std::string case_ref(std::string_view number);
// HTML: a text with its line breaks.
std::string lines_html(std::string_view text);

// HTML of what a record did, in one or more paragraphs. `names`: account to shown name.
std::string record_html(const Context& context, const Record& record,
                        const std::map<std::string, std::string>& names);

// A status mark: shape, word and colour ("green", "yellow", "red").
std::string mark_html(std::string_view colour, std::string_view word);

}  // namespace klarsyn::servicedesk
