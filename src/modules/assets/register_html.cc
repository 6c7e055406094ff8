#include "modules/assets/register_html.h"

#include <fmt/format.h>

#include <array>

#include "web/figure_view.h"
#include "web/page.h"
#include "web/question.h"

namespace klarsyn::assets {

std::string RegisterHtml::say(std::string_view key, const TextArgs& args) const {
    return escape_html(context_.text(key, args));
}

std::string RegisterHtml::word(std::string_view group, const std::string& value) const {
    if (value.empty() || value == "unknown") return say("assets.page.unknown");
    const std::string key = fmt::format("assets.{}.{}", group, value);
    return has_text(context_.language, key) ? say(key) : escape_html(value);
}

std::string RegisterHtml::field(const std::string& name) const {
    const std::string key = fmt::format("assets.column.{}", name);
    return has_text(context_.language, key) ? context_.text(key) : name;
}

std::string RegisterHtml::date(const std::optional<Day>& day) const {
    return day ? escape_html(format_date(*day, context_.language)) : std::string();
}

std::string RegisterHtml::text_cell(const std::string& html) { return "<td>" + html + "</td>"; }

std::string RegisterHtml::number_cell(const std::string& html) {
    return "<td class=\"k-number\">" + html + "</td>";
}

std::string RegisterHtml::head(std::initializer_list<std::string_view> keys,
                               std::size_t numbers) const {
    std::string cells;
    std::size_t at = 0;
    for (const auto key : keys) {
        cells +=
            fmt::format("<th scope=\"col\"{}>{}</th>", at++ >= numbers ? " class=\"k-number\"" : "",
                        say(fmt::format("assets.page.{}", key)));
    }
    return "<thead><tr>" + cells + "</tr></thead>";
}

std::string RegisterHtml::table(std::string_view caption_key, const std::string& head,
                                const std::string& rows) const {
    return fmt::format(
        "<div class=\"k-table-frame\" role=\"region\" aria-labelledby=\"{0}\" tabindex=\"0\">"
        "<table class=\"k-table\"><caption id=\"{0}\">{1}</caption>{2}<tbody>{3}</tbody></table>"
        "</div>",
        caption_key, say(fmt::format("assets.page.caption_{}", caption_key)), head, rows);
}

std::string RegisterHtml::nav() const {
    std::string links;
    constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kPages{
        {{"/assets", "assets.page.assets"},
         {"/devices", "assets.page.devices"},
         {"/registers/quality", "assets.page.quality"}}};
    for (const auto& [href, key] : kPages)
        links += (links.empty() ? "" : " · ") + link(href, context_.text(key));
    return fmt::format("<nav class=\"k-source\" aria-label=\"{}\">{}</nav>",
                       say("assets.page.registers"), links);
}

std::string RegisterHtml::search_form(std::string_view action, const Period& period,
                                      const RegisterSearch& search,
                                      const std::vector<std::string>& places) const {
    std::string options = "<option value=\"\">" + say("assets.page.any_place") + "</option>";
    for (const std::string& place : places) {
        options += fmt::format("<option{}>{}</option>", place == search.place ? " selected" : "",
                               escape_html(place));
    }
    return fmt::format(
        "<form class=\"k-form\" method=\"get\" action=\"{}\" role=\"search\"><label>{} <input "
        "name=\"period\" size=\"10\" value=\"{}\"></label> <label>{} <input type=\"search\" "
        "name=\"q\" value=\"{}\"></label> <label>{} <select name=\"place\">{}</select></label> "
        "<button class=\"k-button\" type=\"submit\">{}</button></form>",
        action, say("assets.page.period"), escape_html(period_label(period)),
        say(action == "/devices" ? "assets.page.search_device" : "assets.page.search_asset"),
        escape_html(search.code), say("assets.page.place"), options, say("assets.page.find"));
}

Result<std::string> RegisterHtml::figure(std::string_view id, const Period& period,
                                         std::vector<DimFilter> where) const {
    FigureQuestion question;
    question.id = std::string(id);
    question.period = period;
    question.where = std::move(where);
    KL_TRY(const FigureAnswer answer, context_.figures().evaluate(question));
    const Indicator* indicator = context_.site.catalogue.find(id);
    if (answer.rows.empty() || !answer.rows.front().value || indicator == nullptr)
        return say("assets.page.none");
    const FigureRow& row = answer.rows.front();
    const std::string shown = indicator->unit == "fraction"
                                  ? format_share(*row.num, *row.den, 1, context_.language)
                                  : format_integer(*row.num, context_.language);
    return link(records_href(kCurrentEdition, question), shown);
}

Result<std::string> RegisterHtml::rows_by(std::string_view id, const Period& period,
                                          std::string_view dim, std::string_view group) const {
    FigureQuestion question;
    question.id = std::string(id);
    question.period = period;
    question.by = {std::string(dim)};
    KL_TRY(const FigureAnswer answer, context_.figures().evaluate(question));
    std::string rows;
    for (const FigureRow& row : answer.rows) {
        if (row.records == 0) continue;
        const std::string value = dim_text(row.key.front().second);
        FigureQuestion one = question;
        one.by.clear();
        one.where = {{std::string(dim), value}};
        rows += "<tr><th scope=\"row\">" + word(group, value) + "</th>" +
                number_cell(link(records_href(kCurrentEdition, one),
                                 format_integer(row.records, context_.language))) +
                "</tr>";
    }
    return rows;
}

Result<RegisterQuestion> read_register_question(const Request& request, Context& context,
                                                std::string_view figure) {
    RegisterQuestion asked;
    const auto given = request.find("period");
    if (given && !given->empty()) {
        const auto period = parse_period(*given);
        if (!period.ok()) {
            Error error = period.error();
            error.field = "period";
            return error;
        }
        asked.period = *period;
    } else {
        KL_TRY(const FigureQuestion question,
               read_page_question(request, context, std::string(figure)));
        asked.period = question.period;
    }
    asked.search.code = request.find("q").value_or("");
    asked.search.place = request.find("place").value_or("");
    return asked;
}

}  // namespace klarsyn::assets
