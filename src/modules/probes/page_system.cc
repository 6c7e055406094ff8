// /probes/system?system=EPM3: one system by action, site and hour of the day.
#include <algorithm>

#include "modules/probes/probe_routes.h"
#include "modules/probes/share_html.h"
#include "web/figure_view.h"
#include "web/page.h"
#include "web/question.h"

namespace klarsyn::probes {
namespace {

constexpr std::array<std::string_view, 6> kColumns{"within_limit", "available", "median",
                                                   "p95",          "failed",    "missing"};

// The figures of a system by one dimension. A value without a row of a count has none of it, if the
// count is known at all.
struct Split {
    std::string dim;
    bool missing_known = false;  // a schedule says what was expected
    std::array<Answer, kColumns.size()> answers;
};

Result<Split> read_split(Context& context, Period period, const std::string& system,
                         const std::string& dim) {
    Split split{dim, false, {}};
    KL_TRY(const Answer missing, ask(context, "missing", period, {}, {{"system", system}}));
    split.missing_known = !missing.empty() && missing.begin()->second.num.has_value();
    for (std::size_t i = 0; i < kColumns.size(); ++i) {
        // Missing slots have no hour of their own: a run may last for hours.
        if (dim == "hour" && kColumns[i] == "missing") continue;
        KL_TRY(split.answers[i], ask(context, kColumns[i], period, {dim}, {{"system", system}}));
    }
    return split;
}

class Page {
public:
    Page(const Context& context, Period period, std::string system)
        : context_(context), period_(period), system_(std::move(system)), html_(context, period) {}

    std::string html(const std::vector<Split>& splits) const {
        std::string main = "<nav class=\"k-source\">" +
                           link("/probes" + build_query({{"period", period_label(period_)}}),
                                context_.text("probes.page.title")) +
                           "</nav><h1>" + html_.say("system_title", {{"system", system_}}) +
                           "</h1>" + html_.period_form("/probes/system", {{"system", system_}});
        if (splits.front().answers.front().empty()) {
            return main + "<p class=\"k-lead\">" +
                   html_.say("nothing", {{"period", format_period(period_, context_.language)}}) +
                   "</p>";
        }
        main += "<p class=\"k-actions\">" +
                link("/probes/pcs" + build_query({{"system", system_},
                                                  {"period", period_label(period_)}}),
                     context_.text("probes.page.pcs_title")) +
                "</p>";
        for (const Split& split : splits) main += table(split);
        return main + "<p class=\"k-source\">" + html_.say("how") + "</p>";
    }

private:
    std::string value_cell(std::size_t column, const FigureRow* row,
                           const std::vector<DimFilter>& where) const {
        const std::string_view id = kColumns[column];
        if (id == "within_limit")
            return html_.cell(html_.share(id, row ? share_of(*row) : Share(), where));
        if (id == "available") {
            if (!row || !row->value) return html_.cell("–");
            return html_.cell(
                html_.figure(id, format_share(*row->num, *row->den, 2, context_.language), where));
        }
        if (id == "median" || id == "p95") return html_.cell(html_.ms(id, row, where));
        return html_.cell(html_.number(id, row, where));
    }

    std::string table(const Split& split) const {
        std::vector<std::pair<std::string, Share>> order;
        for (const auto& [key, row] : split.answers.front())
            order.emplace_back(key.front(), share_of(row));
        if (split.dim != "hour") {
            std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
                return worse(a.second, b.second);
            });
        } else {
            std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
                return std::stoi(a.first) < std::stoi(b.first);
            });
        }
        const bool by_hour = split.dim == "hour";
        std::vector<std::string> head{
            escape_html(dim_title(context_.site.catalogue, split.dim, context_.language))};
        for (const std::string_view column : kColumns) {
            if (by_hour && column == "missing") continue;
            head.push_back(html_.say("column_" + std::string(column)));
        }
        std::string rows;
        for (const auto& [value, share] : order) {
            const std::vector<DimFilter> where{{"system", system_}, {split.dim, value}};
            rows += "<tr><th scope=\"row\">" +
                    escape_html(dim_value_text(split.dim, value, context_.language)) + "</th>";
            for (std::size_t i = 0; i < kColumns.size(); ++i) {
                if (by_hour && kColumns[i] == "missing") continue;
                const auto found = split.answers[i].find({value});
                if (found != split.answers[i].end())
                    rows += value_cell(i, &found->second, where);
                else if (kColumns[i] == "failed" ||
                         (kColumns[i] == "missing" && split.missing_known))
                    rows += html_.cell(html_.records(kColumns[i], html_.count(0), where));
                else
                    rows += value_cell(i, nullptr, where);
            }
            rows += "</tr>";
        }
        return html_.table(
            split.dim,
            html_.say("caption_" + split.dim,
                      {{"system", system_}, {"period", format_period(period_, context_.language)}}),
            html_.head(head), rows);
    }

    const Context& context_;
    Period period_;
    std::string system_;
    ShareHtml html_;
};

}  // namespace

Result<Response> get_system_page(const Request& request, Context& context) {
    KL_TRY(const FigureQuestion asked, read_page_question(request, context, "probes.within_limit"));
    const std::string system = request.find("system").value_or("");
    if (system.empty()) {
        Error error = make_error(ErrorCode::invalid_input, "probes.page.no_system");
        error.field = "system";
        return error;
    }
    std::vector<Split> splits;
    for (const char* dim : {"action", "site", "hour"}) {
        KL_TRY(Split split, read_split(context, asked.period, system, dim));
        splits.push_back(std::move(split));
    }
    return html_page(context,
                     {context.text("probes.page.system_title", {{"system", system}}), Menu::figures,
                      200, request.target},
                     Page(context, asked.period, system).html(splits));
}

}  // namespace klarsyn::probes
