// /probes/pcs?system=PC&action=log-on: how long an action takes by PC model and by age of the PC.
#include <fmt/format.h>

#include <algorithm>

#include "modules/probes/probe_routes.h"
#include "modules/probes/share_html.h"
#include "web/figure_view.h"
#include "web/page.h"
#include "web/question.h"

namespace klarsyn::probes {
namespace {

constexpr std::string_view kShare = "pc_within_limit";
constexpr std::string_view kMedian = "pc_median";
constexpr std::string_view kP95 = "pc_p95";
constexpr std::string_view kPcs = "pcs";

struct Action {
    std::string system, action;
    std::int64_t pcs = 0;  // with a known model
};

// Actions that are measured on PCs of which the model is known; most PCs first.
Result<std::vector<Action>> actions_on_pcs(Context& context, Period period,
                                           const std::vector<DimFilter>& where) {
    KL_TRY(const Answer answer, ask(context, kPcs, period, {"system", "action", "model"}, where));
    std::vector<Action> list;
    for (const auto& [key, row] : answer) {
        const std::int64_t pcs = key[2] == "unknown" ? 0 : row.num.value_or(0);
        if (list.empty() || list.back().system != key[0] || list.back().action != key[1])
            list.push_back({key[0], key[1], 0});
        list.back().pcs += pcs;
    }
    std::erase_if(list, [](const Action& one) { return one.pcs == 0; });
    std::stable_sort(list.begin(), list.end(),
                     [](const Action& a, const Action& b) { return a.pcs > b.pcs; });
    return list;
}

// The figures of one action by some dimensions.
struct Split {
    std::vector<std::string> by;
    Answer share, median, p95, pcs;
};

Result<Split> read_split(Context& context, Period period, std::vector<std::string> by,
                         const std::vector<DimFilter>& where) {
    Split split{std::move(by), {}, {}, {}, {}};
    KL_TRY(split.pcs, ask(context, kPcs, period, split.by, where));
    KL_TRY(split.share, ask(context, kShare, period, split.by, where));
    KL_TRY(split.median, ask(context, kMedian, period, split.by, where));
    KL_TRY(split.p95, ask(context, kP95, period, split.by, where));
    return split;
}

const FigureRow* row_of(const Answer& answer, const std::vector<std::string>& key) {
    const auto found = answer.find(key);
    return found == answer.end() ? nullptr : &found->second;
}

class Page {
public:
    Page(const Context& context, Period period, Action chosen)
        : context_(context), period_(period), chosen_(std::move(chosen)), html_(context, period) {}

    std::string html(const std::vector<Action>& actions, const std::vector<Split>& splits) const {
        std::string main = back() + "<h1>" + title() + "</h1>" + lead(splits) +
                           html_.period_form("/probes/pcs", where()) + others(actions);
        if (splits.empty()) return main;
        for (auto split = splits.begin() + 1; split != splits.end(); ++split) main += table(*split);
        return main + "<p class=\"k-source\">" + html_.say("pcs_how") + "</p>";
    }

    std::string title() const {
        if (chosen_.action.empty()) return html_.say("pcs_title");
        return html_.say("pcs_title_of", {{"system", chosen_.system}, {"action", chosen_.action}});
    }

private:
    std::vector<DimFilter> where() const {
        std::vector<DimFilter> filters;
        if (!chosen_.system.empty()) filters.push_back({"system", chosen_.system});
        if (!chosen_.action.empty()) filters.push_back({"action", chosen_.action});
        return filters;
    }

    std::string back() const {
        const Pairs period{{"period", period_label(period_)}};
        return "<nav class=\"k-source\">" +
               link("/probes" + build_query(period), context_.text("probes.page.title")) + "</nav>";
    }

    std::string lead(const std::vector<Split>& splits) const {
        const std::string period = format_period(period_, context_.language);
        const Answer* median = splits.empty() ? nullptr : &splits.front().median;
        if (!median || median->empty())
            return "<p class=\"k-lead\">" + html_.say("pcs_nothing", {{"period", period}}) + "</p>";
        const FigureRow& row = median->begin()->second;
        const FigureRow& pcs = splits.front().pcs.begin()->second;
        if (!row.num)
            return "<p class=\"k-lead\">" + html_.say("pcs_too_few_all", {{"period", period}}) +
                   "</p>";
        return "<p class=\"k-lead\">" +
               html_.say("pcs_lead", {{"period", period},
                                      {"median", html_.count(*row.num) + "\u00a0ms"},
                                      {"count", html_.count(row.records)},
                                      {"pcs", html_.count(pcs.num.value_or(0))}}) +
               "</p>";
    }

