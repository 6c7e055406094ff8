// /batches and /batches/{batch}: what was imported, from which files, and what was rejected.
#include <fmt/format.h>

#include <algorithm>

#include "ingest/batch_list.h"
#include "web/handlers.h"
#include "web/page.h"
#include "web/question.h"

namespace klarsyn {
namespace {

constexpr std::int64_t kRejectsShown = 200;

std::string state_text(const Context& context, const BatchInfo& batch) {
    if (batch.withdrawn) return context.text("web.batch.state_withdrawn");
    return context.text(batch.state == "held" ? "web.batch.state_held" : "web.batch.state_applied");
}

std::string number(const Context& context, std::int64_t value) {
    return fmt::format("<td class=\"k-number\">{}</td>", format_integer(value, context.language));
}

std::string batch_row(const Context& context, const BatchInfo& batch) {
    return fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td><td>{}</td>",
                       link("/batches/" + batch_id(batch.seq), batch_id(batch.seq)),
                       escape_html(batch.source), escape_html(batch.format),
                       escape_html(format_timestamp(batch.at, context.language)),
                       escape_html(state_text(context, batch))) +
           number(context, static_cast<std::int64_t>(batch.files.size())) +
           number(context, batch.read) + number(context, batch.added) +
           number(context, batch.changed) + number(context, batch.unchanged) +
           number(context, batch.rejected) + "</tr>";
}

std::string heads(const Context& context, std::initializer_list<std::string_view> words,
                  std::initializer_list<std::string_view> numbers) {
    std::string out;
    for (const std::string_view key : words)
        out += fmt::format("<th scope=\"col\">{}</th>", escape_html(context.text(key)));
    for (const std::string_view key : numbers)
        out += fmt::format("<th scope=\"col\" class=\"k-number\">{}</th>",
                           escape_html(context.text(key)));
    return out;
}

std::string table(std::string_view id, const std::string& caption, const std::string& head,
                  const std::string& rows) {
    return fmt::format(
        "<div class=\"k-table-frame\" role=\"region\" aria-labelledby=\"{0}\" tabindex=\"0\">"
        "<table class=\"k-table\"><caption id=\"{0}\">{1}</caption><thead><tr>{2}</tr></thead>"
        "<tbody>{3}</tbody></table></div>",
        id, escape_html(caption), head, rows);
}

std::string files_table(const Context& context, const BatchInfo& batch) {
    std::string rows;
    for (const BatchFile& file : batch.files)
        rows += fmt::format("<tr><th scope=\"row\">{}</th>{}<td class=\"k-ref\">{}</td></tr>",
                            escape_html(file.name), number(context, file.bytes), file.sha256);
    return table("files", context.text("web.batch.files_caption"),
                 heads(context, {"web.batch.file"}, {"web.batch.bytes"}) +
                     fmt::format("<th scope=\"col\">SHA-256</th>"),
                 rows);
}

Result<std::string> rejects_table(Context& context, const BatchInfo& batch) {
    if (batch.rejected == 0)
        return "<p>" + escape_html(context.text("web.batch.no_rejects")) + "</p>";
    if (!context.may(Permission::rejects))
        return "<p>" + escape_html(context.text("web.batch.rejects_hidden",
                                                {{"count", format_integer(batch.rejected,
                                                                          context.language)}})) +
               "</p>";
    KL_TRY(const auto rejects, list_rejects(context.db(), batch.seq, 0, kRejectsShown));
    std::string rows;
    for (const RejectInfo& reject : rejects)
        rows += fmt::format("<tr><th scope=\"row\">{}</th><td class=\"k-number\">{}</td><td>{}</td>"
                            "<td>{}</td><td class=\"k-ref\">{}</td></tr>",
                            escape_html(reject.file), reject.line, escape_html(reject.field),
                            escape_html(context.text(reject.reason, reject.args)),
                            escape_html(reject.raw));
    return table("rejects",
                 context.text("web.batch.rejects_caption",
                              {{"shown", std::to_string(rejects.size())},
                               {"count", format_integer(batch.rejected, context.language)}}),
                 heads(context, {"web.batch.file", "web.batch.line", "web.batch.field",
                                 "web.batch.reason", "web.batch.raw"}, {}),
                 rows) +
           "<p class=\"k-actions\">" +
           link("/api/v1/batches/" + batch_id(batch.seq) + "/rejects?format=csv",
                context.text("web.records.csv")) + "</p>";
}

std::string facts_html(const Context& context, const BatchInfo& batch) {
    const auto fact = [&](std::string_view key, const std::string& value) {
        return fmt::format("<dt>{}</dt><dd>{}</dd>", escape_html(context.text(key)),
                           escape_html(value));
    };
    const auto count = [&](std::string_view key, std::int64_t value) {
        return fact(key, format_integer(value, context.language));
    };
    return "<dl class=\"k-facts\">" + fact("web.batch.source", batch.source) +
           fact("web.batch.format", batch.format) +
           fact("web.batch.at", format_timestamp(batch.at, context.language)) +
           fact("web.batch.actor", batch.actor) + count("web.batch.read", batch.read) +
           count("web.batch.new", batch.added) + count("web.batch.changed", batch.changed) +
           count("web.batch.unchanged", batch.unchanged) +
           count("web.batch.rejected", batch.rejected) + "</dl>";
}

}  // namespace

