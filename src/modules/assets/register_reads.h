// What pages show of the registers as they are known now. Reads the module's tables.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "store/database.h"

namespace klarsyn::assets {

// One stretch of an asset or a device; of each, the columns that it has.
struct RegisterRow {
    std::string name, udi, kind, model, manufacturer, place, owner, region, status, maintenance;
    std::string age, source;
    std::optional<Day> base, due, purchased, to;
    std::optional<std::int64_t> price, every_months;
    Day from = 0;
};

struct RegisterSearch {
    std::string code;   // a serial number, UDI or asset name, marks and case aside; empty: any
    std::string place;  // as the register writes it; empty: any
};
// Those that stand on the day and fit, by name; at most `limit`. An empty search finds nothing.
Result<std::vector<RegisterRow>> find_assets(Connection& db, const RegisterSearch& search, Day day,
                                             std::int64_t limit);
Result<std::vector<RegisterRow>> find_devices(Connection& db, const RegisterSearch& search, Day day,
                                              std::int64_t limit);

// All stretches of one asset (by its name) or of the devices with one serial code, in order.
Result<std::vector<RegisterRow>> asset_stretches(Connection& db, std::string_view asset);
Result<std::vector<RegisterRow>> device_stretches(Connection& db, std::string_view serial_code);

struct DeviceEventRow {
    Day day = 0;
    std::string device, activity, note;
    std::optional<Day> due;
    std::optional<bool> in_time;
};
Result<std::vector<DeviceEventRow>> device_events(Connection& db, std::string_view serial_code);

struct FindingRow {
    std::string what, thing, field, value, source;
};
struct FindingCount {
    std::string what, field, source;
    std::int64_t count = 0;
};
Result<std::vector<FindingCount>> count_findings(Connection& db);
// Empty texts: of any kind, of any thing, and so on.
struct FindingFilter {
    std::string what, thing, field, source;
};
Result<std::vector<FindingRow>> list_findings(Connection& db, const FindingFilter& filter,
                                              std::int64_t offset, std::int64_t limit);

// The places that stand in a register on the day, by name.
Result<std::vector<std::string>> places_of(Connection& db, std::string_view table, Day day);

}  // namespace klarsyn::assets
