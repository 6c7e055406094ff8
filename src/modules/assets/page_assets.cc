// /assets: the register of IT equipment in numbers, and one asset with what depends on it.
#include <fmt/format.h>

#include "modules/assets/asset_routes.h"
#include "modules/assets/assets.h"
#include "modules/assets/register_html.h"
#include "web/page.h"
#include "web/question.h"

namespace klarsyn::assets {
namespace {

constexpr std::int64_t kShown = 200;

// A line of the overview: a label and a figure.
Result<std::string> line(const RegisterHtml& html, std::string_view key, std::string_view figure,
                         const Period& period, std::vector<DimFilter> where = {}) {
    KL_TRY(const std::string number, html.figure(figure, period, std::move(where)));
    return "<tr><th scope=\"row\">" + html.say(key) + "</th>" + RegisterHtml::number_cell(number) +
           "</tr>";
}

Result<std::string> overview(const RegisterHtml& html, const Period& period) {
    std::string rows;
    struct Line {
        std::string_view key, figure;
        std::vector<DimFilter> where;
    };
    const std::vector<Line> lines{
        {"assets.page.pcs", "assets.pcs", {}},
        {"assets.page.pcs_over_age", "assets.pcs_over_age", {}},
        {"assets.page.pcs_age_unknown", "assets.pcs_age_unknown", {}},
        {"assets.page.servers", "assets.servers", {}},
        {"assets.page.servers_consolidated", "assets.servers", {{"state", "consolidated"}}},
        {"assets.page.network", "assets.equipment", {{"kind", "network"}}},
        {"assets.page.thin_clients", "assets.equipment", {{"kind", "thin_client"}}}};
    for (const Line& one : lines) {
        KL_TRY(const std::string row, line(html, one.key, one.figure, period, one.where));
        rows += row;
    }
    return html.table("overview", html.head({"what", "count"}, 1), rows);
}

std::string found_table(const RegisterHtml& html, const std::vector<RegisterRow>& found) {
    if (found.empty()) return "<p>" + html.say("assets.page.found_none") + "</p>";
    std::string rows;
    for (const RegisterRow& row : found) {
        rows += "<tr><th scope=\"row\">" + link("/equipment/" + url_encode(row.name), row.name) +
                "</th>" + RegisterHtml::text_cell(html.word("kind", row.kind)) +
                RegisterHtml::text_cell(escape_html(row.model)) +
                RegisterHtml::text_cell(escape_html(row.place)) +
                RegisterHtml::text_cell(html.word("status", row.status)) +
                RegisterHtml::number_cell(html.date(row.base)) +
                RegisterHtml::number_cell(escape_html(row.age)) + "</tr>";
    }
    return html.table(
        "found", html.head({"asset", "kind", "model", "place", "status", "base", "age"}, 5), rows);
}

std::string stretches_table(const RegisterHtml& html, const std::vector<RegisterRow>& stretches) {
    std::string rows;
    for (const RegisterRow& row : stretches) {
        rows += "<tr><th scope=\"row\">" + html.date(row.from) + "</th>" +
                RegisterHtml::text_cell(row.to ? html.date(*row.to - 1)
                                               : html.say("assets.page.still")) +
                RegisterHtml::text_cell(html.word("kind", row.kind)) +
                RegisterHtml::text_cell(escape_html(row.model)) +
                RegisterHtml::text_cell(escape_html(row.place)) +
                RegisterHtml::text_cell(escape_html(row.owner)) +
                RegisterHtml::text_cell(html.word("status", row.status)) +
                RegisterHtml::number_cell(html.date(row.base)) +
                RegisterHtml::number_cell(row.age.empty() ? html.say("assets.page.unknown")
                                                          : escape_html(row.age)) +
                "</tr>";
    }
    return html.table(
        "stretches",
        html.head({"from", "to", "kind", "model", "place", "owner", "status", "base", "age"}, 7),
        rows);
}

Result<std::string> affected_html(const RegisterHtml& html, Context& context,
                                  const std::string& name, Day day) {
    std::string out = "<h2>" + html.say("assets.page.affected_title") + "</h2>";
    if (affected_lookup() == nullptr) return out;
    KL_TRY(const auto affected, affected_lookup()(context.db(), name, day));
    if (affected.empty()) return out + "<p>" + html.say("assets.page.affected_none") + "</p>";
    std::string rows;
    for (const Affected& thing : affected) {
        rows += "<tr><th scope=\"row\">" + escape_html(thing.thing) + "</th>" +
                RegisterHtml::text_cell(escape_html(thing.relation)) +
                RegisterHtml::text_cell(escape_html(thing.through)) +
                RegisterHtml::number_cell(format_integer(thing.steps, context.language)) + "</tr>";
    }
    return out +
           html.table("affected", html.head({"thing", "relation", "through", "steps"}, 3), rows);
}

}  // namespace

Result<Response> get_assets_page(const Request& request, Context& context) {
    KL_TRY(const RegisterQuestion asked,
           read_register_question(request, context, "assets.equipment"));
    const Day day = asked.period.to;
    const RegisterHtml html(context);
    std::string main =
        html.nav() + "<h1>" + html.say("assets.page.title_assets") + "</h1><p class=\"k-lead\">" +
        html.say("assets.page.lead_assets", {{"day", format_date(day, context.language)}}) + "</p>";
    if (context.may(Permission::records)) {
        KL_TRY(const auto places, places_of(context.db(), "assets_asset", day));
        main += html.search_form("/assets", asked.period, asked.search, places);
        if (!asked.search.code.empty() || !asked.search.place.empty()) {
            KL_TRY(const auto found, find_assets(context.db(), asked.search, day, kShown));
            main += found_table(html, found);
        }
    }
    KL_TRY(const std::string numbers, overview(html, asked.period));
    KL_TRY(const std::string ages, html.rows_by("assets.pcs", asked.period, "age", "age"));
    main += numbers;
    if (!ages.empty()) main += html.table("ages", html.head({"age", "count"}, 1), ages);
    main += "<p class=\"k-source\">" + html.say("assets.page.age_note") + "</p>" +
            "<p class=\"k-actions\">" +
            link("/probes/pcs", context.text("assets.page.response_times")) + "</p>";
    return html_page(
        context, {context.text("assets.page.title_assets"), Menu::none, 200, request.target}, main);
}

Result<Response> get_asset_page(const Request& request, Context& context) {
    const std::string name(request.param("asset"));
    KL_TRY(const auto stretches, asset_stretches(context.db(), name));
    if (stretches.empty())
        return make_error(ErrorCode::not_found, "assets.error.asset_unknown", {{"asset", name}});
    const Day today = Zone::copenhagen().to_local(context.site.clock.now()).day;
    const RegisterHtml html(context);
    KL_TRY(const std::string affected, affected_html(html, context, name, today));
    const std::string main = html.nav() + "<h1>" + escape_html(name) + "</h1>" +
                             stretches_table(html, stretches) + affected;
    return html_page(context, {name, Menu::none, 200, request.target}, main);
}

}  // namespace klarsyn::assets
