// /api/v1/editions: the list, one edition, and its frozen files.
#include <fmt/format.h>

#include "core/hash.h"
#include "indicators/figures_json.h"
#include "reports/editions.h"
#include "reports/edition_json.h"
#include "web/handlers.h"

namespace klarsyn {
namespace {

Response json(std::string body) {
    Response response;
    response.type = "application/json";
    response.body = std::move(body) + "\n";
    return response;
}

// A published edition never changes, so its bytes are their own version.
Result<Response> frozen_file(const Request& request, Context& context, std::string_view format,
                             std::string_view type, std::string_view suffix) {
    KL_TRY(const Edition edition, find_edition(context.db(), request.param("edition")));
    Response response;
    KL_TRY(response.body, edition_file(context.db(), edition, format, context.language));
    response.type = type;
    response.etag = fmt::format("\"{:016x}\"", hash64(response.body));
    response.headers.emplace_back(
        "Content-Disposition",
        fmt::format("{}; filename=\"{}_{}.{}\"", suffix == "pdf" ? "inline" : "attachment",
                    edition.id, language_code(context.language), suffix));
    return response;
}

}  // namespace

Result<Response> get_api_editions(const Request&, Context& context) {
    KL_TRY(const auto editions, list_editions(context.db()));
    return json(editions_json(editions));
}

Result<Response> get_api_edition(const Request& request, Context& context) {
    KL_TRY(const Edition edition, find_edition(context.db(), request.param("edition")));
    return json(edition_json(edition));
}

Result<Response> get_api_edition_html(const Request& request, Context& context) {
    return frozen_file(request, context, "html", "text/html; charset=utf-8", "html");
}

Result<Response> get_api_edition_csv(const Request& request, Context& context) {
    const bool excel = request.find("dialect").value_or("") == "excel-da";
    return frozen_file(request, context, excel ? "csv-excel-da" : "csv", "text/csv; charset=utf-8",
                       "csv");
}

Result<Response> get_api_edition_json(const Request& request, Context& context) {
    return frozen_file(request, context, "json", "application/json", "json");
}

Result<Response> get_api_edition_xlsx(const Request& request, Context& context) {
    return frozen_file(request, context, "xlsx",
                       "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx");
}

Result<Response> get_api_edition_pdf(const Request& request, Context& context) {
    return frozen_file(request, context, "pdf", "application/pdf", "pdf");
}

}  // namespace klarsyn
