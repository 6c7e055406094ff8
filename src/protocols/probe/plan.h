// What a probe measures, when and how: from the server, or from a file of its own machine. The
// machine's file also holds what never leaves it: secrets, and which programs may run. Values.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"
#include "protocols/checks/check.h"

namespace klarsyn {

// How an action of a system is checked.
struct CheckRule {
    std::string system, action, protocol;
    boost::json::object settings;
    std::vector<std::string> secrets;  // names of those that it needs
    std::int64_t time_limit_ms = 0;    // 0: the shorter of every_s and 30 seconds
};

// One series of measurements. Slot k begins at anchor + k * every_s; it counts where it lies wholly
// in from <= t < to.
struct PlannedCheck {
    CheckRule rule;
    std::string site, seat;
    UtcSecond anchor = 0, from = 0;
    std::optional<UtcSecond> to;
    std::int64_t every_s = 60;

    std::string key() const;  // of the series, the same in every plan
    // Where the slot begins that holds `at`; none where no slot counts then.
    std::optional<UtcSecond> slot_at(UtcSecond at) const;
    std::chrono::milliseconds limit() const;
};

struct ProbePlan {
    std::string site, seat;
    std::vector<PlannedCheck> checks;
    // Scheduled, but nobody has said how it is checked: its reason is delivered as why it is
    // missing.
    std::vector<PlannedCheck> without_check;
};

// The server's answer (GET /api/v1/probes/schedule). invalid_input with the field.
Result<ProbePlan> parse_plan(std::string_view json);

struct SecretRule {
    std::string file, variable;        // one of them: where the value stands
    std::vector<std::string> systems;  // only checks of these may have it
};

// A place where the probe sees HL7 messages pass: a connection it listens on, or a log it follows.
struct FlowRule {
    std::string hop;                // of a listener: what the place is called
    std::string listen;             // "address:port"
    std::string forward;            // "host:port": the probe stands between; empty: copies come here
    bool answer = true;             // copies are acknowledged
    std::vector<std::string> from;  // addresses that may connect; empty: all
    std::string file;               // of a log (hl7-log): its path
    std::string zone = "Europe/Copenhagen";  // of the log's local times
};

// The machine's own file (TOML).
struct MachineFile {
    std::string agent, site, seat;                           // empty: not said
    std::vector<std::pair<CheckRule, std::int64_t>> checks;  // with every_s; 0: only how, not when
    std::map<std::string, SecretRule> secrets;
    std::vector<std::string> programs;  // absolute paths that the protocol "command" may run
    std::vector<FlowRule> flows;
};
// invalid_input with file, line and field. Settings are tried against their protocol.
Result<MachineFile> parse_machine_file(std::string_view text, std::string_view file,
                                       std::span<const CheckProtocol> protocols);

// "address:port", "[::1]:2575"; none where it is neither.
std::optional<std::pair<std::string, int>> split_address(std::string_view place);

// The server's plan with what the machine's file says on top: its rules replace those of the same
// system and action, and what it schedules itself is added at `site` and `seat`.
ProbePlan with_machine(ProbePlan plan, const MachineFile& machine, const std::string& site,
                       const std::string& seat);

// The task of a check with the secrets that it may have; the reason why it cannot run otherwise.
Result<CheckTask> task_of(const PlannedCheck& check, const MachineFile& machine);

}  // namespace klarsyn
