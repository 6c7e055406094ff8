// A problem as its records leave it: the cause behind cases, a known error once a workaround is
// written down. The cases that it causes carry the link (CaseState::problem). Replay is pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "modules/servicedesk/desk/record.h"

namespace klarsyn::servicedesk {

enum class ProblemStatus { open, known_error, resolved, closed };
std::string_view problem_status_name(ProblemStatus status);  // "open", "known_error", ...

struct ProblemState {
    std::string number;
    std::int64_t version = 0;
    ProblemStatus status = ProblemStatus::open;
    std::string title, text, org, owner;
    std::vector<std::string> systems;
    std::string cause, workaround, resolution, change, close_reason;
    UtcSecond opened_at = 0, updated_at = 0;
    std::optional<UtcSecond> known_at, resolved_at, closed_at;

    bool open_state() const {
        return status == ProblemStatus::open || status == ProblemStatus::known_error;
    }
};

ProblemState replay_problem(std::string_view number, std::span<const Record> records);

}  // namespace klarsyn::servicedesk
