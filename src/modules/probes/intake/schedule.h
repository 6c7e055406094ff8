// What a probe is told to do: the scheduled series of its site and seat, each with how it is
// checked. How stands in a setting (probe_checks, TOML, dated): [[check]] tables, and [[probe]]
// tables that say where a probe stands.
#pragma once

#include <boost/json/object.hpp>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "modules/probes/probes.h"
#include "protocols/probe/plan.h"
#include "store/database.h"
#include "web/context.h"

namespace klarsyn::probes {

struct ProbeChecks {
    struct Rule {
        CheckRule how;
        std::string site, seat;  // empty: all
    };
    std::vector<Rule> rules;
    std::map<std::string, std::pair<std::string, std::string>> places;  // agent -> site, seat

    // invalid_input with file, line and field. An empty text has no rules.
    static Result<ProbeChecks> parse(std::string_view text, std::string_view file);
    // The first rule that fits; null: nobody has said how.
    const CheckRule* rule_of(std::string_view system, std::string_view action,
                             std::string_view site, std::string_view seat) const;
};

// The setting in force at a moment.
Result<std::shared_ptr<const ProbeChecks>> probe_checks_at(Connection& db, ThreadMemory& memory,
                                                           UtcSecond at);
// SettingKind::check.
Result<void> check_probe_checks(Connection& db, UtcSecond from, std::string_view text,
                                std::string_view file);

// What holds at `now` or begins later.
Result<boost::json::object> schedule_of(Connection& db, const ProbeChecks& checks,
                                        const std::string& agent, std::string site,
                                        std::string seat, UtcSecond now);

// GET /api/v1/probes/schedule?agent=&site=&seat=
Result<Response> get_schedule(const Request& request, Context& context);

}  // namespace klarsyn::probes
