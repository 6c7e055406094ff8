#include "modules/probes/intake/readings.h"

#include <boost/json.hpp>

#include <algorithm>

namespace klarsyn::probes {
namespace {

constexpr std::size_t kKindsMax = 20;  // of a measurement
constexpr std::size_t kReadingsMax = 10'000;
constexpr std::size_t kKindBytesMax = 60;

bool is_kind(std::string_view kind) {
    return !kind.empty() && kind.size() <= kKindBytesMax &&
           std::all_of(kind.begin(), kind.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
           });
}

}  // namespace

void read_readings(const boost::json::object& result, const KeptMeasurement& measurement,
                   std::vector<ProbeReading>& into) {
    const auto* readings = result.if_contains("readings");
    const auto* object = readings != nullptr ? readings->if_object() : nullptr;
    if (object == nullptr || object->size() > kKindsMax) return;
    for (const auto& [kind, value] : *object) {
        if (!value.is_int64() || !is_kind(kind) || into.size() >= kReadingsMax) continue;
        into.push_back({std::string(kind), measurement.system, measurement.action, measurement.site,
                        measurement.seat, value.get_int64(), measurement.at});
    }
}

Result<void> note_readings(Connection& db, const std::vector<ProbeReading>& readings) {
    for (const ProbeReading& one : readings) {
        KL_TRY([[maybe_unused]] const auto kept,
               db.run("INSERT INTO probes_reading (kind, system, action, site, seat, value, at) "
                      "VALUES (:kind, :system, :action, :site, :seat, :value, :at) "
                      "ON CONFLICT (kind, system, action, site, seat) DO UPDATE SET "
                      "value = excluded.value, at = excluded.at "
                      "WHERE excluded.at >= probes_reading.at",
                      {{":kind", Value(one.kind)},
                       {":system", Value(one.system)},
                       {":action", Value(one.action)},
                       {":site", Value(one.site)},
                       {":seat", Value(one.seat)},
                       {":value", Value(one.value)},
                       {":at", Value(one.at)}}));
    }
    return {};
}

Result<std::vector<ProbeReading>> latest_readings(Connection& db, UtcSecond since) {
    KL_TRY(auto rows, db.query("SELECT kind, system, action, site, seat, value, at "
                               "FROM probes_reading WHERE at >= :since "
                               "ORDER BY kind, system, action, site, seat",
                               {{":since", Value(since)}}));
    std::vector<ProbeReading> list;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return list;
        ProbeReading one;
        one.kind = rows->text(0);
        one.system = rows->text(1);
        one.action = rows->text(2);
        one.site = rows->text(3);
        one.seat = rows->text(4);
        one.value = rows->i64(5);
        one.at = rows->i64(6);
        list.push_back(std::move(one));
    }
}

}  // namespace klarsyn::probes
