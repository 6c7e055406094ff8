// /devices: medical devices in numbers, search by serial number or UDI, and one device with its
// maintenance, quality activities and recalls.
#include <fmt/format.h>

#include "modules/assets/asset_routes.h"
#include "modules/assets/assets.h"
#include "modules/assets/register_html.h"
#include "web/page.h"
#include "web/question.h"

namespace klarsyn::assets {
namespace {

constexpr std::int64_t kShown = 200;
constexpr std::int64_t kFindingsShown = 50;

Result<std::string> overview(const RegisterHtml& html, const Period& period) {
    constexpr std::pair<std::string_view, std::string_view> kLines[] = {
        {"assets.page.devices_all", "assets.devices"},
        {"assets.page.devices_overdue", "assets.devices_overdue"},
        {"assets.page.devices_due_unknown", "assets.devices_due_unknown"},
        {"assets.page.maintenance_done", "assets.maintenance_done"},
        {"assets.page.maintenance_in_time", "assets.maintenance_in_time"}};
    std::string rows;
    for (const auto& [key, figure] : kLines) {
        KL_TRY(const std::string number, html.figure(figure, period));
        rows += "<tr><th scope=\"row\">" + html.say(key) + "</th>" +
                RegisterHtml::number_cell(number) + "</tr>";
    }
    return html.table("overview", html.head({"what", "count"}, 1), rows);
}

std::string found_table(const RegisterHtml& html, const std::vector<RegisterRow>& found) {
    if (found.empty()) return "<p>" + html.say("assets.page.found_none") + "</p>";
    std::string rows;
    for (const RegisterRow& row : found) {
        rows += "<tr><th scope=\"row\">" + link("/devices/" + url_encode(row.name), row.name) +
                "</th>" + RegisterHtml::text_cell(escape_html(row.udi)) +
                RegisterHtml::text_cell(escape_html(row.model)) +
                RegisterHtml::text_cell(escape_html(row.place)) +
                RegisterHtml::text_cell(html.word("maintenance", row.maintenance)) +
                RegisterHtml::number_cell(html.date(row.due)) + "</tr>";
    }
    return html.table(
        "found", html.head({"device", "udi", "model", "place", "maintenance", "due"}, 5), rows);
}

std::string money(const std::optional<std::int64_t>& hundredths, Language language) {
    if (!hundredths) return {};
    return format_decimal(static_cast<double>(*hundredths) / 100, 2, language);
}

std::string stretches_table(const RegisterHtml& html, const std::vector<RegisterRow>& stretches) {
    std::string rows;
    for (const RegisterRow& row : stretches) {
        rows += "<tr><th scope=\"row\">" + html.date(row.from) + "</th>" +
                RegisterHtml::text_cell(row.to ? html.date(*row.to - 1)
                                               : html.say("assets.page.still")) +
                RegisterHtml::text_cell(escape_html(row.place)) +
                RegisterHtml::text_cell(escape_html(row.owner)) +
                RegisterHtml::text_cell(html.word("status", row.status)) +
                RegisterHtml::text_cell(html.word("maintenance", row.maintenance)) +
                RegisterHtml::number_cell(html.date(row.due)) + "</tr>";
    }
    return html.table(
        "stretches", html.head({"from", "to", "place", "owner", "status", "maintenance", "due"}, 6),
        rows);
}

std::string identity_html(const RegisterHtml& html, const RegisterRow& row, Language language) {
    const auto fact = [&](std::string_view key, const std::string& value) {
        return value.empty() ? std::string()
                             : "<dt>" + html.say(fmt::format("assets.page.{}", key)) + "</dt><dd>" +
                                   value + "</dd>";
    };
    std::string interval;
    if (row.every_months && *row.every_months > 0)
        interval = html.say("assets.page.months", {{"count", std::to_string(*row.every_months)}});
    else if (row.every_months)
        interval = html.word("maintenance", "not_needed");
    return "<dl class=\"k-facts\">" + fact("udi", escape_html(row.udi)) +
           fact("kind", escape_html(row.kind)) + fact("model", escape_html(row.model)) +
           fact("manufacturer", escape_html(row.manufacturer)) +
           fact("register", escape_html(row.region)) + fact("purchased", html.date(row.purchased)) +
           fact("price", escape_html(money(row.price, language))) + fact("every", interval) +
           "</dl>";
}

std::string events_table(const RegisterHtml& html, const std::vector<DeviceEventRow>& events) {
    if (events.empty()) return "<p>" + html.say("assets.page.events_none") + "</p>";
    std::string rows;
    for (const DeviceEventRow& event : events) {
        std::string in_time;
        if (event.in_time)
            in_time = html.say(*event.in_time ? "assets.page.in_time" : "assets.page.too_late");
        rows += "<tr><th scope=\"row\">" + html.date(event.day) + "</th>" +
                RegisterHtml::text_cell(html.word("activity", event.activity)) +
                RegisterHtml::text_cell(escape_html(event.note)) +
                RegisterHtml::text_cell(html.date(event.due)) + RegisterHtml::text_cell(in_time) +
                "</tr>";
    }
    return html.table("events", html.head({"day", "activity", "note", "due", "kept"}, 5), rows);
}

std::string findings_html(const RegisterHtml& html, const std::vector<FindingRow>& findings) {
    if (findings.empty()) return {};
    std::string items;
    for (const FindingRow& finding : findings)
        items += "<li>" +
                 html.say(fmt::format("assets.finding.{}", finding.what),
                          {{"field", html.field(finding.field)}, {"value", finding.value}}) +
                 "</li>";
    return "<h2>" + html.say("assets.page.quality") + "</h2><ul>" + items + "</ul>";
}

}  // namespace

Result<Response> get_devices_page(const Request& request, Context& context) {
    KL_TRY(const RegisterQuestion asked,
           read_register_question(request, context, "assets.devices"));
    const Day day = asked.period.to;
    const RegisterHtml html(context);
    std::string main =
        html.nav() + "<h1>" + html.say("assets.page.title_devices") + "</h1><p class=\"k-lead\">" +
        html.say("assets.page.lead_devices", {{"day", format_date(day, context.language)}}) +
        "</p>";
    if (context.may(Permission::records)) {
        KL_TRY(const auto places, places_of(context.db(), "assets_device", day));
        main += html.search_form("/devices", asked.period, asked.search, places);
        if (!asked.search.code.empty() || !asked.search.place.empty()) {
            KL_TRY(const auto found, find_devices(context.db(), asked.search, day, kShown));
            main += found_table(html, found);
        }
    }
    KL_TRY(const std::string numbers, overview(html, asked.period));
    KL_TRY(const std::string plans,
           html.rows_by("assets.devices", asked.period, "maintenance", "maintenance"));
    KL_TRY(const std::string overdue,
           html.rows_by("assets.devices_overdue", asked.period, "place", "place"));
    main += numbers;
    if (!plans.empty()) main += html.table("plans", html.head({"maintenance", "count"}, 1), plans);
    if (!overdue.empty()) main += html.table("overdue", html.head({"place", "count"}, 1), overdue);
    return html_page(context,
                     {context.text("assets.page.title_devices"), Menu::none, 200, request.target},
                     main);
}

Result<Response> get_device_page(const Request& request, Context& context) {
    const std::string name(request.param("device"));
    const std::string code = bare_code(name);
    KL_TRY(const auto stretches, device_stretches(context.db(), code));
    if (stretches.empty())
        return make_error(ErrorCode::not_found, "assets.error.device_unknown", {{"device", name}});
    KL_TRY(const auto events, device_events(context.db(), code));
    const RegisterHtml html(context);
    const std::string& shown = stretches.back().name;
    KL_TRY(const auto findings, list_findings(context.db(), {"", shown, "", ""}, 0, kFindingsShown));
    const std::string main = html.nav() + "<h1>" + escape_html(shown) + "</h1>" +
                             identity_html(html, stretches.back(), context.language) +
                             stretches_table(html, stretches) + "<h2>" +
                             html.say("assets.page.events_title") + "</h2>" +
                             events_table(html, events) + findings_html(html, findings);
    return html_page(context, {shown, Menu::none, 200, request.target}, main);
}

}  // namespace klarsyn::assets
