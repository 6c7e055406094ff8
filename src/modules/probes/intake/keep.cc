#include "modules/probes/intake/keep.h"

#include <boost/json.hpp>

#include <algorithm>
#include <set>
#include <tuple>

#include "modules/probes/rule_store.h"
#include "modules/probes/settle.h"
#include "store/settings.h"

namespace klarsyn::probes {
namespace {

namespace json = boost::json;

constexpr UtcSecond kGroup_s = 60;        // neighbours in time have neighbouring groups
constexpr std::int64_t kNamesMax = 1000;  // of unmapped metrics, per source
constexpr std::string_view kOthers = "(others)";

Result<ScannedFile> no_files(std::string_view, const ImportOptions&,
                             const std::vector<std::int64_t>*) {
    return make_error(ErrorCode::invalid_input, "probes.intake.no_files");
}
RowIdentity no_rows(const GroupRow&) { return {}; }
void no_derivation(const DeriveInput&, FactSink&) {}

auto key_of(const KeptMeasurement& one) {
    return std::tie(one.system, one.action, one.site, one.seat, one.at);
}

// Each key once, the last of the list; by series and time.
std::vector<const KeptMeasurement*> last_of_each(const std::vector<KeptMeasurement>& all) {
    std::vector<const KeptMeasurement*> list;
    for (const auto& one : all) list.push_back(&one);
    std::stable_sort(list.begin(), list.end(),
                     [](const auto* a, const auto* b) { return key_of(*a) < key_of(*b); });
    std::vector<const KeptMeasurement*> last;
    for (std::size_t i = 0; i < list.size(); ++i)
        if (i + 1 == list.size() || key_of(*list[i]) != key_of(*list[i + 1]))
            last.push_back(list[i]);
    return last;
}

Result<void> write_one(const KeptMeasurement& one, const std::string& source, const Rules& rules,
                       FactWriter& writer) {
    const std::string key = source + '/' + series_key(one.system, one.action, one.site, one.seat) +
                            '/' + iso_utc(one.at);
    // A group holds one measurement, so that nothing else must be read to replace it.
    KL_CHECK(writer.begin_group(
        group_key(static_cast<std::uint64_t>(one.at / kGroup_s), "intake\n" + key),
        FactWriter::Group::may_exist));
    ResultFact fact;
    const LocalTime local = Zone::copenhagen().to_local(one.at);
    fact.day = local.day;
    fact.at = one.at;
    fact.hour = local.hour();
    fact.weekday = weekday_of(local.day);
    const SeriesRules series = rules.of(one.system, one.action, one.site);
    const Judgement judgement = series.judge(one.at, one.outcome, one.ms);
    writer.begin(kResultTable, key);
    fact.system = writer.name(one.system);
    fact.action = writer.name(one.action);
    fact.kind = writer.name(judgement.kind);
    fact.site = writer.name(one.site);
    fact.seat = writer.name(one.seat);
    fact.outcome = one.outcome;
    fact.ms = one.ms;
    fact.limit_ms = judgement.limit_ms;
    fact.met = judgement.met;
    fact.net = judgement.net;
    fact.source = writer.name(source);
    write_result(fact, writer);
    writer.end();
    return writer.end_group();
}

// A day on which a measurement came is a day that its feed has.
Result<void> cover_days(Connection& db, std::int64_t seq, const std::string& source,
                        const std::set<Day>& days) {
    for (const Day day : days) {
        KL_TRY(const auto known,
               query_i64(db,
                         "SELECT COUNT(*) FROM core_feed_day WHERE module = 'probes' "
                         "AND day = :day AND source = :source AND retracted_seq IS NULL",
                         {{":day", Value(std::int64_t{day})}, {":source", Value(source)}}));
        if (known > 0) continue;
        KL_TRY([[maybe_unused]] const auto added,
               db.run("INSERT INTO core_feed_day (seq, module, source, day) "
                      "VALUES (:seq, 'probes', :source, :day)",
                      {{":seq", Value(seq)},
                       {":source", Value(source)},
                       {":day", Value(std::int64_t{day})}}));
    }
    return {};
}

Result<void> count_unmapped(Connection& db, const std::string& source, UtcSecond now,
                            const UnmappedCounts& unmapped) {
    if (unmapped.empty()) return {};
    KL_TRY(std::int64_t names,
           query_i64(db, "SELECT COUNT(*) FROM probes_unmapped WHERE source = :source",
                     {{":source", Value(source)}}));
    for (const auto& [what, count] : unmapped) {
        const auto params = [&](std::string_view metric) {
            return Params{
                {":source", Value(source)},         {":metric", Value(std::string(metric))},
                {":why", Value(what.why)},          {":labels", Value(count.labels)},
                {":samples", Value(count.samples)}, {":now", Value(now)}};
        };
        KL_TRY(const auto known,
               db.run("UPDATE probes_unmapped SET samples = samples + :samples, last_at = :now, "
                      "labels = :labels WHERE source = :source AND metric = :metric AND why = :why",
                      params(what.metric)));
        if (known > 0) continue;
        const std::string_view metric = names < kNamesMax ? std::string_view(what.metric) : kOthers;
        KL_TRY([[maybe_unused]] const auto added,
               db.run("INSERT INTO probes_unmapped (source, metric, why, labels, samples, "
                      "first_at, last_at) VALUES (:source, :metric, :why, :labels, :samples, :now, "
                      ":now) ON CONFLICT (source, metric, why) DO UPDATE SET "
                      "samples = probes_unmapped.samples + :samples, last_at = :now",
                      params(metric)));
        ++names;
    }
    return {};
}

}  // namespace

const Format& intake_format() {
    static const Format kFormat = [] {
        Format format;
        format.name = "probe-intake";
        format.module = "probes";
        format.tables = fact_tables();
        format.scan = no_files;
        format.identify = no_rows;
        format.derive = no_derivation;
        return format;
    }();
    return kFormat;
}

Result<KeptReport> keep_measurements(WriteTurn& turn, const std::string& source,
                                     const std::vector<KeptMeasurement>& measurements,
                                     const UnmappedCounts& unmapped, const std::string& actor,
                                     const std::string& note) {
    KeptReport report;
    KL_CHECK(count_unmapped(turn.db, source, turn.now, unmapped));
    if (measurements.empty() && note.empty()) return report;
    KL_TRY(const auto seq, turn.begin_entry());
    KL_TRY(FactWriter* const writer, turn.facts(intake_format()));
    KL_TRY(const auto rules, load_rules(turn.db));
    std::set<Day> days;
    const auto list = last_of_each(measurements);
    for (const KeptMeasurement* one : list) {
        KL_CHECK(write_one(*one, source, *rules, *writer));
        days.insert(Zone::copenhagen().to_local(one->at).day);
    }
    KL_CHECK(writer->flush());
    report.measurements = static_cast<std::int64_t>(list.size());
    report.changed = writer->digest().rows_came;
    KL_CHECK(cover_days(turn.db, seq, source, days));
    if (report.changed > 0) KL_CHECK(settle(turn.db, seq, *writer));
    std::int64_t left_out = 0;
    for (const auto& [what, count] : unmapped) left_out += count.samples;
    json::object detail = {{"source", source},
                           {"measurements", report.measurements},
                           {"changed", report.changed},
                           {"unmapped", left_out}};
    if (!note.empty()) detail["note"] = note;
    KL_CHECK(turn.end_entry(actor, "intake", json::serialize(detail)));
    return report;
}

Result<std::shared_ptr<const ProbeMapping>> mapping_at(Connection& db, ThreadMemory& memory,
                                                       UtcSecond at) {
    KL_TRY(const auto versions, setting_versions(db, "probe_mapping"));
    const SettingVersion* found = nullptr;
    for (const SettingVersion& version : versions)
        if (version.valid_from <= at) found = &version;
    if (found == nullptr) return std::make_shared<const ProbeMapping>();
    const std::string name = "probe_mapping " + found->sha256;
    if (const auto known = memory.parsed.find(name); known != memory.parsed.end())
        return std::static_pointer_cast<const ProbeMapping>(known->second);
    KL_TRY(auto mapping, ProbeMapping::parse(found->text, "probe_mapping"));
    auto shared = std::make_shared<const ProbeMapping>(std::move(mapping));
    memory.parsed[name] = shared;
    return shared;
}

Result<void> check_probe_mapping(Connection&, UtcSecond, std::string_view text,
                                 std::string_view file) {
    KL_TRY([[maybe_unused]] const auto mapping, ProbeMapping::parse(text, file));
    return {};
}

Result<std::vector<UnmappedRow>> unmapped_rows(Connection& db, std::int64_t limit) {
    KL_TRY(auto rows, db.query("SELECT source, metric, why, labels, samples, first_at, last_at "
                               "FROM probes_unmapped ORDER BY samples DESC, source, metric, why "
                               "LIMIT :limit",
                               {{":limit", Value(limit)}}));
    std::vector<UnmappedRow> list;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return list;
        list.push_back({std::string(rows->text(0)), std::string(rows->text(1)),
                        std::string(rows->text(2)), std::string(rows->text(3)), rows->i64(4),
                        rows->i64(5), rows->i64(6)});
    }
}

}  // namespace klarsyn::probes
