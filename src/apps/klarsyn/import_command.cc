// import: one batch from files, or a whole manifest.
#include <filesystem>

#include "apps/klarsyn/commands.h"
#include "apps/klarsyn/progress.h"
#include "indicators/cells.h"
#include "ingest/batch_list.h"
#include "ingest/import.h"
#include "ingest/manifest.h"
#include "modules/module.h"

namespace klarsyn {
namespace {

Result<ImportRequest> make_request(const Invocation& in, const std::string& base) {
    ImportRequest request;
    request.format = find_format(in.format);
    if (!request.format) {
        return make_error(ErrorCode::invalid_input, "cli.format_unknown",
                          {{"format", in.format}, {"known", format_names()}});
    }
    ImportOptions& options = request.options;
    options.source = in.source.empty() ? in.format : in.source;
    options.zone = in.zone;
    options.encoding = in.encoding;
    options.delimiter = in.delimiter == "tab" ? "\t" : in.delimiter;
    options.decimal = in.decimal;
    options.max_rejects_percent = in.max_rejects;
    KL_TRY([[maybe_unused]] const auto zone, Zone::find(in.zone));
    if (!in.covers.empty()) {
        KL_TRY(options.covers, parse_period(in.covers));
    }
    const std::pair<const std::string*, std::pair<std::string*, std::string*>> texts[] = {
        {&in.groups, {&options.groups, &options.groups_name}},
        {&in.mapping, {&options.mapping, &options.mapping_name}}};
    for (const auto& [path, target] : texts) {
        if (path->empty()) continue;
        KL_TRY(*target.first, read_file(resolve_path(base, *path)));
        *target.second = *path;
    }
    for (const auto& name : in.files) {
        KL_TRY(auto content, read_file(resolve_path(base, name)));
        request.files.push_back({name, std::move(content)});
    }
    request.mode = in.dry_run ? ImportMode::dry_run : ImportMode::apply;
    return request;
}

// Notices and the first rejects, for people; programs read the batches.
void tell_outcome(const Invocation& in, Environment& environment, const BatchReport& report) {
    constexpr std::size_t kShown = 20;
    std::string message;
    for (const auto& notice : report.notices) {
        message += "klarsyn: " + text(in.language, notice.key, notice.args) + "\n";
    }
    for (std::size_t i = 0; i < report.rejects.size() && i < kShown; ++i) {
        const Reject& reject = report.rejects[i];
        Error error = make_error(ErrorCode::invalid_input, reject.key, reject.args);
        error.file = reject.file;
        error.line = reject.line;
        error.field = reject.field;
        message += "klarsyn: " + describe(error, in.language) + "\n";
    }
    if (report.rejects.size() > kShown) {
        message += "klarsyn: " + text(in.language, "cli.more_rejects",
                                      {{"count", std::to_string(report.rows_rejected -
                                                                static_cast<std::int64_t>(kShown))}}) +
                   "\n";
    }
    if (report.state == "held") {
        message += "klarsyn: " + text(in.language, "cli.batch_held",
                                      {{"batch", report.batch.empty() ? "–" : report.batch},
                                       {"rejected", format_integer(report.rows_rejected, in.language)},
                                       {"read", format_integer(report.rows_read, in.language)}}) +
                   "\n";
    }
    environment.output.err(message);
}

void say_batch(const Invocation& in, Environment& environment, const BatchReport& report) {
    std::string files;
    for (const auto& file : report.files) files += (files.empty() ? "" : ", ") + file;
    environment.output.out(
        text(in.language, in.dry_run ? "cli.batch_dry_run" : "cli.batch_made",
             {{"batch", report.batch},
              {"source", report.source},
              {"files", files},
              {"read", format_integer(report.rows_read, in.language)},
              {"new", format_integer(report.rows_new, in.language)},
              {"changed", format_integer(report.rows_changed, in.language)},
              {"unchanged", format_integer(report.rows_unchanged, in.language)},
              {"rejected", format_integer(report.rows_rejected, in.language)}}) +
        "\n");
}

BatchInfo info_of(const BatchReport& report) {
    BatchInfo info;
    info.seq = report.seq;
    info.source = report.source;
    info.format = report.format;
    info.state = report.state;
    for (const auto& name : report.files) info.files.push_back({name, "", 0});
    info.read = report.rows_read;
    info.added = report.rows_new;
    info.changed = report.rows_changed;
    info.unchanged = report.rows_unchanged;
    info.rejected = report.rows_rejected;
    return info;
}

struct Outcome {
    std::vector<BatchInfo> batches;
    bool held = false;
};

Result<void> import_one(Store& store, const Invocation& in, Environment& environment,
                        const std::string& base, Outcome& outcome) {
    KL_TRY(auto request, make_request(in, base));
    request.actor = environment.actor;
    ProgressLine line(environment.output,
                      environment.terminal ? ProgressLine::Show::terminal : ProgressLine::Show::nothing,
                      in.language);
    KL_TRY(const auto report, import_batch(store, environment.clock, request,
                                           [&](const ImportProgress& progress) {
                                               line.tell(progress.file, progress.rows_done,
                                                         progress.rows_total);
                                           }));
    tell_outcome(in, environment, report);
    if (!in.json) say_batch(in, environment, report);
    outcome.held = outcome.held || report.state == "held";
    outcome.batches.push_back(info_of(report));
    if (!in.dry_run) KL_CHECK(store.checkpoint());
    return {};
}

Result<void> import_manifest(Store& store, const Invocation& in, Environment& environment,
                             Outcome& outcome) {
    const std::string path = resolve_path(environment.cwd, in.manifest);
    KL_TRY(const auto content, read_file(path));
    KL_TRY(const auto lines, parse_manifest(in.manifest, content));
    const std::string base = std::filesystem::path(path).parent_path().string();
    for (const auto& line : lines) {
        std::vector<std::string> arguments = {"import", in.data, line.format, line.file};
        if (!line.source.empty()) arguments.insert(arguments.end(), {"--source", line.source});
        arguments.insert(arguments.end(), line.options.begin(), line.options.end());
        int code = 0;
        auto parsed = parse_arguments(arguments, environment.output, code);
        if (!parsed) {
            Error error = make_error(ErrorCode::invalid_input, "cli.manifest_options");
            error.file = in.manifest;
            error.line = line.line;
            return error;
        }
        parsed->language = in.language;
        parsed->json = in.json;
        parsed->dry_run = in.dry_run;
        KL_CHECK(import_one(store, *parsed, environment, base, outcome));
    }
    return {};
}

Result<void> refresh(Store& store, const Invocation& in, Environment& environment) {
    ProgressLine line(environment.output,
                      environment.terminal ? ProgressLine::Show::terminal : ProgressLine::Show::nothing,
                      in.language);
    KL_CHECK(refresh_cells(store.writer(), catalogue(), [&](const RefreshProgress& progress) {
        line.tell(text(in.language, "cli.refreshing"), progress.days_done, progress.days_total);
    }));
    return store.checkpoint();
}

}  // namespace

int run_import(const Invocation& in, Environment& environment) {
    if (!in.covers.empty()) {
        if (const auto covers = parse_period(in.covers); !covers.ok()) {
            fail(in, environment, covers.error());
            return kWrongUsage;
        }
    }
    auto opened = OpenedStore::open(in, environment, Access::write);
    if (!opened.ok()) return fail(in, environment, opened.error());
    Store& store = opened->store();
    Outcome outcome;
    const auto imported = in.manifest.empty()
                              ? import_one(store, in, environment, environment.cwd, outcome)
                              : import_manifest(store, in, environment, outcome);
    // What was imported before an error stays: its cells are brought up to date all the same.
    const auto refreshed = in.dry_run ? Result<void>() : refresh(store, in, environment);
    if (in.json) environment.output.out(batches_json(outcome.batches) + "\n");
    if (!imported.ok()) return fail(in, environment, imported.error());
    if (!refreshed.ok()) return fail(in, environment, refreshed.error());
    return outcome.held ? 1 : 0;
}

}  // namespace klarsyn
