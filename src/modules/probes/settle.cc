#include "modules/probes/settle.h"

#include <algorithm>
#include <map>

#include "indicators/cells.h"
#include "ingest/derive_rows.h"
#include "ingest/files.h"
#include "modules/probes/measurements.h"
#include "modules/probes/missing.h"
#include "modules/probes/probes.h"
#include "modules/probes/rule_store.h"

namespace klarsyn::probes {
namespace {

// The sources of measurements and the periods that their imports state.
Result<std::set<std::string>> sources_of(Connection& db, std::vector<Span>& stated) {
    std::set<std::string> sources;
    {
        KL_TRY(auto rows, db.query("SELECT source, options FROM core_batch WHERE format = "
                                   "'probe-csv' AND state = 'applied'"));
        while (true) {
            KL_TRY(const bool more, rows->next());
            if (!more) break;
            sources.emplace(rows->text(0));
            KL_TRY(const ImportOptions options, options_from_json(rows->text(1)));
            if (options.covers)
                stated.push_back({day_start(options.covers->from), day_end(options.covers->to)});
        }
    }
    KL_TRY(auto rows, db.query("SELECT DISTINCT source FROM core_feed_day WHERE module = 'probes' "
                               "AND retracted_seq IS NULL"));
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return sources;
        sources.emplace(rows->text(0));
    }
}

std::optional<Span> hull(const std::vector<Span>& spans) {
    if (spans.empty()) return std::nullopt;
    Span all = spans.front();
    for (const Span& span : spans)
        all = {std::min(all.from, span.from), std::max(all.to, span.to)};
    return all;
}

// The clock is that of the last journal entry: counting again gives the same.
Result<Known> known_now(Connection& db) {
    Known known;
    KL_TRY(const auto spans, covered_spans(db));
    known.measured = hull(spans);
    KL_TRY(known.until, query_i64(db, "SELECT MAX(at) FROM core_journal"));
    return known;
}

// What was known when slots were counted last; none: they never were, or by an older rule.
Result<std::optional<Known>> known_before(Connection& db) {
    Known known;
    {
        KL_TRY(auto rows, db.query("SELECT at FROM probes_counted"));
        KL_TRY(const bool some, rows->next());
        if (!some) return std::optional<Known>();
        known.until = rows->i64(0);
    }
    std::vector<Span> spans;
    KL_TRY(auto rows, db.query("SELECT from_at, to_at FROM probes_reach"));
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) break;
        spans.push_back({rows->i64(0), rows->i64(1)});
    }
    known.measured = hull(spans);
    return std::optional<Known>(known);
}

Result<void> keep_known(Connection& db, const Known& known) {
    for (const char* note : {"DELETE FROM probes_reach", "DELETE FROM probes_counted"}) {
        KL_TRY([[maybe_unused]] const auto gone, db.run(note));
    }
    KL_TRY([[maybe_unused]] const auto counted,
           db.run("INSERT INTO probes_counted (at) VALUES (:at)", {{":at", Value(known.until)}}));
    if (!known.measured) return {};
    KL_TRY([[maybe_unused]] const auto added,
           db.run("INSERT INTO probes_reach (from_at, to_at) VALUES (:from, :to)",
                  {{":from", Value(known.measured->from)}, {":to", Value(known.measured->to)}}));
    return {};
}

// Where one span holds and the other does not.
std::vector<Span> differing(const Span& a, const Span& b) {
    if (a.from >= a.to || b.from >= b.to) return {a, b};
    return {{std::min(a.from, b.from), std::max(a.from, b.from)},
            {std::min(a.to, b.to), std::max(a.to, b.to)}};
}

