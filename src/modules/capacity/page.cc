// /capacity: power and storage per place against the limit, when it will be reached as things grow,
// and what a planned move would do.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "modules/capacity/capacity.h"
#include "modules/capacity/capacity_routes.h"
#include "modules/capacity/use.h"
#include "web/figure_view.h"
#include "web/page.h"
#include "web/question.h"

namespace klarsyn::capacity {
namespace {

constexpr int kTrendDays = 180;
constexpr std::int64_t kKilowatt = 1'000, kTerabyte = 1'000'000'000'000;

struct Side {
    std::string_view kind;    // "power", "storage"
    std::string_view figure;  // the share by place
    std::int64_t scale;       // what is printed, in base units
    std::string_view unit;
};
constexpr Side kPower{"power", "capacity.power_used_share", kKilowatt, "kW"};
constexpr Side kStorage{"storage", "capacity.storage_used_share", kTerabyte, "TB"};

struct Wanted {
    Period period;
    const Side* move_of = nullptr;
    Move move;
    std::string amount;
};

Result<Wanted> read_wanted(const Request& request, Context& context) {
    Wanted wanted;
    KL_TRY(const FigureQuestion question,
           read_page_question(request, context, std::string(kPower.figure)));
    wanted.period = question.period;
    wanted.amount = request.find("amount").value_or("");
    if (wanted.amount.empty()) return wanted;
    wanted.move_of = request.find("kind").value_or("power") == "storage" ? &kStorage : &kPower;
    wanted.move.from = request.find("move_from").value_or("");
    wanted.move.to = request.find("move_to").value_or("");
    auto number = parse_decimal(wanted.amount, context.language == Language::da ? ',' : '.');
    if (!number) number = parse_decimal(wanted.amount, '.');
    const auto amount = number ? base_units(*number, wanted.move_of->scale) : std::nullopt;
    if (!amount) {
        Error error = make_error(ErrorCode::invalid_input, "capacity.page.amount_unreadable",
                                 {{"value", wanted.amount}});
        error.field = "amount";
        return error;
    }
    wanted.move.amount = *amount;
    return wanted;
}

class Page {
public:
    Page(Context& context, const Wanted& wanted) : context_(context), wanted_(wanted) {}

    Result<std::string> html() {
        std::string main = "<h1>" + say("capacity.page.title") + "</h1><p class=\"k-lead\">" +
                           say("capacity.page.lead",
                               {{"day", format_date(wanted_.period.to, context_.language)}}) +
                           "</p>" + period_form();
        for (const Side* side : {&kPower, &kStorage}) {
            KL_TRY(const std::string part, side_html(*side));
            main += part;
        }
        KL_TRY(const std::string units, units_html());
        return main + units + "<h2>" + say("capacity.page.how_title") + "</h2><p>" +
               say("capacity.page.how", {{"days", std::to_string(kTrendDays)}}) + "</p>";
    }

private:
    std::string say(std::string_view key, const TextArgs& args = {}) const {
        return escape_html(context_.text(key, args));
    }
    std::string period() const { return period_label(wanted_.period); }

    std::string period_form() const {
        return fmt::format(
            "<form class=\"k-form\" method=\"get\" action=\"/capacity\"><label>{} <input "
            "name=\"period\" value=\"{}\"></label> <button class=\"k-button\" type=\"submit\">{}"
            "</button></form>",
            say("capacity.page.period"), escape_html(period()), say("capacity.page.show"));
    }

    FigureQuestion question(std::string_view figure, std::vector<std::string> by) const {
        FigureQuestion asked;
        asked.id = std::string(figure);
        asked.period = wanted_.period;
        asked.by = std::move(by);
        return asked;
    }

    // A number that opens the readings it is made of.
    std::string opened(const Side& side, std::vector<DimFilter> where,
                       const std::string& shown) const {
        FigureQuestion asked = question(side.figure, {});
        asked.where = std::move(where);
        return link(records_href(kCurrentEdition, asked), shown);
    }
    std::string amount(const Side& side, std::int64_t value) const {
        return format_decimal(static_cast<double>(value) / static_cast<double>(side.scale), 1,
                              context_.language) +
               "\u00a0" + std::string(side.unit);
    }
    std::string cell(const std::string& html) const {
        return "<td class=\"k-number\">" + html + "</td>";
    }
    std::string head(std::initializer_list<std::string_view> keys) const {
        std::string cells;
        for (const auto key : keys) {
            cells += fmt::format("<th scope=\"col\"{}>{}</th>",
                                 cells.empty() ? "" : " class=\"k-number\"",
                                 say(fmt::format("capacity.page.{}", key)));
        }
        return "<thead><tr>" + cells + "</tr></thead>";
    }
    std::string table(std::string_view id, const std::string& head_html,
                      const std::string& rows) const {
        return fmt::format(
            "<div class=\"k-table-frame\" role=\"region\" aria-labelledby=\"{0}\" tabindex=\"0\">"
            "<table class=\"k-table\"><caption id=\"{0}\">{1}</caption>{2}<tbody>{3}</tbody>"
            "</table></div>",
            id, say(fmt::format("capacity.page.caption_{}", id)), head_html, rows);
    }

