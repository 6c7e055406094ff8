// The register of medical devices: which rows are one device, what is known of it when, when its
// maintenance is due, and what is wrong with the register. Pure; thread-safe.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"
#include "modules/assets/assets.h"

namespace klarsyn::assets {

// The parts of a device's unique identification (GS1): the model's number and the serial number.
struct Udi {
    std::string model;   // 14 digits, or empty
    std::string serial;  // or empty
    bool bare = false;   // names a model alone: many devices have it
};
// "(01)05712345678901(21)SN12", the same without parentheses, or anything else: then it is taken
// as it stands.
Udi parse_udi(std::string_view udi);

struct DeviceRow {
    std::string udi, serial, model, manufacturer, kind, place, owner, region, status;
    std::optional<Day> purchased, last_maintained, next_due, from, to;
    std::optional<std::int64_t> price;         // hundredths of the currency of the register
    std::optional<std::int64_t> every_months;  // 0: needs no maintenance
    // What was done or found: maintenance, quality, recall, recall_closed.
    std::string activity, note;
    std::optional<Day> activity_day;
    std::vector<Finding> bad;  // dates that cannot be, unknown models
    RowOrder order;
};

// Rows with the same key may be one device, others never are: the serial number without marks, else
// the whole UDI. Empty where neither tells one device from another.
std::string device_key(const DeviceRow& row);

// What an activity column says, in words of its own or of the export; empty for anything else.
std::string device_activity(std::string_view word);

struct DeviceSpan {
    Day from = kAlways;
    std::optional<Day> to;    // first day after
    std::string maintenance;  // in_time, overdue, not_needed; empty where nothing tells
    std::optional<Day> due;
    DeviceRow state;
};
struct DeviceEvent {
    Day day = 0;
    std::string activity, note;
    std::optional<Day> due;  // of maintenance: when it was due
    DeviceRow state;         // as the device was then
};
struct DeviceHistory {
    std::string name;  // serial number, else UDI
    std::vector<DeviceSpan> spans;
    std::vector<DeviceEvent> events;
    std::vector<Finding> findings;
};

// The devices among rows of one key, in any order. Rows are one device unless their UDIs name
// different models, or their manufacturers differ without any such UDI. A row holds until the next
// begins or after its last day; an empty field says nothing. Maintenance that was done moves the
// due date from that day on: to the date that its row states, else by the interval. Overdue is a
// device from the day after it was due; that day may lie ahead.
std::vector<DeviceHistory> device_histories(std::vector<DeviceRow> rows);

}  // namespace klarsyn::assets
