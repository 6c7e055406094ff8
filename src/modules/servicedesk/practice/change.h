// A change as its records leave it: requested, approved by the board or by the small-change rule,
// carried out, with its result and the incidents that it caused. Replay is pure: which rule
// approves was decided when it was requested and stands in the record.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "modules/servicedesk/desk/record.h"

namespace klarsyn::servicedesk {

enum class ChangeStatus { requested, approved, rejected, in_progress, done, cancelled };
std::string_view change_status_name(ChangeStatus status);  // "requested", ...

struct ChangeVote {
    std::string actor, decision, note;  // decision: "approve", "reject"
    UtcSecond at = 0;
};

struct ChangeState {
    std::string number;
    std::int64_t version = 0;
    ChangeStatus status = ChangeStatus::requested;
    std::string type;  // "normal", "emergency"
    std::string title, text, org, requester, assignee, plan, backout, test, problem;
    std::vector<std::string> systems, orgs;
    std::int64_t impact = 3, likelihood = 3;  // 1 is highest
    std::string risk;                         // "low", "medium", "high"
    std::optional<UtcSecond> planned_from, planned_to, started_at, ended_at;
    std::string freeze_reason, collision_reason;  // why it is planned all the same
    std::string approval_rule;                    // "small", "board", "emergency"
    std::int64_t approvals_needed = 0;
    std::vector<ChangeVote> votes;       // of the present approval
    std::string result, result_note;     // "successful", "partial", "rolled_back", "failed"
    std::vector<std::string> incidents;  // cases that it caused
    UtcSecond requested_at = 0, updated_at = 0;
    std::optional<UtcSecond> closed_at;
    std::string cancel_reason;

    bool open() const {
        return status == ChangeStatus::requested || status == ChangeStatus::approved ||
               status == ChangeStatus::in_progress;
    }
    std::int64_t approvals() const;
    // What counts as failed: not carried through as planned, or it caused an incident.
    bool failed() const {
        return result == "failed" || result == "rolled_back" || !incidents.empty();
    }
    // How it was approved, as figures tell it: "small", "normal", "emergency".
    std::string_view kind() const {
        return approval_rule == "small" ? std::string_view("small") : std::string_view(type);
    }
};

ChangeState replay_change(std::string_view number, std::span<const Record> records);

}  // namespace klarsyn::servicedesk