    // The region has a goal for power alone.
    std::string share(const Side& side, const Load& load) const {
        return marked(side, load, escape_html(share_text(load)));
    }
    // The same, opening its readings.
    std::string open_share(const Side& side, const Load& load, std::vector<DimFilter> where) const {
        return marked(side, load, opened(side, std::move(where), share_text(load)));
    }
    std::string share_text(const Load& load) const {
        return load.total == 0 ? std::string()
                               : format_share(load.used, load.total, 1, context_.language);
    }
    std::string marked(const Side& side, const Load& load, const std::string& shown) const {
        if (load.total == 0) return say("capacity.page.none");
        if (&side != &kPower) return shown;
        return shown + " " + status_html(above_limit(load) ? "red" : "green", context_.language);
    }

    // "12. maj 2014 (1. april 2014 til 30. juni 2014)".
    std::string reached(const std::vector<DayValue>* days, const Load& load) const {
        if (above_limit(load)) return say("capacity.page.reached");
        const auto trend = days != nullptr ? fit_trend(*days) : std::nullopt;
        if (!trend) return say("capacity.page.too_few");
        const Crossing crossing = find_crossing(*trend, static_cast<double>(limit_of(load)));
        const auto day = [&](const std::optional<Day>& at) {
            return at ? format_date(*at, context_.language) : context_.text("capacity.page.later");
        };
        if (!crossing.earliest) return say("capacity.page.never");
        return say("capacity.page.crossing", {{"day", day(crossing.expected)},
                                              {"earliest", day(crossing.earliest)},
                                              {"latest", day(crossing.latest)}});
    }

    Result<std::string> side_html(const Side& side) {
        KL_TRY(const FigureAnswer answer,
               context_.figures().evaluate(question(side.figure, {"place"})));
        KL_TRY(const UseByPlace use,
               read_use(context_.db(), side.kind,
                        {wanted_.period.to - kTrendDays + 1, wanted_.period.to}));
        std::map<std::string, Load> loads;
        std::string rows;
        for (const FigureRow& row : answer.rows) {
            const std::string place = dim_text(row.key.front().second);
            const Load load{row.num.value_or(0), row.den.value_or(0)};
            if (row.records == 0) continue;
            loads[place] = load;
            const auto days = use.find(place);
            const auto open = [&](const std::string& shown) {
                return opened(side, {{"place", place}}, shown);
            };
            rows += "<tr><th scope=\"row\">" + escape_html(place) + "</th>" +
                    cell(open(amount(side, load.used))) + cell(open(amount(side, load.total))) +
                    cell(open(amount(side, load.total - load.used))) +
                    cell(open_share(side, load, {{"place", place}})) +
                    cell(reached(days == use.end() ? nullptr : &days->second, load)) + "</tr>";
        }
        const std::string title =
            "<h2>" + say(fmt::format("capacity.page.{}", side.kind)) + "</h2>";
        if (loads.empty()) return title + "<p>" + say("capacity.page.no_readings") + "</p>";
        rows += total_row(side, loads);
        return title +
               table(side.kind, head({"place", "used", "total", "free", "share", "limit"}), rows) +
               what_if(side, loads, use);
    }

    std::string total_row(const Side& side, const std::map<std::string, Load>& loads) const {
        Load sum;
        for (const auto& [place, load] : loads) {
            sum.used += load.used;
            sum.total += load.total;
        }
        return "<tr><th scope=\"row\">" + say("capacity.page.all") + "</th>" +
               cell(opened(side, {}, amount(side, sum.used))) +
               cell(opened(side, {}, amount(side, sum.total))) +
               cell(opened(side, {}, amount(side, sum.total - sum.used))) +
               cell(opened(side, {}, share_text(sum))) + cell("") + "</tr>";
    }