// The spans of rules of a table that this entry brought or took away.
Result<std::vector<Span>> changed_spans(Connection& db, std::string_view table, std::int64_t seq) {
    std::vector<Span> spans;
    KL_TRY(auto rows, db.query("SELECT from_at, to_at FROM " + std::string(table) +
                                   " WHERE seq = :seq OR retracted_seq = :seq",
                               {{":seq", Value(seq)}}));
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return united(std::move(spans));
        Span span;
        if (!rows->is_null(0)) span.from = rows->i64(0);
        if (!rows->is_null(1)) span.to = rows->i64(1);
        spans.push_back(span);
    }
}

std::vector<Span> common(const std::vector<Span>& a, const std::vector<Span>& b) {
    std::vector<Span> both;
    for (const Span& x : a) {
        for (const Span& y : b) {
            const Span shared{std::max(x.from, y.from), std::min(x.to, y.to)};
            if (shared.from < shared.to) both.push_back(shared);
        }
    }
    return both;
}

void add_days(const std::vector<Span>& spans, std::set<Day>& days) {
    for (const Day day : days_of(spans)) days.insert(day);
}

Result<void> add_standing_days(Connection& db, std::set<Day>& days) {
    KL_TRY(auto rows,
           db.query("SELECT DISTINCT day FROM probes_missing WHERE retracted_seq IS NULL"));
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return {};
        days.insert(static_cast<Day>(rows->i64(0)));
    }
}

std::vector<Span> expected_spans(const Expectation& expected) {
    std::vector<Span> spans;
    for (const auto& [series, plans] : expected.plans) {
        for (const Plan& plan : plans) {
            const Span span = expected_span(plan, expected.known);
            if (span.from < span.to) spans.push_back(span);
        }
    }
    return united(std::move(spans));
}

// The days whose slots are to be counted again because rules came or went with the entry, or
// because more is known than before.
Result<void> add_changed_days(Connection& db, std::int64_t seq, const Expectation& expected,
                              std::set<Day>& days) {
    KL_TRY(const auto before, known_before(db));
    std::vector<Span> changed;
    if (!before) changed.emplace_back();  // all that ever was
    for (const char* table : {"probes_action", "probes_schedule"}) {  // actions: their kind
        KL_TRY(const auto of_table, changed_spans(db, table, seq));
        changed.insert(changed.end(), of_table.begin(), of_table.end());
    }
    if (!changed.empty()) {
        std::vector<Span> touched = expected_spans(expected);
        std::set<Day> standing;
        KL_CHECK(add_standing_days(db, standing));
        for (const Day day : standing) touched.push_back({day_start(day), day_end(day)});
        add_days(common(united(std::move(changed)), united(std::move(touched))), days);
    }
    if (!before || *before == expected.known) return {};
    for (const auto& [series, plans] : expected.plans) {
        for (const Plan& plan : plans) {
            add_days(differing(expected_span(plan, *before), expected_span(plan, expected.known)),
                     days);
        }
    }
    return {};
}

Result<std::set<Day>> due_days(Connection& db) {
    std::set<Day> days;
    KL_TRY(auto rows, db.query("SELECT day FROM probes_due"));
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return days;
        days.insert(static_cast<Day>(rows->i64(0)));
    }
}

}  // namespace

std::vector<Day> days_of(const std::vector<Span>& spans) {
    std::set<Day> days;
    for (const Span& span : spans) {
        if (span.from >= span.to) continue;
        const Day last = Zone::copenhagen().to_local(span.to - 1).day;
        for (Day day = Zone::copenhagen().to_local(span.from).day; day <= last; ++day)
            days.insert(day);
    }
    return {days.begin(), days.end()};
}

Result<std::vector<Span>> covered_spans(Connection& db) {
    std::vector<Span> spans;
    KL_TRY(const auto sources, sources_of(db, spans));
    KL_TRY(const auto measured, measured_spans(db));
    Names names(db);
    for (const std::string& source : sources) {
        KL_TRY(const auto id, names.find(source));
        const auto found = id ? measured.find(*id) : measured.end();
        if (found != measured.end()) spans.push_back(found->second);
    }
    return united(std::move(spans));
}

