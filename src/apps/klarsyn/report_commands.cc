// report, publish, edition, editions.
#include "apps/klarsyn/commands.h"
#include "indicators/figures.h"
#include "indicators/figures_json.h"
#include "ingest/gaps.h"
#include "modules/module.h"
#include "reports/build.h"
#include "reports/editions.h"
#include "reports/plan.h"
#include "reports/render.h"

namespace klarsyn {
namespace {

CsvDialect dialect_of(const Invocation& in) {
    return in.dialect == "excel-da" ? CsvDialect::excel_da : CsvDialect::rfc4180;
}

Result<void> draft(const Invocation& in, Environment& environment, Store& store, Period period) {
    KL_TRY(const auto* library, report_library());
    KL_TRY(const auto* plan, library->plan(in.plan));
    KL_TRY(auto db, store.reader());
    KL_CHECK(db->begin_read());
    Figures figures(*db, catalogue());
    KL_TRY(const auto document,
           build_document(*library, *plan, period, catalogue(), figure_source(figures)));
    for (const auto& path : in.out) {
        KL_TRY(const auto format, output_format(path));
        KL_TRY(const auto bytes,
               render(document, format, in.language, library->standalone_style(), dialect_of(in)));
        KL_CHECK(write_file(resolve_path(environment.cwd, path), bytes));
    }
    return {};
}

Result<PublishOutcome> publish_plan(const Invocation& in, Environment& environment, Store& store,
                                    Period period) {
    KL_TRY(const auto* library, report_library());
    KL_TRY(const auto* plan, library->plan(in.plan));
    KL_TRY(auto db, store.reader());
    Figures figures(*db, catalogue(), Figures::Source::records);
    PublishContext context{*db, store.writer(), catalogue(), *library, environment.clock,
                           store.journal_key(), figure_source(figures), {}, {}, {}};
    context.refs_hash = [&](const FigureQuestion& question) { return figures.refs_hash(question); };
    context.accepted_gaps = [&](std::string_view table,
                                Period asked) -> Result<std::vector<AcceptedGap>> {
        std::vector<AcceptedGap> gaps;
        const auto* known = catalogue().table(table);
        if (!known) return gaps;
        KL_TRY(const auto notes, accepted_gaps(*db, known->module, asked));
        for (const auto& note : notes) gaps.push_back({note.day, note.note, note.source});
        return gaps;
    };
    context.print_pdf = [](std::string_view html) { return print_pdf(html); };
    return publish(context, *plan, period, environment.actor);
}

std::string publish_json(const PublishOutcome& outcome, Language language) {
    if (outcome.edition) return "{\"edition\":" + json_string(outcome.edition->id) + "}\n";
    std::string out = "{\"blocked_by\":[";
    for (std::size_t i = 0; i < outcome.blocked_by.size(); ++i) {
        const auto& blocker = outcome.blocked_by[i];
        out += (i ? "," : "") + std::string("{\"code\":") + json_string(blocker.code) +
               ",\"text\":" + json_string(blocker.text.in(language)) + "}";
    }
    return out + "]}\n";
}

std::string editions_json(const std::vector<Edition>& editions) {
    std::string out = "{\"editions\":[";
    for (std::size_t i = 0; i < editions.size(); ++i) {
        const Edition& edition = editions[i];
        out += (i ? ",\n" : "") + std::string("{\"edition\":") + json_string(edition.id) +
               ",\"plan\":" + json_string(edition.plan) +
               ",\"title\":{\"da\":" + json_string(edition.title.da) +
               ",\"en\":" + json_string(edition.title.en) +
               "},\"period\":" + json_string(period_label(edition.period)) +
               ",\"number\":" + std::to_string(edition.number) +
               ",\"seq\":" + std::to_string(edition.seq) +
               ",\"as_of\":" + std::to_string(edition.as_of) +
               ",\"published_at\":" + json_string(iso_utc(edition.published_at)) +
               ",\"published_by\":" + json_string(edition.published_by) +
               ",\"figures\":" + std::to_string(edition.figures) + "}";
    }
    return out + "]}\n";
}

std::string format_of_edition(std::string_view format, const Invocation& in) {
    if (format == "csv" && in.dialect == "excel-da") return "csv-excel-da";
    return std::string(format);
}

Result<void> write_edition(const Invocation& in, Environment& environment, Store& store) {
    KL_TRY(auto db, store.reader());
    KL_TRY(const auto edition, find_edition(*db, in.edition));
    for (const auto& path : in.out) {
        KL_TRY(const auto format, output_format(path));
        KL_TRY(const auto bytes,
               edition_file(*db, edition, format_of_edition(format, in), in.language));
        KL_CHECK(write_file(resolve_path(environment.cwd, path), bytes));
    }
    return {};
}

// The files are the frozen edition; what is answered differently today is said beside them.
Result<void> say_restatements(const Invocation& in, Environment& environment, Store& store) {
    KL_TRY(const auto* library, report_library());
    KL_TRY(auto db, store.reader());
    KL_TRY(const auto edition, find_edition(*db, in.edition));
    Figures figures(*db, catalogue());
    KL_TRY(const auto found,
           restatements(*db, edition, *library, catalogue(), figure_source(figures)));
    for (const auto& restatement : found) {
        environment.output.err(
            "klarsyn: " +
            text(in.language, "cli.restated",
                 {{"row", restatement.row.in(in.language)},
                  {"period", format_period(restatement.then.question.period, in.language)},
                  {"text", restatement.text.in(in.language)}}) +
            "\n");
    }
    return {};
}

}  // namespace

int run_report(const Invocation& in, Environment& environment) {
    const auto period = parse_period(in.period);
    if (!period.ok()) {
        fail(in, environment, period.error());
        return kWrongUsage;
    }
    auto opened = OpenedStore::open(in, environment, Access::read);
    if (!opened.ok()) return fail(in, environment, opened.error());
    const auto written = draft(in, environment, opened->store(), *period);
    return written.ok() ? 0 : fail(in, environment, written.error());
}

int run_publish(const Invocation& in, Environment& environment) {
    const auto period = parse_period(in.period);
    if (!period.ok()) {
        fail(in, environment, period.error());
        return kWrongUsage;
    }
    auto opened = OpenedStore::open(in, environment, Access::write);
    if (!opened.ok()) return fail(in, environment, opened.error());
    const auto outcome = publish_plan(in, environment, opened->store(), *period);
    if (!outcome.ok()) return fail(in, environment, outcome.error());
    for (const auto& blocker : outcome->blocked_by) {
        environment.output.err("klarsyn: " + blocker.text.in(in.language) + "\n");
    }
    if (in.json) {
        environment.output.out(publish_json(*outcome, in.language));
    } else if (outcome->edition) {
        const bool made = outcome->kind == PublishOutcome::Kind::made;
        environment.output.out(text(in.language, made ? "cli.published" : "cli.edition_stands",
                                    {{"edition", outcome->edition->id}}) +
                               "\n");
        for (const auto& note : outcome->edition->notes) {
            environment.output.err("klarsyn: " + text(in.language, note) + "\n");
        }
    }
    return outcome->edition ? 0 : 1;
}

int run_edition(const Invocation& in, Environment& environment) {
    auto opened = OpenedStore::open(in, environment, Access::read);
    if (!opened.ok()) return fail(in, environment, opened.error());
    auto written = write_edition(in, environment, opened->store());
    if (written.ok()) written = say_restatements(in, environment, opened->store());
    return written.ok() ? 0 : fail(in, environment, written.error());
}

int run_editions(const Invocation& in, Environment& environment) {
    auto opened = OpenedStore::open(in, environment, Access::read);
    if (!opened.ok()) return fail(in, environment, opened.error());
    auto db = opened->store().reader();
    if (!db.ok()) return fail(in, environment, db.error());
    const auto editions = list_editions(**db);
    if (!editions.ok()) return fail(in, environment, editions.error());
    if (in.json) {
        environment.output.out(editions_json(*editions));
        return 0;
    }
    for (const auto& edition : *editions) {
        environment.output.out(edition.id + "  " + edition.title.in(in.language) + "  " +
                               format_timestamp(edition.published_at, in.language) + "\n");
    }
    return 0;
}

}  // namespace klarsyn
