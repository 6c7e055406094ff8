#include "modules/probes/intake/live_rows.h"

#include "modules/probes/measurements.h"

namespace klarsyn::probes {
namespace {

constexpr std::size_t kKeyBytesMax = std::size_t{16} << 20;  // of a thread and source
constexpr std::size_t kPerKey = 64;                          // beside the text

// The key as one text; lengths tell its parts.
std::string key_text(const LiveRows::Key& key) {
    std::string text;
    text.reserve(key[0].size() + key[1].size() + key[2].size() + key[3].size() + 16);
    for (const std::string& part : key) {
        const auto size = static_cast<std::uint32_t>(part.size());
        text.append(reinterpret_cast<const char*>(&size), sizeof size);
        text += part;
    }
    return text;
}

constexpr std::array<std::size_t, 4> kDims = {kSystemDim, kActionDim, kSiteDim, kSeatDim};

}  // namespace

Result<std::int32_t> SeriesKeys::find(Connection& db, Names& names, const LiveRows::Key& key) {
    std::string text = key_text(key);
    if (const auto known = ids_.find(text); known != ids_.end()) return known->second;
    Params params;
    static constexpr std::string_view kParams[] = {":system", ":action", ":site", ":seat"};
    KL_TRY(const auto tab, names.find(result_series().name));
    KL_TRY(const auto source, names.find(source_));
    if (!tab || !source) return 0;
    for (std::size_t d = 0; d < key.size(); ++d) {
        KL_TRY(const auto id, names.find(key[d]));
        if (!id) return 0;
        params.emplace_back(kParams[d], Value(*id));
    }
    params.emplace_back(":tab", Value(*tab));
    params.emplace_back(":source", Value(*source));
    KL_TRY(const std::int64_t id,
           query_i64(db,
                     "SELECT id FROM core_series WHERE tab = :tab AND d1 = :system AND "
                     "d2 = :action AND d3 = :site AND d4 = :seat AND d5 = :source AND d6 = 0",
                     params));
    if (id == 0) return 0;
    if (bytes_ > kKeyBytesMax) {
        ids_.clear();
        bytes_ = 0;
    }
    bytes_ += text.size() + kPerKey;
    ids_.emplace(std::move(text), static_cast<std::int32_t>(id));
    return static_cast<std::int32_t>(id);
}

void LiveRowsMaker::add(const SeriesRow& row) {
    made_.rows.push_back(row);
    if (row.time >= from_ && row.time < to_) return;
    const Day day = Zone::copenhagen().to_local(row.time).day;
    from_ = day_start(day);
    to_ = day_end(day);
    made_.days.insert(day);
}

void LiveRowsMaker::add(std::int32_t series, const LiveRows::Key& key,
                        const KeptMeasurement& measurement) {
    SeriesRow row;
    row.time = measurement.at;
    row.series = series;
    if (measurement.ms) row.ms = static_cast<std::uint32_t>(*measurement.ms);
    row.outcome = outcome_bits(measurement.outcome, 0);
    row.says = measurement.says;
    if (series == 0) {
        const auto next = -1 - static_cast<std::int32_t>(made_.fresh.size());
        const auto [place, added] = fresh_.try_emplace(key, next);
        if (added) made_.fresh.push_back(key);
        row.series = place->second;
    }
    add(row);
}

LiveRows::Key key_of(const KeptMeasurement& measurement) {
    return {measurement.system, measurement.action, measurement.site, measurement.seat};
}

std::shared_ptr<SeriesKeys> series_keys(ThreadMemory& memory, const std::string& source) {
    std::shared_ptr<const void>& place = memory.parsed["probe_series " + source];
    if (!place) place = std::make_shared<SeriesKeys>(source);
    // Made above, by the one thread that has this memory.
    return std::const_pointer_cast<SeriesKeys>(std::static_pointer_cast<const SeriesKeys>(place));
}

Result<LiveRows> live_rows(Connection& db, ThreadMemory& memory, const std::string& source,
                           const std::vector<KeptMeasurement>& measurements,
                           std::vector<LoneFailure> failures) {
    const auto keys = series_keys(memory, source);
    LiveRowsMaker maker;
    maker.reserve(measurements.size());
    for (const KeptMeasurement& one : measurements) {
        const LiveRows::Key key = key_of(one);
        KL_TRY(const std::int32_t series, keys->find(db, memory.names, key));
        maker.add(series, key, one);
    }
    // The failure takes its part of what its duration says, whichever of the two comes first.
    for (LoneFailure& failure : failures) {
        const LiveRows::Key key = key_of(failure.measurement);
        KL_TRY(const std::int32_t series, keys->find(db, memory.names, key));
        if (series == 0)
            maker.wait(std::move(failure));
        else
            maker.add(series, key, failure.measurement);
    }
    return maker.take();
}

Result<void> settle_keys(WriteTurn& turn, SeriesWriter& writer, const std::string& source,
                         LiveRows& rows) {
    if (rows.fresh.empty()) return {};
    std::vector<std::int32_t> ids;
    SeriesDims dims{};
    KL_TRY(dims[kSourceDim], turn.names.intern(source));
    for (const LiveRows::Key& key : rows.fresh) {
        for (std::size_t d = 0; d < key.size(); ++d) {
            KL_TRY(dims[kDims[d]], turn.names.intern(key[d]));
        }
        KL_TRY(ids.emplace_back(), writer.series(dims));
    }
    for (SeriesRow& row : rows.rows)
        if (row.series < 0) row.series = ids[static_cast<std::size_t>(-1 - row.series)];
    return {};
}

}  // namespace klarsyn::probes
