// What the registers' pages share. Pure but for the figures that it asks. Internal to the module.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "indicators/figures.h"
#include "modules/assets/register_reads.h"
#include "web/context.h"
#include "web/http.h"

namespace klarsyn::assets {

class RegisterHtml {
public:
    explicit RegisterHtml(Context& context) : context_(context) {}

    std::string say(std::string_view key, const TextArgs& args = {}) const;
    // A word of the data in the reader's language where there is one: "in_time", "pc".
    std::string word(std::string_view group, const std::string& value) const;
    // A column of a register as people call it: plain text.
    std::string field(const std::string& name) const;
    std::string date(const std::optional<Day>& day) const;
    static std::string text_cell(const std::string& html);
    static std::string number_cell(const std::string& html);
    // Headings by key; those from `numbers` on stand to the right.
    std::string head(std::initializer_list<std::string_view> keys, std::size_t numbers) const;
    std::string table(std::string_view caption_key, const std::string& head,
                      const std::string& rows) const;
    // The links between the registers' pages.
    std::string nav() const;
    // Period, search text and place, as a form that asks for the page again.
    std::string search_form(std::string_view action, const Period& period,
                            const RegisterSearch& search,
                            const std::vector<std::string>& places) const;

    // A figure of the period, as a number that opens its records.
    Result<std::string> figure(std::string_view id, const Period& period,
                               std::vector<DimFilter> where = {}) const;
    // One row per value of a dimension: its name and the number.
    Result<std::string> rows_by(std::string_view id, const Period& period, std::string_view dim,
                                std::string_view group) const;

private:
    Context& context_;
};

// What a register page is asked: ?period=, ?q=, ?place=. The period's last day counts; the last
// month with records where none is named.
struct RegisterQuestion {
    Period period;
    RegisterSearch search;
};
Result<RegisterQuestion> read_register_question(const Request& request, Context& context,
                                                std::string_view figure);

}  // namespace klarsyn::assets