    std::string choice(std::string_view name, const std::map<std::string, Load>& loads,
                       const std::string& chosen) const {
        const bool from = name == "move_from";
        std::string options =
            "<option value=\"\">" +
            say(from ? "capacity.page.from_outside" : "capacity.page.to_outside") + "</option>";
        for (const auto& [place, load] : loads) {
            options += fmt::format("<option{}>{}</option>", place == chosen ? " selected" : "",
                                   escape_html(place));
        }
        return fmt::format("<label>{} <select name=\"{}\">{}</select></label> ",
                           say(fmt::format("capacity.page.{}", name)), name, options);
    }

    std::string what_if(const Side& side, const std::map<std::string, Load>& loads,
                        const UseByPlace& use) const {
        const bool mine = wanted_.move_of == &side;
        std::string out = fmt::format(
            "<form class=\"k-form\" method=\"get\" action=\"/capacity#plan-{0}\"><fieldset "
            "id=\"plan-{0}\"><legend>{1}</legend><input type=\"hidden\" name=\"period\" "
            "value=\"{2}\"><input type=\"hidden\" name=\"kind\" value=\"{0}\">",
            side.kind, say("capacity.page.plan"), escape_html(period()));
        out += choice("move_from", loads, mine ? wanted_.move.from : "") +
               choice("move_to", loads, mine ? wanted_.move.to : "") +
               fmt::format(
                   "<label>{} ({}) <input name=\"amount\" inputmode=\"decimal\" size=\"8\" "
                   "value=\"{}\"></label> <button class=\"k-button\" "
                   "type=\"submit\">{}</button></fieldset></form>",
                   say("capacity.page.amount"), side.unit, mine ? escape_html(wanted_.amount) : "",
                   say("capacity.page.reckon"));
        if (!mine) return out;
        std::string rows;
        for (const auto& [place, after] : after_move(loads, wanted_.move)) {
            if (place != wanted_.move.from && place != wanted_.move.to) continue;
            const Load& before = loads.at(place);
            std::vector<DayValue> shifted;
            if (const auto days = use.find(place); days != use.end()) shifted = days->second;
            for (DayValue& day : shifted)
                day.value += static_cast<double>(after.used - before.used);
            rows += "<tr><th scope=\"row\">" + escape_html(place) + "</th>" +
                    cell(escape_html(amount(side, before.used))) + cell(share(side, before)) +
                    cell(escape_html(amount(side, after.used))) + cell(share(side, after)) +
                    cell(reached(&shifted, after)) + "</tr>";
        }
        if (rows.empty()) return out + "<p>" + say("capacity.page.plan_nowhere") + "</p>";
        return out + table(fmt::format("plan_{}", side.kind),
                           head({"place", "before", "share", "after", "share", "limit"}), rows);
    }

    // Every store, as the last reading has it.
    Result<std::string> units_html() {
        KL_TRY(const FigureAnswer answer,
               context_.figures().evaluate(question(kStorage.figure, {"place", "unit_name"})));
        std::string rows;
        for (const FigureRow& row : answer.rows) {
            if (row.records == 0) continue;
            const std::string place = dim_text(row.key[0].second),
                              unit = dim_text(row.key[1].second);
            const Load load{row.num.value_or(0), row.den.value_or(0)};
            const auto open = [&](const std::string& shown) {
                return opened(kStorage, {{"place", place}, {"unit_name", unit}}, shown);
            };
            rows += "<tr><th scope=\"row\">" + escape_html(unit) + "</th><td>" +
                    escape_html(place) + "</td>" + cell(open(amount(kStorage, load.used))) +
                    cell(open(amount(kStorage, load.total))) +
                    cell(open(amount(kStorage, load.total - load.used))) +
                    cell(open_share(kStorage, load, {{"place", place}, {"unit_name", unit}})) +
                    "</tr>";
        }
        if (rows.empty()) return std::string();
        return table("units", head({"store", "place", "used", "total", "free", "share"}), rows);
    }

    Context& context_;
    const Wanted& wanted_;
};

}  // namespace

Result<Response> get_capacity_page(const Request& request, Context& context) {
    KL_TRY(const Wanted wanted, read_wanted(request, context));
    KL_TRY(const std::string main, Page(context, wanted).html());
    return html_page(context,
                     {context.text("capacity.page.title"), Menu::none, 200, request.target}, main);
}

std::vector<Route> capacity_routes() {
    return {
        {"GET", "/capacity", Permission::figures, Runs::reader, Shape::page, get_capacity_page}};
}

}  // namespace klarsyn::capacity
