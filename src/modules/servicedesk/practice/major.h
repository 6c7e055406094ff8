// A major incident as its records leave it: declared by written criteria, with the systems and
// places that it affects, the cases that follow it, what the law asks, and the review afterwards.
// Replay is pure. The cases themselves carry the link (CaseState::major).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "modules/servicedesk/desk/record.h"
#include "modules/servicedesk/practice/statutory.h"

namespace klarsyn::servicedesk {

enum class MajorStatus { active, resolved, closed, withdrawn };
std::string_view major_status_name(MajorStatus status);  // "active", ...

struct MajorReview {
    std::string what_happened, went_well, went_badly;
    std::vector<std::string> actions;
    UtcSecond at = 0;
    std::string actor;
};

struct MajorState {
    std::string number;
    std::int64_t version = 0;
    MajorStatus status = MajorStatus::active;
    std::string title, text, org, criticality, manager, case_number;
    std::vector<std::string> criteria, systems, orgs;
    UtcSecond started_at = 0, declared_at = 0, updated_at = 0;
    std::optional<UtcSecond> resolved_at, closed_at, next_update_at;
    std::string resolution, cause, withdrawn_reason;
    std::vector<LegalDuty> duties;
    std::optional<MajorReview> review;

    bool open() const { return status == MajorStatus::active || status == MajorStatus::resolved; }
};

MajorState replay_major(std::string_view number, std::span<const Record> records);

}  // namespace klarsyn::servicedesk
