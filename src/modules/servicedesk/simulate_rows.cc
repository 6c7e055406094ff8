// The rows of a simulated audit export.
#include <array>
#include <charconv>
#include <cstddef>
#include <optional>

#include "modules/servicedesk/simulate.h"

namespace klarsyn::servicedesk {
namespace {

constexpr std::string_view kHeader =
    "number,incident_state,active,reassignment_count,reopen_count,sys_mod_count,made_sla,caller_id,"
    "opened_by,opened_at,sys_created_by,sys_created_at,sys_updated_by,sys_updated_at,contact_type,"
    "location,category,subcategory,u_symptom,cmdb_ci,impact,urgency,priority,assignment_group,"
    "assigned_to,knowledge,u_priority_confirmation,notify,problem_id,rfc,vendor,caused_by,"
    "closed_code,resolved_by,resolved_at,closed_at\n";
constexpr std::array<std::string_view, 7> kStates = {
    "New",      "Active", "Awaiting User Info", "Awaiting Vendor", "Awaiting Problem",
    "Resolved", "Closed"};
constexpr std::array<std::string_view, 5> kContacts = {"Phone", "Self service", "Email", "Event",
                                                       "Walk-in"};
constexpr std::array<std::string_view, 7> kHospitals = {"AHH", "BFH", "BOH", "HGH",
                                                        "NOH", "RH",  "RHP"};
constexpr std::array<std::string_view, 10> kCategories = {"Klinisk system",
                                                          "Brugeradgang",
                                                          "Pc og tablet",
                                                          "Netværk",
                                                          "Citrix",
                                                          "Print og scanning",
                                                          "E-mail og kalender",
                                                          "Medicin",
                                                          "Telefoni og mobil",
                                                          "Billeder og svar"};
constexpr std::array<std::string_view, 4> kPriorities = {
    "1 - High,1 - High,1 - Critical", "2 - Medium,1 - High,2 - High",
    "2 - Medium,2 - Medium,3 - Moderate", "3 - Low,3 - Low,4 - Low"};
// Elapsed hours within which a case of the priority is to be resolved.
constexpr std::array<int, 4> kHoursAllowed = {4, 24, 120, 240};

void append(std::string& out, std::int64_t number) {
    std::array<char, 24> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out.append(digits.data(), end);
}

void append_two(std::string& out, int number) {
    out += static_cast<char>('0' + number / 10);
    out += static_cast<char>('0' + number % 10);
}

void append_time(std::string& out, LocalMinute minute) {
    const Date date = date_of(static_cast<Day>(minute / kMinutesPerDay));
    append_two(out, date.day);
    out += '-';
    append_two(out, date.month);
    out += '-';
    append(out, date.year);
    out += ' ';
    append_two(out, static_cast<int>(minute % kMinutesPerDay / 60));
    out += ':';
    append_two(out, static_cast<int>(minute % 60));
}

void append_time(std::string& out, std::optional<LocalMinute> minute) {
    if (minute) {
        append_time(out, *minute);
    } else {
        out += '?';
    }
}

// A number 1..limit that belongs to the case, or another one for another `salt`.
std::int64_t detail(const SimulatedCase& simulated, std::uint64_t salt, std::uint64_t limit) {
    const std::uint64_t mixed =
        (simulated.detail ^ (salt * 0x9e3779b97f4a7c15ULL)) * 0xbf58476d1ce4e5b9ULL;
    return static_cast<std::int64_t>((mixed >> 32) % limit) + 1;
}

void append_named(std::string& out, std::string_view name, std::int64_t number) {
    out.append(name);
    append(out, number);
    out += ',';
}

// The columns that are the same in all rows of a case.
struct Fixed {
    std::string number;   // number
    std::string opening;  // caller_id .. sys_created_at
    std::string place;    // contact_type, location
    std::string closing;  // closed_code .. closed_at
    std::string between;  // knowledge .. caused_by
};

struct Final {
    std::optional<LocalMinute> resolved, closed;
};

// The export repeats a case's last resolution and closing on all of its rows.
Final final_times(const SimulatedCase& simulated, LocalMinute end) {
    Final found;
    for (const SimulatedChange& change : simulated.changes) {
        if (change.at >= end) break;
        if (change.state == SimulatedState::resolved) {
            found.resolved = change.at;
        } else if (change.state == SimulatedState::closed) {
            found.closed = change.at;
        } else {
            found = {};
        }
    }
    return found;
}

Fixed fixed_columns(const SimulatedCase& simulated, const Final& last) {
    Fixed fixed;
    fixed.number = simulated.request ? "REQ" : "INC";
    std::string digits = std::to_string(simulated.number);
    fixed.number.append(digits.size() < 7 ? 7 - digits.size() : 0, '0').append(digits) += ',';
    std::string& opening = fixed.opening;
    append_named(opening, "Caller ", detail(simulated, 1, 24000));
    const bool by_hand = simulated.contact == 0 || simulated.contact == 4;
    if (detail(simulated, 2, 12) == 1) {
        opening += "?,";
    } else {
        append_named(opening, "Opened by ", detail(simulated, 3, 320));
    }
    append_time(opening, simulated.opened);
    if (by_hand) {
        append_named(opening, ",Created by ", detail(simulated, 4, 180));
        append_time(opening, simulated.opened);
        opening += ',';
    } else {
        opening += ",?,?,";
    }
    fixed.place.append(kContacts.at(static_cast<std::size_t>(simulated.contact))) += ',';
    fixed.place.append(kHospitals.at(static_cast<std::size_t>(simulated.hospital))) += ',';
    fixed.between = "TRUE,FALSE,Do Not Notify,";
    if (detail(simulated, 5, 40) == 1) {
        append_named(fixed.between, "Problem ID ", detail(simulated, 6, 90));
    } else {
        fixed.between += "?,";
    }
    fixed.between += "?,?,?,";
    append_named(fixed.closing, "code ", detail(simulated, 7, 11));
    if (last.resolved) {
        append_named(fixed.closing, "Resolved by ", detail(simulated, 8, 260));
    } else {
        fixed.closing += "?,";
    }
    append_time(fixed.closing, last.resolved);
    fixed.closing += ',';
    append_time(fixed.closing, last.closed);
    fixed.closing += '\n';
    return fixed;
}

void append_row(std::string& out, const SimulatedCase& simulated, const Fixed& fixed,
                const SimulatedChange& change, int moves, int modified, std::string_view group) {
    const auto priority = static_cast<std::size_t>(change.priority - 1);
    out.append(fixed.number).append(kStates.at(static_cast<std::size_t>(change.state)));
    out.append(change.state == SimulatedState::closed ? ",FALSE," : ",TRUE,");
    append(out, moves);
    out += ',';
    append(out, change.reopened);
    out += ',';
    append(out, modified);
    const bool in_time = change.at - simulated.opened <= kHoursAllowed.at(priority) * 60;
    out.append(in_time ? ",TRUE," : ",FALSE,").append(fixed.opening);
    // The system closes by itself; people do the rest.
    const bool system = change.state == SimulatedState::closed;
    append_named(out, "Updated by ",
                 system ? 908 : detail(simulated, 20 + static_cast<std::uint64_t>(moves), 700));
    append_time(out, change.at);
    out.append(1, ',').append(fixed.place);
    out.append(kCategories.at(static_cast<std::size_t>(change.category))) += ',';
    append_named(out, "Underkategori ", change.category * 20 + detail(simulated, 9, 20));
    if (detail(simulated, 10, 4) == 1) {
        out += "?,";
    } else {
        append_named(out, "Symptom ", detail(simulated, 11, 500));
    }
    out.append("?,").append(kPriorities.at(priority)).append(1, ',').append(group).append(1, ',');
    if (change.state == SimulatedState::opened) {
        out += "?,";
    } else {
        const auto salt = 40 + static_cast<std::uint64_t>(moves);
        append_named(out, "Resolver ", detail(simulated, salt, 250));
    }
    out.append(fixed.between).append(fixed.closing);
}

}  // namespace

std::string& AuditWriter::rows_of(Day day) {
    if (day != cached_day_) {
        const Date date = date_of(day);
        std::string& rows = months_[date.year * 12 + date.month];
        if (rows.empty()) rows = kHeader;
        cached_rows_ = &rows;
        cached_day_ = day;
    }
    return *cached_rows_;
}

void AuditWriter::add(const SimulatedCase& simulated) {
    const Fixed fixed = fixed_columns(simulated, final_times(simulated, end_));
    int moves = 0;
    int modified = 0;
    int group_before = kNoGroup;
    for (const SimulatedChange& change : simulated.changes) {
        if (change.at >= end_) break;
        if (group_before != kNoGroup && change.group != group_before) ++moves;
        group_before = change.group;
        const std::string_view group =
            change.group == kNoGroup ? "?"
                                     : world_.groups[static_cast<std::size_t>(change.group)].name;
        append_row(rows_of(static_cast<Day>(change.at / kMinutesPerDay)), simulated, fixed, change,
                   moves, modified, group);
        // Saves that change nothing the export shows are counted, too.
        const auto salt = 60 + static_cast<std::uint64_t>(modified);
        modified += static_cast<int>(1 + detail(simulated, salt, 4) / 4);
        ++rows_;
    }
}

std::string AuditWriter::take(int year, int month) {
    cached_day_ = -1;
    const auto found = months_.find(year * 12 + month);
    if (found == months_.end()) return std::string(kHeader);
    std::string rows = std::move(found->second);
    months_.erase(found);
    return rows;
}

std::string AuditWriter::take_rest() {
    cached_day_ = -1;
    std::string rest(kHeader);
    for (const auto& [month, rows] : months_) rest.append(rows, kHeader.size());
    months_.clear();
    return rest;
}

}  // namespace klarsyn::servicedesk
