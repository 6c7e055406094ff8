// A case as its records leave it. `replay` is pure: the same records always give the same case. Plain
// values; nothing here fails: commands were checked before they became records.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "modules/servicedesk/desk/record.h"

namespace klarsyn::servicedesk {

enum class CaseStatus { fresh, active, on_hold, resolved, closed };  // "new", "active", ...
std::string_view status_name(CaseStatus status);
std::optional<CaseStatus> parse_status(std::string_view word);

struct Caller {
    std::string name, account, phone, mail;
    bool empty() const { return name.empty() && account.empty() && phone.empty() && mail.empty(); }
};

struct AffectedPerson {
    std::string person;
    UtcSecond at = 0;
};

struct CaseLink {
    std::string to, relation;  // "problem", "change", "major", "duplicate_of", "child_of", "related"
};

struct CaseAttachment {
    std::string id, name, type, visibility, actor;
    std::int64_t size = 0;
    UtcSecond at = 0;
};

struct SurveyAnswer {
    std::int64_t score = 0;  // 1..5
    std::string text;
    UtcSecond at = 0;
};

struct CaseState {
    std::string number;
    std::int64_t version = 0;  // n of the last record
    CaseStatus status = CaseStatus::fresh;
    std::string type, title, text, system, org, place, equipment, category;
    std::int64_t impact = 3, urgency = 3, priority = 4;
    std::string priority_reason;  // not empty: the priority was set by hand
    std::string contact;
    Caller caller;
    std::string group, assignee, call;
    std::int64_t level = 0;       // 0 unknown
    std::string hold_reason;
    std::optional<UtcSecond> wake_at;
    UtcSecond opened_at = 0, updated_at = 0;
    std::optional<UtcSecond> resolved_at, closed_at;
    std::string resolved_by, resolution, resolution_code, close_reason;
    std::string merged_into, parent, problem, change, major, split_from;
    std::int64_t reopen_count = 0;
    std::vector<AffectedPerson> affected;
    std::vector<CaseLink> links;
    std::vector<CaseAttachment> attachments;
    std::optional<UtcSecond> first_reply_at;  // a person's first public reply
    std::optional<SurveyAnswer> survey;
    std::string last_actor;
    UtcSecond last_at = 0;

    bool exists() const { return version > 0; }
    bool open() const { return status != CaseStatus::closed; }
    // Being worked on or waiting: neither resolved nor closed.
    bool unsolved() const { return open() && status != CaseStatus::resolved; }
};

void apply(CaseState& state, const Record& record);
// Undone records only raise the version.
CaseState replay(std::string_view number, std::span<const Record> records);

// Why an order waits that nobody has decided on; only the decision ends it.
inline constexpr std::string_view kAwaitingApproval = "awaiting_approval";
inline bool awaits_approval(const CaseState& state) {
    return state.status == CaseStatus::on_hold && state.hold_reason == kAwaitingApproval;
}

}  // namespace klarsyn::servicedesk
