#include "web/records_csv.h"

#include <fmt/format.h>

#include "indicators/figures_json.h"
#include "store/journal.h"

namespace klarsyn {
namespace {

constexpr std::int64_t kPieceRecords = 2000;

struct Export {
    FigureQuestion question;
    RecordsCsv dialect = RecordsCsv::plain;
    std::int64_t offset = 0;
    std::int64_t total = 0;
};

std::string lines(const RecordPage& page, RecordsCsv dialect) {
    std::string out;
    for (const RecordItem& item : page.items) out += record_csv(item, dialect);
    return out;
}

Result<std::string> next_lines(Export& state, WorkerTools& tools) {
    if (state.offset >= state.total) return std::string();
    KL_CHECK(tools.db->begin_read());
    const auto page = tools.figures->records(state.question, state.offset, kPieceRecords);
    tools.db->rollback();
    if (!page) return page.error();
    state.offset += kPieceRecords;
    return lines(*page, state.dialect);
}

std::string file_name(const FigureQuestion& question) {
    std::string name = question.id + "_" + period_label(question.period) +
                       (question.gap ? "_gap" : "") + ".csv";
    for (char& c : name)
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '.' || c == '_' || c == '-'))
            c = '_';
    return name;
}

}  // namespace

bool wants_csv(const Request& request) {
    if (const auto format = request.find("format")) return *format == "csv";
    return request.header("accept").starts_with("text/csv");
}

Result<std::optional<std::int64_t>> pinned(Context& context, const FigureQuestion& question) {
    if (question.as_of) return question.as_of;
    KL_TRY(const std::int64_t head, head_seq(context.db()));
    return std::optional<std::int64_t>(head);
}

Result<Response> records_csv(const Request& request, Context& context, FigureQuestion question) {
    KL_TRY(question.as_of, pinned(context, question));
    auto state = std::make_shared<Export>();  // shared: std::function wants to be copyable
    state->question = std::move(question);
    state->dialect = request.find("dialect").value_or("") == "excel-da" ? RecordsCsv::excel_da
                                                                         : RecordsCsv::plain;
    KL_TRY(const RecordPage page, context.figures().records(state->question, 0, kPieceRecords));
    state->offset = kPieceRecords;
    state->total = page.total;
    Response response;
    response.type = "text/csv; charset=utf-8";
    response.body = records_csv_header(page.columns, state->dialect) + lines(page, state->dialect);
    response.headers.emplace_back(
        "Content-Disposition",
        fmt::format("attachment; filename=\"{}\"", file_name(state->question)));
    response.headers.emplace_back("X-Total-Count", std::to_string(page.total));
    response.headers.emplace_back("X-Hidden-Count", std::to_string(page.hidden));
    if (state->offset < state->total)
        response.next_piece = [state](WorkerTools& tools) { return next_lines(*state, tools); };
    return response;
}

}  // namespace klarsyn
