#include "modules/probes/settle.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "ingest/files.h"
#include "modules/probes/missing.h"
#include "modules/probes/probes.h"
#include "modules/probes/rule_store.h"

namespace klarsyn::probes {
namespace {

// Covered spans of one source: what its imports state, and from its first to its last measurement.
Result<void> add_measured(Connection& db, std::string_view source, std::vector<Span>& spans) {
    Names names(db);
    KL_TRY(const auto id, names.find(source));
    if (!id) return {};
    Span span;
    for (const bool first : {true, false}) {
        const std::string order = first ? "ASC" : "DESC";
        KL_TRY(const auto day, query_i64(db,
                                         "SELECT day FROM probes_result WHERE source = :source AND "
                                         "retracted_seq IS NULL ORDER BY day " +
                                             order + " LIMIT 1",
                                         {{":source", Value(*id)}}, -1));
        if (day < 0) return {};
        KL_TRY(const auto at,
               query_i64(db,
                         std::string("SELECT ") + (first ? "MIN" : "MAX") +
                             "(at) FROM probes_result WHERE day = :day AND source = :source AND "
                             "retracted_seq IS NULL",
                         {{":source", Value(*id)}, {":day", Value(day)}}));
        (first ? span.from : span.to) = at;
    }
    ++span.to;  // the second of the last measurement is covered
    spans.push_back(span);
    return {};
}

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

Result<std::vector<Span>> known_reach(Connection& db) {
    std::vector<Span> spans;
    KL_TRY(auto rows, db.query("SELECT from_at, to_at FROM probes_reach ORDER BY from_at"));
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return spans;
        spans.push_back({rows->i64(0), rows->i64(1)});
    }
}

Result<void> keep_reach(Connection& db, const std::vector<Span>& spans) {
    KL_TRY([[maybe_unused]] const auto gone, db.run("DELETE FROM probes_reach"));
    for (const Span& span : spans) {
        KL_TRY([[maybe_unused]] const auto added,
               db.run("INSERT INTO probes_reach (from_at, to_at) VALUES (:from, :to)",
                      {{":from", Value(span.from)}, {":to", Value(span.to)}}));
    }
    return {};
}

// Where one list of spans holds and the other does not.
std::vector<Span> differing(const std::vector<Span>& a, const std::vector<Span>& b) {
    std::map<UtcSecond, std::pair<int, int>> edges;
    for (const Span& span : a) {
        ++edges[span.from].first;
        --edges[span.to].first;
    }
    for (const Span& span : b) {
        ++edges[span.from].second;
        --edges[span.to].second;
    }
    std::vector<Span> found;
    int in_a = 0;
    int in_b = 0;
    for (auto edge = edges.begin(); edge != edges.end(); ++edge) {
        in_a += edge->second.first;
        in_b += edge->second.second;
        const auto next = std::next(edge);
        if ((in_a > 0) != (in_b > 0) && next != edges.end())
            found.push_back({edge->first, next->first});
    }
    return found;
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

// A day's measurements and whatever else of its rows must be kept to write them again.
struct StandingResult {
    std::int64_t group = 0;
    std::string key;
    ResultFact fact;
};

Result<std::vector<StandingResult>> results_of(Connection& db, Day day) {
    std::vector<StandingResult> results;
    KL_TRY(auto rows,
           db.stream("SELECT group_key, source_key, at, hour, weekday, system, action, kind, site, "
                     "seat, outcome, ms, limit_ms, met, net, flags, source FROM probes_result "
                     "WHERE day = :day AND retracted_seq IS NULL ORDER BY group_key",
                     {{":day", Value(std::int64_t{day})}}));
    const auto known = [&](int column) -> std::optional<std::int64_t> {
        if (rows->is_null(column)) return std::nullopt;
        return rows->i64(column);
    };
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return results;
        StandingResult& result = results.emplace_back();
        result.group = rows->i64(0);
        result.key = std::string(rows->text(1));
        ResultFact& fact = result.fact;
        fact.day = day;
        fact.at = rows->i64(2);
        fact.hour = rows->i64(3);
        fact.weekday = rows->i64(4);
        fact.system = rows->i64(5);
        fact.action = rows->i64(6);
        fact.kind = rows->i64(7);
        fact.site = rows->i64(8);
        fact.seat = rows->i64(9);
        fact.outcome = outcome_named(rows->text(10)).value_or(Outcome::failed);
        fact.ms = known(11);
        fact.limit_ms = known(12);
        if (const auto met = known(13)) fact.met = *met != 0;
        fact.net = rows->i64(14) != 0;
        fact.flags = rows->text(15) == "ambiguous" ? kAmbiguous
                     : rows->text(15) == "skipped" ? kSkipped
                                                   : 0U;
        fact.source = rows->i64(16);
    }
}

// Rules by core_name ids, so that each combination is looked up once.
class RulesById {
public:
    RulesById(Connection& db, const Rules& rules) : names_(db), rules_(rules) {}
    Result<const SeriesRules*> of(const ResultFact& fact) {
        const auto key = std::tuple(fact.system, fact.action, fact.site);
        if (const auto found = known_.find(key); found != known_.end()) return &found->second;
        KL_TRY(const std::string system, names_.text(fact.system));
        KL_TRY(const std::string action, names_.text(fact.action));
        KL_TRY(const std::string site, names_.text(fact.site));
        return &known_.emplace(key, rules_.of(system, action, site)).first->second;
    }

private:
    Names names_;
    const Rules& rules_;
    std::map<std::tuple<std::int64_t, std::int64_t, std::int64_t>, SeriesRules> known_;
};

// Judges a row anew; true where that changes it.
Result<bool> judge_again(ResultFact& fact, RulesById& rules, FactWriter& writer) {
    KL_TRY(const SeriesRules* of_series, rules.of(fact));
    const Judgement judgement = of_series->judge(fact.at, fact.outcome, fact.ms);
    const std::int64_t kind = writer.name(judgement.kind);
    if (kind == fact.kind && judgement.limit_ms == fact.limit_ms && judgement.met == fact.met &&
        judgement.net == fact.net) {
        return false;
    }
    fact.kind = kind;
    fact.limit_ms = judgement.limit_ms;
    fact.met = judgement.met;
    fact.net = judgement.net;
    return true;
}

}  // namespace

