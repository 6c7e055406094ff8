#include "modules/probes/intake/keep.h"

#include <boost/json.hpp>

#include <set>

#include "indicators/cells.h"
#include "ingest/derive_rows.h"
#include "modules/probes/intake/waiting.h"
#include "modules/probes/live_source.h"
#include "modules/probes/measurements.h"
#include "modules/probes/settle.h"
#include "store/settings.h"

namespace klarsyn::probes {
namespace {

namespace json = boost::json;

constexpr std::int64_t kNamesMax = 1000;  // of unmapped metrics, per source
constexpr std::string_view kOthers = "(others)";

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
    static const Format kFormat = fileless_format("probe-intake", "probes", fact_tables());
    return kFormat;
}

Result<KeptReport> keep_measurements(WriteTurn& turn, const std::string& source,
                                     LiveRows rows, UnmappedCounts unmapped,
                                     const std::string& actor,
                                     const std::string& note) {
    KeptReport report;
    SeriesWriter& series = turn.series(result_series());
    KL_CHECK(settle_keys(turn, series, source, rows));
    KL_CHECK(settle_waiting(turn, source, rows, unmapped));
    KL_CHECK(count_unmapped(turn.db, source, turn.now, unmapped));
    if (rows.rows.empty() && note.empty()) return report;
    KL_TRY(const auto seq, turn.begin_entry());
    report.seq = seq;
    KL_TRY(FactWriter* const writer, turn.facts(intake_format()));
    report.measurements = static_cast<std::int64_t>(rows.rows.size());
    KL_TRY(const SeriesChange change, series.append(seq, std::move(rows.rows)));
    writer->add_measured(change);
    report.changed = change.digest.rows_came;
    KL_CHECK(cover_live_days(turn.db, seq, source, rows.days));
    KL_CHECK(note_due(turn.db, change.days));
    KL_CHECK(mark_dirty(turn.db, result_series().name, {change.days.begin(), change.days.end()}));
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
    if (found == nullptr) {
        static const auto kUsual = std::make_shared<const ProbeMapping>(
            ProbeMapping::parse(kUsualMapping, "probe_mapping").take());
        return kUsual;
    }
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
