// Cases that other systems recorded: what their imported facts tell, read-only. Numbers are
// SOURCE:number. Connections belong to the caller.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"
#include "store/database.h"
#include "web/context.h"
#include "web/http.h"

namespace klarsyn::servicedesk {

struct ImportedEvent {
    UtcSecond at = 0;
    std::string kind, level, org, group, category, type, priority, contact, system, was;
    std::int64_t batch = 0;  // that brought it
};

struct ImportedTarget {
    std::string target;
    std::optional<bool> kept;  // none: cannot be counted
    UtcSecond at = 0;
    std::optional<std::int64_t> limit_s, running_s, paused_s;
};

struct ImportedCase {
    std::string number, source, case_no;
    std::string title, text, caller;  // as the source has them
    UtcSecond opened_at = 0;
    std::vector<ImportedEvent> events;  // by time
    std::vector<ImportedTarget> targets;
};

// None for a number that no import knows.
Result<std::optional<ImportedCase>> find_imported(Connection& db, std::string_view number);

// What a list of hits shows of a case; none for an unknown number.
struct ImportedSummary {
    std::string title, state;
    std::string all;  // what it is found by, line by line
};
Result<std::optional<ImportedSummary>> find_summary(Connection& db, std::string_view number);

// The page /cases/SOURCE:number; not_found for an unknown case and one outside the account's scope.
Result<Response> imported_page(const Request& request, Context& context, std::string_view number);

}  // namespace klarsyn::servicedesk
