// Health, metrics, embedded files: what machines ask for.
#include <fmt/format.h>

#include "core/hash.h"
#include "reports/plan.h"
#include "store/journal.h"
#include "web/description.h"
#include "web/figure_metrics.h"
#include "web/handlers.h"
#include "web/metrics.h"
#include "web/problem.h"

namespace klarsyn {
namespace {

constexpr std::string_view kOpenMetrics =
    "application/openmetrics-text; version=1.0.0; charset=utf-8";

Response plain(int status, std::string body, std::string type = "text/plain; charset=utf-8") {
    Response response;
    response.status = status;
    response.type = std::move(type);
    response.body = std::move(body);
    return response;
}

std::string_view type_of(std::string_view path) {
    struct Type {
        std::string_view suffix, type;
    };
    static constexpr Type kTypes[] = {
        {".css", "text/css; charset=utf-8"},      {".js", "text/javascript; charset=utf-8"},
        {".svg", "image/svg+xml"},                {".woff2", "font/woff2"},
        {".json", "application/json"},            {".txt", "text/plain; charset=utf-8"},
        {".png", "image/png"},
    };
    for (const Type& type : kTypes)
        if (path.ends_with(type.suffix)) return type.type;
    return "application/octet-stream";
}

Response embedded(const EmbeddedFile& file) {
    Response response;
    response.type = type_of(file.path);
    response.fixed_body = file.text;
    response.etag = fmt::format("\"{:016x}\"", hash64(file.text));
    return response;
}

Result<std::string> store_metrics(Context& context) {
    KL_TRY(const std::int64_t head, head_seq(context.db()));
    std::string out = gauge_text("klarsyn_journal_head", "Number of the last journal entry.",
                                 {{{}, static_cast<double>(head)}});
    KL_TRY(const auto rows,
           context.db().query("SELECT module, source, MAX(day) FROM core_feed_day"
                              " WHERE retracted_seq IS NULL GROUP BY module, source"
                              " ORDER BY module, source"));
    std::vector<MetricSample> ages;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) break;
        const UtcSecond until = day_end(static_cast<Day>(rows->i64(2)));
        ages.push_back({{{"module", std::string(rows->text(0))},
                         {"source", std::string(rows->text(1))}},
                        static_cast<double>(std::max<UtcSecond>(
                            0, context.site.clock.now() - until))});
    }
    return out + gauge_text("klarsyn_feed_age_seconds",
                            "Time since the end of the last day that a source has lines of.", ages);
}

// How far the cells lag behind the records. A marked day is answered from the records: right, slowly.
Result<std::string> cell_metrics(Context& context) {
    KL_TRY(const auto rows,
           context.db().query("SELECT fact_table, COUNT(*), MIN(after_seq) FROM core_dirty"
                              " GROUP BY fact_table ORDER BY fact_table"));
    std::vector<MetricSample> days;
    std::optional<std::int64_t> first;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) break;
        days.push_back({{{"table", std::string(rows->text(0))}}, static_cast<double>(rows->i64(1))});
        first = std::min(first.value_or(rows->i64(2)), rows->i64(2));
    }
    double lag = 0;
    if (first) {
        // The entry that changed the oldest marked day is the one after; or that one, if it was
        // written before the mark.
        KL_TRY(const std::int64_t since,
               query_i64(context.db(), "SELECT at FROM core_journal WHERE seq >= :seq"
                                       " ORDER BY CASE WHEN seq = :seq THEN 1 ELSE 0 END, seq LIMIT 1",
                         {{":seq", *first}}, context.site.clock.now()));
        lag = static_cast<double>(std::max<UtcSecond>(0, context.site.clock.now() - since));
    }
    return gauge_text("klarsyn_cells_dirty_days",
                      "Days whose records changed since their cells were computed.", days) +
           gauge_text("klarsyn_cells_lag_seconds",
                      "Time since the oldest change that is not in the cells.", {{{}, lag}});
}

}  // namespace

Result<Response> get_livez(const Request&, Context&) { return plain(200, "ok\n"); }

// Opening the store migrated it and refuses a newer schema; what is left to ask is whether it can
// be read now and whether we are still taking requests.
Result<Response> get_readyz(const Request&, Context& context) {
    if (context.services.stopping()) return web_error(503);
    KL_TRY([[maybe_unused]] const std::int64_t head, head_seq(context.db()));
    return plain(200, "ok\n");
}

Result<Response> get_metrics(const Request&, Context& context) {
    KL_TRY(const std::string store, store_metrics(context));
    KL_TRY(const std::string cells, cell_metrics(context));
    std::string figures;
    if (context.may(Permission::figures)) {
        KL_TRY(figures, figure_metrics(context));
    }
    return plain(200, context.services.metrics.text() + store + cells + figures + "# EOF\n",
                 std::string(kOpenMetrics));
}

Result<Response> get_asset(const Request& request, Context& context) {
    // Pages and reports share one style, so that a report looks the same in a page and in a file.
    if (request.param("name") == "style.css")
        return embedded({"style.css", context.site.library.style()});
    const EmbeddedFile* file = context.site.asset(fmt::format("ui/dist/{}", request.param("name")));
    if (file == nullptr) return web_error(404);
    return embedded(*file);
}

Result<Response> get_openapi(const Request&, Context& context) {
    return embedded({"openapi.json", description_text(context.site.assets)});
}

}  // namespace klarsyn