std::vector<Day> days_of(const std::vector<Span>& spans) {
    std::set<Day> days;
    for (const Span& span : spans) {
        const Day last = Zone::copenhagen().to_local(span.to - 1).day;
        for (Day day = Zone::copenhagen().to_local(span.from).day; day <= last; ++day)
            days.insert(day);
    }
    return {days.begin(), days.end()};
}

Result<std::vector<Span>> covered_spans(Connection& db) {
    std::vector<Span> spans;
    KL_TRY(const auto sources, sources_of(db, spans));
    for (const std::string& source : sources) KL_CHECK(add_measured(db, source, spans));
    return united(std::move(spans));
}

Result<void> judge_day(Connection& db, const Rules& rules, Day day, FactWriter& writer) {
    KL_TRY(auto results, results_of(db, day));
    RulesById by_id(db, rules);
    for (std::size_t at = 0; at < results.size();) {
        const std::size_t first = at;
        bool changed = false;
        for (; at < results.size() && results[at].group == results[first].group; ++at) {
            KL_TRY(const bool other, judge_again(results[at].fact, by_id, writer));
            changed = changed || other;
        }
        if (!changed) continue;
        KL_CHECK(writer.begin_group(results[first].group, FactWriter::Group::may_exist));
        for (std::size_t i = first; i < at; ++i) {
            writer.begin(kResultTable, results[i].key);
            write_result(results[i].fact, writer);
            writer.end();
        }
        KL_CHECK(writer.end_group());
    }
    return {};
}

Result<void> settle(Connection& db, std::int64_t seq, FactWriter& writer) {
    KL_TRY(const auto before, known_reach(db));
    KL_TRY(const auto covered, covered_spans(db));
    KL_TRY(auto judged, changed_spans(db, "probes_action", seq));
    std::set<Day> missing_days;
    add_days(common(judged, covered), missing_days);  // the kind of missing slots
    KL_TRY(const auto windows, changed_spans(db, "probes_window", seq));
    judged.insert(judged.end(), windows.begin(), windows.end());
    KL_TRY(const auto scheduled, changed_spans(db, "probes_schedule", seq));
    add_days(common(scheduled, covered), missing_days);
    for (const Span& span : differing(before, covered)) add_days({span}, missing_days);
    for (const Day day : writer.dirty_days()[kResultTable]) missing_days.insert(day);
    const std::set<Day> own = missing_days;
    for (const Day day : own) missing_days.insert(day - 1);  // slots that reach into the day
    KL_CHECK(keep_reach(db, covered));

    Expectation expected;
    expected.covered = covered;
    KL_TRY(expected.rules, load_rules(db));
    for (const Day day : days_of(common(judged, covered)))
        KL_CHECK(judge_day(db, *expected.rules, day, writer));
    KL_CHECK(writer.flush());  // what was written anew must be seen when slots are counted
    KL_TRY(expected.plans, load_plans(db));
    KL_TRY(const auto standing, query_i64(db, "SELECT MAX(id) FROM probes_missing"));
    if (!expected.plans.empty() || standing > 0) {
        for (const Day day : missing_days) KL_CHECK(derive_missing(db, expected, day, writer));
    }
    return writer.flush();
}

Result<std::int64_t> count_missing_faults(Store& store) {
    Connection& db = store.writer();
    static const Format kFormat = probe_schedule_format();
    KL_CHECK(db.begin_write());
    Names names(db);
    const auto compare = [&]() -> Result<std::int64_t> {
        KL_TRY(const auto seq, next_seq(db));
        KL_TRY(const auto writer, FactWriter::open(db, kFormat, seq, names));
        Expectation expected;
        KL_TRY(expected.covered, covered_spans(db));
        KL_TRY(expected.rules, load_rules(db));
        KL_TRY(expected.plans, load_plans(db));
        std::set<Day> days;
        add_days(expected.covered, days);
        {
            KL_TRY(auto rows, db.query("SELECT DISTINCT day FROM probes_missing WHERE "
                                       "retracted_seq IS NULL"));
            while (true) {
                KL_TRY(const bool more, rows->next());
                if (!more) break;
                days.insert(static_cast<Day>(rows->i64(0)));
            }
        }
        if (expected.plans.empty() && days.empty()) return std::int64_t{0};
        for (const Day day : days) KL_CHECK(derive_missing(db, expected, day, *writer));
        return writer->digest().rows_came + writer->digest().rows_went;
    };
    auto faults = compare();
    db.rollback();
    return faults;
}

}  // namespace klarsyn::probes
