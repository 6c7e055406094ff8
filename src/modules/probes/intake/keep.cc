#include "modules/probes/intake/keep.h"

#include <boost/json.hpp>

#include <set>

#include "indicators/cells.h"
#include "modules/probes/measurements.h"
#include "modules/probes/settle.h"
#include "store/settings.h"

namespace klarsyn::probes {
namespace {

namespace json = boost::json;

constexpr std::int64_t kNamesMax = 1000;  // of unmapped metrics, per source
constexpr std::string_view kOthers = "(others)";

Result<ScannedFile> no_files(std::string_view, const ImportOptions&,
                             const std::vector<std::int64_t>*) {
    return make_error(ErrorCode::invalid_input, "probes.intake.no_files");
}
RowIdentity no_rows(const GroupRow&) { return {}; }
void no_derivation(const DeriveInput&, FactSink&) {}

// What files bring must follow from them alone: a source has files or delivers itself.
Result<void> check_source(Connection& db, const std::string& source) {
    KL_TRY(const auto files,
           query_i64(db,
                     "SELECT COUNT(*) FROM core_batch WHERE source = :source AND module = 'probes' "
                     "AND state = 'applied'",
                     {{":source", Value(source)}}));
    if (files == 0) return {};
    return make_error(ErrorCode::conflict, "probes.intake.source_taken", {{"source", source}});
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
        KL_CHECK(check_source(db, source));
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
                                     LiveRows rows, const UnmappedCounts& unmapped,
                                     const std::string& actor,
                                     const std::string& note) {
    KeptReport report;
    KL_CHECK(count_unmapped(turn.db, source, turn.now, unmapped));
    if (rows.rows.empty() && note.empty()) return report;
    KL_TRY(const auto seq, turn.begin_entry());
    KL_TRY(FactWriter* const writer, turn.facts(intake_format()));
    SeriesWriter& series = turn.series(result_series());
    KL_CHECK(settle_keys(turn, series, source, rows));
    report.measurements = static_cast<std::int64_t>(rows.rows.size());
    KL_TRY(const SeriesChange change, series.append(seq, std::move(rows.rows)));
    writer->add_measured(change);
    report.changed = change.digest.rows_came;
    KL_CHECK(cover_days(turn.db, seq, source, rows.days));
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