    // The ways to the other actions.
    std::string others(const std::vector<Action>& actions) const {
        std::string links;
        for (const Action& one : actions) {
            if (one.system == chosen_.system && one.action == chosen_.action) continue;
            const Pairs query{
                {"system", one.system}, {"action", one.action}, {"period", period_label(period_)}};
            links += (links.empty() ? "" : " · ") +
                     link("/probes/pcs" + build_query(query), one.system + ": " + one.action);
        }
        if (links.empty()) return "";
        return "<p class=\"k-actions\">" + html_.say("pcs_others") + " " + links + "</p>";
    }

    // Held back where too few PCs stand behind it: said, never shown as nothing.
    std::string held_back(std::string_view words) const {
        return "<span class=\"k-source\">" + html_.say(words) + "</span>";
    }

    std::string share_cell(const FigureRow* row, const std::vector<DimFilter>& filters) const {
        if (row && row->too_few) {
            return held_back("pcs_held_back") + "<br><span class=\"k-source\">" +
                   html_.records(kShare, html_.say("of", {{"count", html_.count(row->records)}}),
                                 filters) +
                   "</span>";
        }
        return html_.share(kShare, row ? share_of(*row) : Share(), filters);
    }

    std::string ms_cell(std::string_view id, const FigureRow* row,
                        const std::vector<DimFilter>& filters) const {
        return row && row->too_few ? held_back("pcs_held_back_short") : html_.ms(id, row, filters);
    }

    // Slowest model first, what is held back or unknown last; ages as they come.
    std::vector<std::vector<std::string>> order(const Split& split) const {
        std::vector<std::vector<std::string>> keys;
        for (const auto& [key, row] : split.pcs) {
            if (row.records > 0) keys.push_back(key);
        }
        const auto rank = [&](const std::vector<std::string>& key) {
            const FigureRow* row = row_of(split.median, key);
            const bool told = row && row->num && key.front() != "unknown";
            return told ? -*row->num : std::int64_t{1};
        };
        if (split.by == std::vector<std::string>{"model"}) {
            std::stable_sort(keys.begin(), keys.end(),
                             [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
        }
        return keys;
    }

    std::string table(const Split& split) const {
        std::vector<std::string> head;
        for (const std::string& dim : split.by)
            head.push_back(escape_html(dim_title(context_.site.catalogue, dim, context_.language)));
        for (const char* column :
             {"pcs_column", "column_within_limit", "column_median", "column_p95"})
            head.push_back(html_.say(column));
        std::string rows;
        for (const auto& key : order(split)) {
            std::vector<DimFilter> filters = where();
            rows += "<tr>";
            for (std::size_t i = 0; i < key.size(); ++i) {
                filters.push_back({split.by[i], key[i]});
                rows += fmt::format("<th scope=\"row\">{}</th>", value_text(split.by[i], key[i]));
            }
            rows += html_.cell(html_.number(kPcs, row_of(split.pcs, key), filters)) +
                    html_.cell(share_cell(row_of(split.share, key), filters)) +
                    html_.cell(ms_cell(kMedian, row_of(split.median, key), filters)) +
                    html_.cell(ms_cell(kP95, row_of(split.p95, key), filters)) + "</tr>";
        }
        std::string id;
        for (const std::string& dim : split.by) id += (id.empty() ? "" : "_") + dim;
        return html_.table(
            id,
            html_.say("pcs_caption_" + id, {{"action", chosen_.action},
                                            {"period", format_period(period_, context_.language)}}),
            html_.head(head), rows);
    }

    std::string value_text(const std::string& dim, const std::string& value) const {
        if (dim == "age" && value != "unknown")
            return html_.say(value == "1" ? "pcs_year" : "pcs_years", {{"years", value}});
        return escape_html(dim_value_text(dim, value, context_.language));
    }

    const Context& context_;
    Period period_;
    Action chosen_;
    ShareHtml html_;
};

}  // namespace

Result<Response> get_pcs_page(const Request& request, Context& context) {
    KL_TRY(const FigureQuestion asked, read_page_question(request, context, "probes.pcs"));
    Action chosen{request.find("system").value_or(""), request.find("action").value_or(""), 0};
    std::vector<DimFilter> of_system;
    if (!chosen.system.empty()) of_system.push_back({"system", chosen.system});
    KL_TRY(const auto actions, actions_on_pcs(context, asked.period, of_system));
    if (chosen.action.empty() && !actions.empty()) chosen = actions.front();
    std::vector<Split> splits;
    if (!chosen.action.empty()) {
        const std::vector<DimFilter> where{{"system", chosen.system}, {"action", chosen.action}};
        for (const std::vector<std::string>& by :
             std::vector<std::vector<std::string>>{{}, {"model"}, {"age"}, {"model", "age"}}) {
            KL_TRY(Split split, read_split(context, asked.period, by, where));
            splits.push_back(std::move(split));
        }
    }
    const Page page(context, asked.period, chosen);
    return html_page(context,
                     {context.text("probes.page.pcs_title"), Menu::figures, 200, request.target},
                     page.html(actions, splits));
}

}  // namespace klarsyn::probes
