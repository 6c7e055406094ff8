// /registers/quality and /api/v1/registers/findings: what is wrong with the registers, and what was
// merged and why.
#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include "modules/assets/asset_routes.h"
#include "modules/assets/register_html.h"
#include "web/page.h"
#include "web/question.h"

namespace klarsyn::assets {
namespace {

namespace json = boost::json;

constexpr std::int64_t kPage = 100;
constexpr std::int64_t kApiMost = 1000;
constexpr std::int64_t kOffsetMost = 1'000'000'000;

std::string counts_table(const RegisterHtml& html, const std::vector<FindingCount>& counts,
                         Language language) {
    std::string rows;
    for (const FindingCount& count : counts) {
        rows += "<tr><th scope=\"row\">" + html.word("what", count.what) + "</th>" +
                RegisterHtml::text_cell(escape_html(html.field(count.field))) +
                RegisterHtml::text_cell(escape_html(count.source)) +
                RegisterHtml::number_cell(link("/registers/quality" +
                                                   build_query({{"what", count.what},
                                                                {"field", count.field},
                                                                {"source", count.source}}) +
                                                   "#finding_list",
                                               format_integer(count.count, language))) +
                "</tr>";
    }
    return html.table("findings", html.head({"what", "field", "source", "count"}, 3), rows);
}

std::string list_table(const RegisterHtml& html, const std::vector<FindingRow>& list) {
    std::string rows;
    for (const FindingRow& finding : list) {
        rows += "<tr><th scope=\"row\">" + escape_html(finding.thing) + "</th>" +
                RegisterHtml::text_cell(
                    html.say(fmt::format("assets.finding.{}", finding.what),
                             {{"field", html.field(finding.field)}, {"value", finding.value}})) +
                RegisterHtml::text_cell(escape_html(finding.source)) + "</tr>";
    }
    return html.table("finding_list", html.head({"thing", "what", "source"}, 3), rows);
}

FindingFilter filter_of(const Request& request) {
    FindingFilter filter;
    filter.what = request.find("what").value_or("");
    filter.field = request.find("field").value_or("");
    filter.source = request.find("source").value_or("");
    return filter;
}

}  // namespace

Result<Response> get_quality_page(const Request& request, Context& context) {
    const FindingFilter filter = filter_of(request);
    KL_TRY(const std::int64_t offset, read_number(request, "offset", 0, 0, kOffsetMost));
    KL_TRY(const auto counts, count_findings(context.db()));
    const RegisterHtml html(context);
    std::string main = html.nav() + "<h1>" + html.say("assets.page.title_quality") +
                       "</h1><p class=\"k-lead\">" + html.say("assets.page.lead_quality") + "</p>";
    if (counts.empty()) {
        main += "<p>" + html.say("assets.page.quality_none") + "</p>";
    } else {
        KL_TRY(const auto list, list_findings(context.db(), filter, offset, kPage + 1));
        const bool more = static_cast<std::int64_t>(list.size()) > kPage;
        std::vector<FindingRow> shown = list;
        if (more) shown.pop_back();
        main += counts_table(html, counts, context.language) + list_table(html, shown);
        if (more)
            main += "<p>" +
                    link("/registers/quality" +
                             build_query({{"what", filter.what},
                                          {"field", filter.field},
                                          {"source", filter.source},
                                          {"offset", std::to_string(offset + kPage)}}),
                         context.text("assets.page.more")) +
                    "</p>";
    }
    return html_page(context,
                     {context.text("assets.page.title_quality"), Menu::none, 200, request.target},
                     main);
}

Result<Response> get_api_findings(const Request& request, Context& context) {
    KL_TRY(const std::int64_t offset, read_number(request, "offset", 0, 0, kOffsetMost));
    KL_TRY(const std::int64_t limit, read_number(request, "limit", kPage, 1, kApiMost));
    KL_TRY(const auto counts, count_findings(context.db()));
    KL_TRY(const auto list, list_findings(context.db(), filter_of(request), offset, limit));
    json::array counted, findings;
    for (const FindingCount& count : counts)
        counted.push_back(json::object{{"what", count.what},
                                       {"field", count.field},
                                       {"source", count.source},
                                       {"count", count.count}});
    for (const FindingRow& finding : list)
        findings.push_back(json::object{{"what", finding.what},
                                        {"thing", finding.thing},
                                        {"field", finding.field},
                                        {"value", finding.value},
                                        {"source", finding.source}});
    Response response;
    response.type = "application/json";
    response.body = json::serialize(json::object{{"counts", std::move(counted)},
                                                 {"offset", offset},
                                                 {"findings", std::move(findings)}}) +
                    "\n";
    return response;
}

}  // namespace klarsyn::assets
