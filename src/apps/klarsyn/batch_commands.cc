// init, batches, withdraw, rejects, accept, verify.
#include "apps/klarsyn/commands.h"
#include "indicators/cells.h"
#include "ingest/batch_list.h"
#include "ingest/gaps.h"
#include "ingest/import.h"
#include "ingest/verify.h"
#include "store/postgres_link.h"
#include "modules/module.h"
#include "reports/editions.h"
#include "store/search.h"

namespace klarsyn {
namespace {

void say(Environment& environment, const std::string& line) { environment.output.out(line + "\n"); }

std::string padded(std::string text, std::size_t width) {
    text.resize(std::max(text.size(), width), ' ');
    return text;
}

}  // namespace

int run_init(const Invocation& in, Environment& environment) {
    const std::string data = in.data.find("://") == std::string::npos
                                 ? resolve_path(environment.cwd, in.data)
                                 : in.data;
    std::string region;
    if (!in.region.empty()) {
        auto content = read_file(resolve_path(environment.cwd, in.region));
        if (!content.ok()) return fail(in, environment, content.error());
        region = content.take();
    }
    auto store = Store::create(data, migrations());
    if (!store.ok()) return fail(in, environment, store.error());
    for (const auto& notice : (*store)->notices()) {
        environment.output.err("klarsyn: " + text(in.language, notice) + "\n");
    }
    const Format* format = find_format("org");
    if (format) {
        ImportRequest request;
        request.format = format;
        request.options.source = "region";
        request.actor = environment.actor;
        if (in.region.empty()) {
            for (const auto& file : embedded_files("modules/organisation/data/")) {
                request.files.push_back({std::string(file.path), std::string(file.text)});
            }
        } else {
            request.files.push_back({in.region, std::move(region)});
        }
        const auto report = import_batch(**store, environment.clock, request);
        if (!report.ok()) return fail(in, environment, report.error());
        if (report->state == "held") {
            for (const auto& reject : report->rejects) {
                Error error = make_error(ErrorCode::invalid_input, reject.key, reject.args);
                error.file = reject.file;
                error.line = reject.line;
                error.field = reject.field;
                fail(in, environment, error);
            }
            return 1;
        }
    }
    if (const auto made = refresh_cells((*store)->writer(), catalogue()); !made.ok()) {
        return fail(in, environment, made.error());
    }
    say(environment, text(in.language, "cli.initialised", {{"data", shown_url(in.data)}}));
    return 0;
}

int run_batches(const Invocation& in, Environment& environment) {
    auto opened = OpenedStore::open(in, environment, Access::read);
    if (!opened.ok()) return fail(in, environment, opened.error());
    auto db = opened->store().reader();
    if (!db.ok()) return fail(in, environment, db.error());
    const auto batches = list_batches(**db);
    if (!batches.ok()) return fail(in, environment, batches.error());
    if (in.json) {
        say(environment, batches_json(*batches));
        return 0;
    }
    for (const auto& batch : *batches) {
        std::string files;
        for (const auto& file : batch.files) files += " " + file.name;
        const std::string state = batch.withdrawn ? "withdrawn" : batch.state;
        say(environment, padded(batch_id(batch.seq), 7) + padded(batch.source, 22) +
                             padded(batch.format, 12) +
                             text(in.language, "cli.batch_line",
                                  {{"read", format_integer(batch.read, in.language)},
                                   {"rejected", format_integer(batch.rejected, in.language)},
                                   {"state", text(in.language, "cli.state." + state)}}) +
                             files);
    }
    return 0;
}

int run_withdraw(const Invocation& in, Environment& environment) {
    auto opened = OpenedStore::open(in, environment, Access::write);
    if (!opened.ok()) return fail(in, environment, opened.error());
    Store& store = opened->store();
    const auto work = [&]() -> Result<std::int64_t> {
        KL_TRY(const auto batch, find_batch(store.writer(), in.batch));
        const Format* format = find_format(batch.format);
        if (!format) {
            return make_error(ErrorCode::internal, "cli.format_unknown",
                              {{"format", batch.format}, {"known", format_names()}});
        }
        KL_TRY(const auto seq, withdraw_batch(store, environment.clock, *format, batch.seq, in.why,
                                              environment.actor));
        KL_CHECK(refresh_cells(store.writer(), catalogue()));
        KL_CHECK(store.checkpoint());
        return seq;
    };
    const auto seq = work();
    if (!seq.ok()) return fail(in, environment, seq.error());
    if (in.json) {
        say(environment, R"({"withdrawn":")" + in.batch + R"(","seq":)" + std::to_string(*seq) + "}");
    } else {
        say(environment, text(in.language, "cli.withdrawn", {{"batch", in.batch}}));
    }
    return 0;
}

int run_rejects(const Invocation& in, Environment& environment) {
    auto opened = OpenedStore::open(in, environment, Access::read);
    if (!opened.ok()) return fail(in, environment, opened.error());
    const auto work = [&]() -> Result<std::string> {
        KL_TRY(auto db, opened->store().reader());
        KL_TRY(const auto batch, find_batch(*db, in.batch));
        KL_TRY(const auto rejects, list_rejects(*db, batch.seq));
        const bool json = in.json || in.list_format == "json";
        return json ? rejects_json(batch.seq, rejects, in.language) + "\n"
                    : rejects_csv(batch.seq, rejects, in.language);
    };
    const auto listed = work();
    if (!listed.ok()) return fail(in, environment, listed.error());
    environment.output.out(*listed);
    return 0;
}

int run_accept(const Invocation& in, Environment& environment) {
    const auto period = parse_period(in.period);
    if (!period.ok()) {
        fail(in, environment, period.error());
        return kWrongUsage;
    }
    auto opened = OpenedStore::open(in, environment, Access::write);
    if (!opened.ok()) return fail(in, environment, opened.error());
    const auto accepted = accept_gap(opened->store(), environment.clock, in.source, *period, in.why,
                                     environment.actor);
    if (!accepted.ok()) return fail(in, environment, accepted.error());
    say(environment, text(in.language, "cli.accepted", {{"count", std::to_string(*accepted)}}));
    return 0;
}

int run_reindex(const Invocation& in, Environment& environment) {
    auto opened = OpenedStore::open(in, environment, Access::write);
    if (!opened.ok()) return fail(in, environment, opened.error());
    if (const auto reset = Search::reset(opened->store().writer()); !reset.ok())
        return fail(in, environment, reset.error());
    std::int64_t documents = 0;
    for (const auto& module : modules()) {
        if (module.reindex == nullptr) continue;
        const auto written = module.reindex(opened->store());
        if (!written.ok()) return fail(in, environment, written.error());
        documents += *written;
    }
    say(environment, text(in.language, "cli.reindexed", {{"count", std::to_string(documents)}}));
    return 0;
}

int run_verify(const Invocation& in, Environment& environment) {
    auto opened = OpenedStore::open(in, environment, Access::write);
    if (!opened.ok()) return fail(in, environment, opened.error());
    std::vector<const Format*> formats;
    for (const auto& module : modules()) {
        for (const auto& format : module.formats) formats.push_back(&format);
        for (const auto& format : module.live_formats) formats.push_back(&format);
    }
    auto faults = verify_store(opened->store(), formats, catalogue());
    if (!faults.ok()) return fail(in, environment, faults.error());
    for (const auto& module : modules()) {
        for (const auto& check : module.checks) {
            const auto count = check.run(opened->store());
            if (!count.ok()) return fail(in, environment, count.error());
            if (*count == 0) continue;
            faults->push_back({"verify.module", {{"module", std::string(module.name)},
                                                 {"check", std::string(check.name)},
                                                 {"count", std::to_string(*count)}}});
        }
    }
    const auto editions = verify_editions(opened->store().writer());
    if (!editions.ok()) return fail(in, environment, editions.error());
    for (const auto& edition : *editions)
        faults->push_back({"report.verify.edition", {{"edition", edition}}});
    for (const auto& fault : *faults) {
        environment.output.err("klarsyn: " + text(in.language, fault.key, fault.args) + "\n");
    }
    if (in.json) {
        say(environment, R"({"intact":)" + std::string(faults->empty() ? "true" : "false") +
                             R"(,"faults":)" + std::to_string(faults->size()) + "}");
    } else if (faults->empty()) {
        say(environment, text(in.language, "cli.verified"));
    }
    return faults->empty() ? 0 : 1;
}

}  // namespace klarsyn