Result<void> note_due(Connection& db, const std::set<Day>& days) {
    for (const Day day : days) {
        KL_TRY([[maybe_unused]] const auto added,
               db.run("INSERT INTO probes_due (day) VALUES (:day) ON CONFLICT (day) DO NOTHING",
                      {{":day", Value(std::int64_t{day})}}));
    }
    return {};
}

// Cells of figures over measurements are old where these came or went, and where limits and windows
// changed, by which they are judged.
Result<void> mark_judged_anew(Connection& db, std::int64_t seq, std::set<Day> days) {
    std::vector<Span> measured;
    for (const char* table : {"probes_action", "probes_window"}) {
        KL_TRY(const auto changed, changed_spans(db, table, seq));
        if (changed.empty()) continue;
        if (measured.empty()) {
            KL_TRY(const auto spans, measured_spans(db));
            for (const auto& [source, span] : spans) measured.push_back(span);
        }
        add_days(common(changed, measured), days);
    }
    return mark_dirty(db, result_series().name, {days.begin(), days.end()});
}

Result<void> settle(Connection& db, std::int64_t seq, FactWriter& writer) {
    KL_CHECK(bring_over_facts(db, seq, writer));
    KL_CHECK(mark_judged_anew(db, seq, writer.measured_days()));
    KL_TRY(auto missing_days, due_days(db));
    missing_days.insert(writer.measured_days().begin(), writer.measured_days().end());
    Expectation expected;
    KL_TRY(expected.known, known_now(db));
    KL_TRY(expected.plans, load_plans(db));
    KL_CHECK(add_changed_days(db, seq, expected, missing_days));
    const std::set<Day> own = missing_days;
    for (const Day day : own) missing_days.insert(day - 1);  // slots that reach into the day
    KL_CHECK(keep_known(db, expected.known));
    KL_TRY([[maybe_unused]] const auto done, db.run("DELETE FROM probes_due"));
    KL_TRY(expected.rules, load_rules(db));
    KL_TRY(const auto standing, query_i64(db, "SELECT MAX(id) FROM probes_missing"));
    if (!expected.plans.empty() || standing > 0)
        KL_CHECK(derive_missing(db, expected, missing_days, writer));
    return writer.flush();
}

namespace {

// What would change if every day was counted again; measurements that are due are settled first.
Result<std::int64_t> compare_missing(Connection& db, const Format& format) {
    Names names(db);
    KL_TRY(const auto seq, next_seq(db));
    KL_TRY(const auto due, due_days(db));
    KL_TRY(auto known, known_before(db));
    if (!due.empty() || !known) {
        KL_TRY(const auto first, FactWriter::open(db, format, seq, names));
        KL_CHECK(settle(db, seq, *first));
        KL_TRY(known, known_before(db));
    }
    KL_TRY(const auto writer, FactWriter::open(db, format, seq, names));
    Expectation expected;
    expected.known = known.value_or(Known());
    KL_TRY(expected.rules, load_rules(db));
    KL_TRY(expected.plans, load_plans(db));
    std::set<Day> days;
    add_days(expected_spans(expected), days);
    KL_CHECK(add_standing_days(db, days));
    if (expected.plans.empty() && days.empty()) return std::int64_t{0};
    KL_CHECK(derive_missing(db, expected, days, *writer));
    return writer->digest().rows_came + writer->digest().rows_went;
}

}  // namespace

Result<std::int64_t> count_missing_faults(Store& store) {
    Connection& db = store.writer();
    static const Format kFormat = probe_schedule_format();
    KL_CHECK(db.begin_write());
    auto faults = compare_missing(db, kFormat);
    db.rollback();
    return faults;
}

Result<std::int64_t> derive_measurements(Store& store, const Clock& clock,
                                         const DeriveReason& reason) {
    static const Format kFormat = probe_schedule_format();
    return derive_rows(store, clock, kFormat, "probe-intake", reason, settle);
}

}  // namespace klarsyn::probes