Result<Response> get_batches_page(const Request& request, Context& context) {
    KL_TRY(std::vector<BatchInfo> batches, list_batches(context.db()));
    std::reverse(batches.begin(), batches.end());
    const auto held = std::count_if(batches.begin(), batches.end(), [](const BatchInfo& batch) {
        return batch.state == "held" && !batch.withdrawn;
    });
    std::string rows;
    for (const BatchInfo& batch : batches) rows += batch_row(context, batch);
    const std::string title = context.text("web.batch.title");
    const TextArgs counts = {{"count", std::to_string(batches.size())},
                             {"held", std::to_string(held)}};
    const std::string lead = context.text(batches.empty() ? "web.batch.none"
                                          : held == 0     ? "web.batch.lead"
                                                          : "web.batch.lead_held",
                                          counts);
    std::string main = "<h1>" + escape_html(title) + "</h1><p class=\"k-lead\">" +
                       escape_html(lead) + "</p>";
    if (!batches.empty())
        main += table("batches", context.text("web.batch.caption"),
                      heads(context,
                            {"web.batch.batch", "web.batch.source", "web.batch.format",
                             "web.batch.at", "web.batch.state"},
                            {"web.batch.files", "web.batch.read", "web.batch.new",
                             "web.batch.changed", "web.batch.unchanged", "web.batch.rejected"}),
                      rows);
    return html_page(context, {title, Menu::batches, 200, request.target}, main);
}

Result<Response> get_batch_page(const Request& request, Context& context) {
    KL_TRY(const BatchInfo batch, find_batch(context.db(), request.param("batch")));
    KL_TRY(const std::string rejects, rejects_table(context, batch));
    const std::string title = context.text("web.batch.title_one", {{"batch", batch_id(batch.seq)}});
    const std::string main = fmt::format(
        "<nav class=\"k-crumbs\" aria-label=\"{}\"><ol><li>{}</li><li>{}</li></ol></nav><h1>{}</h1>"
        "<p class=\"k-lead\">{}</p>{}<h2>{}</h2>{}<h2>{}</h2>{}",
        escape_html(context.text("web.crumbs")),
        link("/batches", context.text("web.menu.batches")), batch_id(batch.seq),
        escape_html(title), escape_html(state_text(context, batch)), facts_html(context, batch),
        escape_html(context.text("web.batch.files")), files_table(context, batch),
        escape_html(context.text("web.batch.rejected")), rejects);
    return html_page(context, {title, Menu::batches, 200, request.target}, main);
}

}  // namespace klarsyn
