// /api/v1: the same engine, the same serializer as the command line.
#include <fmt/format.h>

#include "indicators/catalogue.h"
#include "indicators/figures_json.h"
#include "web/handlers.h"
#include "web/problem.h"
#include "web/question.h"
#include "web/records_csv.h"

namespace klarsyn {
namespace {

constexpr std::int64_t kRecordsMax = 500;
constexpr std::int64_t kRecordsDefault = 100;
constexpr std::int64_t kOffsetMax = 1'000'000'000'000;

Response json(std::string body) {
    Response response;
    response.type = "application/json";
    response.body = std::move(body) + "\n";
    return response;
}

// RFC 8288: where the next page and the one before are.
std::string page_links(const FigureQuestion& question, const RecordPage& page, std::int64_t limit) {
    const auto target = [&](std::int64_t offset, std::string_view relation) {
        Pairs query = question_query(question);
        query.emplace_back("limit", std::to_string(limit));
        query.emplace_back("offset", std::to_string(offset));
        return fmt::format("</api/v1/figures/{}/records{}>; rel=\"{}\"", url_encode(question.id),
                           build_query(query), relation);
    };
    std::string links = target(0, "first");
    if (page.offset > 0) links += ", " + target(std::max<std::int64_t>(0, page.offset - limit), "prev");
    if (page.offset + limit < page.total) links += ", " + target(page.offset + limit, "next");
    return links;
}

}  // namespace

Result<Response> get_api_figures(const Request&, Context& context) {
    return json(catalogue_json(context.site.catalogue));
}

Result<Response> get_api_figure(const Request& request, Context& context) {
    KL_TRY(const FigureQuestion question,
           read_question(request, context, std::string(request.param("figure"))));
    KL_TRY(const FigureAnswer answer, context.figures().evaluate(question));
    return json(figure_json(answer));
}

Result<Response> get_api_records(const Request& request, Context& context) {
    KL_TRY(FigureQuestion question,
           read_question(request, context, std::string(request.param("figure"))));
    question.by.clear();
    if (wants_csv(request)) return records_csv(request, context, question);
    KL_TRY(const std::int64_t limit, read_number(request, "limit", kRecordsDefault, 1, kRecordsMax));
    KL_TRY(const std::int64_t offset, read_number(request, "offset", 0, 0, kOffsetMax));
    KL_TRY(question.as_of, pinned(context, question));
    KL_TRY(const RecordPage page,
           context.figures().records(question, offset, limit));
    Response response = json(records_json(page));
    response.headers.emplace_back("Link", page_links(question, page, limit));
    response.headers.emplace_back("X-Total-Count", std::to_string(page.total));
    response.headers.emplace_back("X-Hidden-Count", std::to_string(page.hidden));
    return response;
}

}  // namespace klarsyn
