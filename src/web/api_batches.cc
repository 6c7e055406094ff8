// /api/v1/batches: what was imported, and what was rejected.
#include "ingest/batch_list.h"
#include "web/handlers.h"
#include "web/question.h"
#include "web/records_csv.h"

namespace klarsyn {
namespace {

constexpr std::int64_t kRejectsMax = 500;
constexpr std::int64_t kOffsetMax = 1'000'000'000'000;

Response json(std::string body) {
    Response response;
    response.type = "application/json";
    response.body = std::move(body) + "\n";
    return response;
}

}  // namespace

Result<Response> get_api_batches(const Request&, Context& context) {
    KL_TRY(const auto batches, list_batches(context.db()));
    return json(batches_json(batches));
}

Result<Response> get_api_rejects(const Request& request, Context& context) {
    KL_TRY(const BatchInfo batch, find_batch(context.db(), request.param("batch")));
    KL_TRY(const std::int64_t limit, read_number(request, "limit", kRejectsMax, 1, kRejectsMax));
    KL_TRY(const std::int64_t offset, read_number(request, "offset", 0, 0, kOffsetMax));
    KL_TRY(const auto rejects, list_rejects(context.db(), batch.seq, offset,
                                            limit));
    if (!wants_csv(request)) return json(rejects_json(batch.seq, rejects, context.language));
    Response response;
    response.type = "text/csv; charset=utf-8";
    response.body = rejects_csv(batch.seq, rejects, context.language);
    response.headers.emplace_back("Content-Disposition", "attachment; filename=\"rejects.csv\"");
    return response;
}

}  // namespace klarsyn
