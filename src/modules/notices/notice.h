// A message to users as its records leave it. Plain values; replay is pure and cannot fail:
// commands were checked before they became records.
#pragma once

#include <boost/json/object.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/text.h"
#include "core/time.h"
#include "store/database.h"
#include "web/systems.h"

namespace klarsyn::notices {

struct NoticeRecord {
    std::int64_t n = 0;
    UtcSecond at = 0;
    std::string actor;
    std::string kind;  // "opened", "changed", "updated", "cleared"
    boost::json::object body;
};

struct NoticeUpdate {
    UtcSecond at = 0;
    std::string kind;  // "updated", "cleared"
    Words text;
};

// How bad it was from when on, as the records say it.
struct SeveritySince {
    UtcSecond at = 0;
    std::string severity;
};

struct Notice {
    std::string number;        // "N1"
    std::int64_t version = 0;  // n of the last record
    std::string kind;          // "message", "disturbance", "planned"
    std::string severity;      // of a disturbance: "down", "unstable"
    std::string system, case_number;
    std::string major;              // the major incident that it tells of; may be empty
    std::string change;             // the change that it tells of; may be empty
    std::vector<std::string> orgs;  // codes; empty: everywhere
    std::vector<std::string> roles;  // whom it is for, of kRoles; empty: everybody
    bool ack = false;                // readers are asked to say that they have read it
    std::int64_t wording = 0;        // version of the last opening or correction
    std::vector<SeveritySince> severities;  // of a disturbance, oldest first
    Words title, text, advice;
    UtcSecond starts_at = 0, created_at = 0, updated_at = 0;
    std::optional<UtcSecond> ends_at, next_at, cleared_at;
    std::vector<NoticeUpdate> updates;  // oldest first

    bool open() const { return !cleared_at; }
    // Holds now: open, begun, and for planned work not over.
    bool current(UtcSecond now) const {
        return open() && starts_at <= now && (kind != "planned" || !ends_at || *ends_at > now);
    }
    bool upcoming(UtcSecond now) const { return open() && starts_at > now; }
    bool disturbs(UtcSecond now) const { return kind == "disturbance" && current(now); }
};

// Whom a message can be for; their names are texts ("notices.role.doctor").
inline constexpr std::string_view kRoles[] = {"doctor",  "nurse",     "secretary", "laboratory",
                                              "imaging", "pharmacy",  "technical", "it"};

// Whether who asks as this staff group is meant; empty asks for all groups.
bool is_for_role(const Notice& notice, std::string_view role);

// One per line, with a line break before and after each, as core_notice keeps lists.
std::string lines_of(const std::vector<std::string>& list);

Notice replay(std::string_view number, std::span<const NoticeRecord> records);

// Empty for an unknown number.
Result<std::vector<NoticeRecord>> load_records(Connection& db, std::string_view number);
// not_found for an unknown number.
Result<Notice> find_notice(Connection& db, std::string_view number);
// Open ones and those cleared after `since`, newest first.
Result<std::vector<Notice>> list_notices(Connection& db, UtcSecond since, std::int64_t limit);
// Changes whenever any message does.
Result<std::int64_t> notices_version(Connection& db);

}  // namespace klarsyn::notices
