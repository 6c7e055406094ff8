#include "modules/probes/intake/waiting.h"

#include <algorithm>
#include <iterator>

namespace klarsyn::probes {
namespace {

constexpr std::string_view kWhy = "alone";

Params key_params(const std::string& source, const LiveRows::Key& key) {
    return {{":source", Value(source)}, {":system", Value(key[0])}, {":action", Value(key[1])},
            {":site", Value(key[2])},   {":seat", Value(key[3])}};
}

Result<std::int64_t> waiting_of(Connection& db, const std::string& source) {
    return query_i64(db, "SELECT COUNT(*) FROM probes_waiting WHERE source = :source",
                     {{":source", Value(source)}});
}

// Those that waited for a thing of which measurements have come.
Result<void> take_out(Connection& db, const std::string& source, const LiveRows::Key& key,
                      std::vector<KeptMeasurement>& failures) {
    KL_TRY(auto rows,
           db.query("DELETE FROM probes_waiting WHERE source = :source AND system = :system AND "
                    "action = :action AND site = :site AND seat = :seat RETURNING at",
                    key_params(source, key)));
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return {};
        KeptMeasurement& one = failures.emplace_back();
        one.system = key[0];
        one.action = key[1];
        one.site = key[2];
        one.seat = key[3];
        one.at = rows->i64(0);
        one.outcome = Outcome::failed;
        one.says = SeriesRow::Says::outcome;
    }
}

Result<void> give_up_old(WriteTurn& turn, const std::string& source, UnmappedCounts& unmapped) {
    KL_TRY(auto rows, turn.db.query("DELETE FROM probes_waiting WHERE source = :source AND "
                                    "came_at < :before RETURNING metric",
                                    {{":source", Value(source)},
                                     {":before", Value(turn.now - kWaitingMost_s)}}));
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return {};
        ++unmapped[{std::string(rows->text(0)), std::string(kWhy)}].samples;
    }
}

Result<void> put_aside(WriteTurn& turn, const std::string& source, const LoneFailure& failure) {
    Params params = key_params(source, key_of(failure.measurement));
    params.emplace_back(":at", Value(failure.measurement.at));
    params.emplace_back(":metric", Value(failure.metric));
    params.emplace_back(":now", Value(turn.now));
    KL_TRY([[maybe_unused]] const auto added,
           turn.db.run("INSERT INTO probes_waiting (source, system, action, site, seat, at, metric, "
                       "came_at) VALUES (:source, :system, :action, :site, :seat, :at, :metric, "
                       ":now) ON CONFLICT (source, system, action, site, seat, at) DO NOTHING",
                       params));
    return {};
}

// The rest of a request's lone failures; those whose thing is known by now are given back.
Result<void> settle_new(WriteTurn& turn, const std::string& source,
                        const std::vector<LoneFailure>& waiting,
                        std::vector<KeptMeasurement>& failures, UnmappedCounts& unmapped) {
    if (waiting.empty()) return {};
    KL_CHECK(give_up_old(turn, source, unmapped));
    KL_TRY(std::int64_t there, waiting_of(turn.db, source));
    SeriesKeys keys(source);  // of this transaction alone: it may be taken back
    for (const LoneFailure& failure : waiting) {
        KL_TRY(const auto series,
               keys.find(turn.db, turn.names, key_of(failure.measurement)));
        if (series != 0)
            failures.push_back(failure.measurement);
        else if (there++ < kWaitingMost)
            KL_CHECK(put_aside(turn, source, failure));
        else
            ++unmapped[{failure.metric, std::string(kWhy)}].samples;
    }
    return {};
}

}  // namespace

Result<void> settle_waiting(WriteTurn& turn, const std::string& source, LiveRows& rows,
                            UnmappedCounts& unmapped) {
    std::vector<KeptMeasurement> failures;
    if (!rows.fresh.empty()) {
        KL_TRY(const std::int64_t there, waiting_of(turn.db, source));
        for (const LiveRows::Key& key : rows.fresh)
            if (there > 0) KL_CHECK(take_out(turn.db, source, key, failures));
    }
    KL_CHECK(settle_new(turn, source, rows.waiting, failures, unmapped));
    SeriesKeys keys(source);
    LiveRowsMaker maker;
    for (const KeptMeasurement& one : failures) {
        KL_TRY(const auto series, keys.find(turn.db, turn.names, key_of(one)));
        maker.add(series, key_of(one), one);
    }
    LiveRows more = maker.take();
    // First: what the request says of the same try holds.
    rows.rows.insert(rows.rows.begin(), more.rows.begin(), more.rows.end());
    rows.days.merge(more.days);
    return {};
}

}  // namespace klarsyn::probes
