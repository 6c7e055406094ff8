// figures, figure, records.
#include <charconv>

#include "apps/klarsyn/commands.h"
#include "indicators/figures.h"
#include "indicators/figures_json.h"
#include "modules/module.h"
#include "store/journal.h"

namespace klarsyn {
namespace {

// Wrong words on the command line, as against a question that the data refuses.
struct Asked {
    std::optional<FigureQuestion> question;
    int exit_code = 0;
};

// "1234" is a journal entry; otherwise a time, or a date (the end of that day).
Result<std::int64_t> resolve_as_of(Connection& db, const std::string& text) {
    std::int64_t seq = 0;
    const char* end = text.data() + text.size();
    if (const auto parsed = std::from_chars(text.data(), end, seq);
        parsed.ec == std::errc{} && parsed.ptr == end) {
        return seq;
    }
    if (const auto day = parse_iso_date(text); day.ok()) return seq_at(db, day_end(*day) - 1);
    KL_TRY(const auto time, parse_iso_utc(text));
    return seq_at(db, time);
}

Asked ask(const Invocation& in, Environment& environment, Connection& db) {
    const auto wrong = [&](const Error& error) {
        fail(in, environment, error);
        return Asked{std::nullopt, kWrongUsage};
    };
    FigureQuestion question;
    question.id = in.id;
    const auto period = parse_period(in.period);
    if (!period.ok()) return wrong(period.error());
    question.period = *period;
    question.by = in.by;
    question.gap = in.gap;
    for (const auto& condition : in.where) {
        const auto equals = condition.find('=');
        if (equals == std::string::npos || equals == 0) {
            Error error = make_error(ErrorCode::invalid_input, "cli.where_form", {{"value", condition}});
            error.field = "--where";
            return wrong(error);
        }
        question.where.push_back({condition.substr(0, equals), condition.substr(equals + 1)});
    }
    for (const auto& assumption : in.assume) {
        const auto equals = std::min(assumption.find('='), assumption.size());
        const char* end = assumption.data() + assumption.size();
        std::int64_t value = -1;
        const auto read =
            std::from_chars(assumption.data() + std::min(equals + 1, assumption.size()), end, value);
        if (read.ec != std::errc{} || read.ptr != end || value < 0) {
            Error error = make_error(ErrorCode::invalid_input, "cli.assume_form", {{"value", assumption}});
            error.field = "--assume";
            return wrong(error);
        }
        question.assume.emplace_back(assumption.substr(0, equals), value);
    }
    if (!in.as_of.empty()) {
        const auto seq = resolve_as_of(db, in.as_of);
        if (!seq.ok()) {
            Error error = make_error(ErrorCode::invalid_input, "cli.as_of_form", {{"value", in.as_of}});
            error.field = "--as-of";
            return wrong(error);
        }
        question.as_of = *seq;
    }
    return {question, 0};
}

std::string printed(const FigureAnswer& answer, const FigureRow& row, Language language) {
    if (!row.value) return "–";
    if (answer.unit == "fraction" && row.den) {
        return format_share(*row.num, *row.den, 1, language) + "  (" +
               format_integer(*row.num, language) + " / " + format_integer(*row.den, language) + ")";
    }
    if (answer.unit == "seconds") return format_duration(*row.num, row.den.value_or(1));
    if (row.den) return format_decimal(*row.value, 2, language);
    if (answer.unit == "milliseconds") return format_integer(*row.num, language) + " ms";
    if (answer.unit == "bytes") return format_decimal(*row.value / 1e12, 3, language) + "\u00a0TB";
    if (answer.unit == "watts") return format_decimal(*row.value / 1e3, 1, language) + "\u00a0kW";
    return format_integer(*row.num, language);
}

// "[92,9–95,3 %; farven er ikke sikker]"
std::string interval_text(const ShareInterval& interval, Language language) {
    return text(language, interval.certain ? "cli.interval_sure" : "cli.interval_unsure",
                {{"interval", format_interval(interval.between, language)}});
}

void print_answer(const Invocation& in, Environment& environment, const Indicator& indicator,
                  const FigureAnswer& answer) {
    const bool danish = in.language == Language::da;
    std::string out = (danish ? indicator.title_da : indicator.title_en) + "  " +
                      format_period(answer.period, in.language) + "\n";
    if (indicator.status != IndicatorStatus::published) {
        out += (danish ? indicator.caveat_da : indicator.caveat_en) + "\n";
    }
    for (const auto& row : answer.rows) {
        for (const auto& [name, value] : row.key) {
            std::string cell = dim_text(value);
            cell.resize(std::max<std::size_t>(cell.size(), 18), ' ');
            out += cell + "  ";
        }
        out += printed(answer, row, in.language);
        if (!row.status.empty()) out += "  " + text(in.language, "cli.status." + row.status);
        if (row.interval) out += "  " + interval_text(*row.interval, in.language);
        if (!row.gap.empty()) {
            out += "  " + text(in.language, "cli.gap", {{"count", std::to_string(row.gap.size())}});
        }
        if (row.too_few) {
            out += "  " + text(in.language, "cli.too_few",
                               {{"count", format_integer(row.behind.value_or(0), in.language)}});
        }
        if (row.gap_records > 0) {
            out += "  " + text(in.language, "cli.gap_records",
                               {{"count", format_integer(row.gap_records, in.language)}});
        }
        out += "\n";
    }
    environment.output.out(out);
}

Result<std::unique_ptr<Connection>> snapshot(Store& store) {
    KL_TRY(auto db, store.reader());
    KL_CHECK(db->begin_read());
    return db;
}

Result<void> stream_records(const Invocation& in, Environment& environment, Figures& figures,
                            const FigureQuestion& question) {
    const bool csv = in.list_format == "csv";
    const auto dialect = in.dialect == "excel-da" ? RecordsCsv::excel_da : RecordsCsv::plain;
    std::string out;
    std::int64_t count = 0;
    const auto sink = [&](const RecordItem& item) -> Result<void> {
        if (csv) {
            out += record_csv(item, dialect);
        } else {
            out += (count ? ",\n" : "") + record_json(item);
        }
        ++count;
        if (out.size() > (std::size_t{1} << 16)) {
            environment.output.out(out);
            out.clear();
        }
        return {};
    };
    if (csv) {
        const Indicator& indicator = *catalogue().find(question.id);
        const FactTable& table = *catalogue().table(indicator.table);
        out += records_csv_header(record_columns(indicator, table), dialect);
    } else {
        out += "{\"records\":[";
    }
    if (in.limit > 0) {
        KL_TRY(const auto page, figures.records(question, 0, in.limit));
        for (const auto& item : page.items) KL_CHECK(sink(item));
    } else {
        KL_CHECK(figures.each_record(question, sink));
    }
    environment.output.out(out + (csv ? "" : "],\"hidden\":0}\n"));
    return {};
}

}  // namespace

int run_figures(const Invocation& in, Environment& environment) {
    auto opened = OpenedStore::open(in, environment, Access::read);
    if (!opened.ok()) return fail(in, environment, opened.error());
    if (in.json) {
        environment.output.out(catalogue_json(catalogue()) + "\n");
        return 0;
    }
    std::string out;
    for (const auto& indicator : catalogue().indicators()) {
        std::string id = indicator.id;
        id.resize(std::max<std::size_t>(id.size(), 32), ' ');
        out += id + "  " + (in.language == Language::da ? indicator.title_da : indicator.title_en) +
               "\n";
    }
    environment.output.out(out);
    return 0;
}

int run_figure(const Invocation& in, Environment& environment) {
    auto opened = OpenedStore::open(in, environment, Access::read);
    if (!opened.ok()) return fail(in, environment, opened.error());
    auto db = snapshot(opened->store());
    if (!db.ok()) return fail(in, environment, db.error());
    const Asked asked = ask(in, environment, **db);
    if (!asked.question) return asked.exit_code;
    Figures figures(**db, catalogue());
    const auto answer = figures.evaluate(*asked.question);
    if (!answer.ok()) return fail(in, environment, answer.error());
    if (in.json) environment.output.out(figure_json(*answer) + "\n");
    else print_answer(in, environment, *catalogue().find(in.id), *answer);
    return 0;
}

int run_records(const Invocation& in, Environment& environment) {
    auto opened = OpenedStore::open(in, environment, Access::read);
    if (!opened.ok()) return fail(in, environment, opened.error());
    auto db = snapshot(opened->store());
    if (!db.ok()) return fail(in, environment, db.error());
    const Asked asked = ask(in, environment, **db);
    if (!asked.question) return asked.exit_code;
    if (!catalogue().find(in.id)) {
        Error error = make_error(ErrorCode::not_found, "indicators.unknown", {{"value", in.id}});
        return fail(in, environment, error);
    }
    Figures figures(**db, catalogue());
    const auto streamed = stream_records(in, environment, figures, *asked.question);
    return streamed.ok() ? 0 : fail(in, environment, streamed.error());
}

}  // namespace klarsyn
