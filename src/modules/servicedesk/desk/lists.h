// Lists of cases: views, filters, pages by keyset. Every count is the length of the list that the
// same person sees with the same question. Reads the projection; connections belong to the caller.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"
#include "ingest/turn.h"
#include "store/database.h"
#include "web/accounts.h"
#include "web/org_scope.h"

namespace klarsyn::servicedesk {

// One row of the projection.
struct CaseItem {
    std::int64_t num = 0, version = 0, impact = 0, urgency = 0, priority = 0, level = 0;
    std::int64_t reopen_count = 0, rank_at = 0;
    std::string number, source, state, type, title, system, org, contact;
    std::string caller_name, caller_account, caller_phone, caller_mail;
    std::string category, group, assignee, hold_reason;
    std::optional<UtcSecond> wake_at, resolved_at, closed_at, due_at;
    UtcSecond opened_at = 0, updated_at = 0;
    bool open = false, breached = false;
    std::string parent, merged_into, problem, change, major, call;
};

// What is asked for. Empty texts ask nothing.
struct CaseQuery {
    std::string view = "open";  // open, mine, group, unassigned, near_breach, waiting_user, major,
                                // all, closed
    std::string q;              // words, or a number
    std::string state, system, org, group, assignee, priority, type, caller_account;
    std::vector<std::string> numbers;  // only these, where not empty
    std::string sort;           // worst, newest, oldest, updated, priority, number; "-" in front turns.
                                // With words and no sort: their number first, then the newest
    std::string cursor;         // of the page before
    std::int64_t limit = 50;    // 1..500
};

// Who asks.
struct CaseViewer {
    std::string account;
    std::vector<std::string> groups;
    OrgScope scope;
    UtcSecond now = 0;
    ThreadMemory* memory = nullptr;  // for questions with words
};

// Whether a target of the case has broken and is not yet met.
bool is_breached(const CaseItem& item, UtcSecond now);

struct CasePage {
    std::vector<CaseItem> items;
    std::string next;  // cursor; empty at the end
};

inline constexpr std::string_view kViews[] = {"mine",         "group", "unassigned", "near_breach",
                                              "waiting_user", "major", "open"};
inline constexpr UtcSecond kNearBreachSeconds = 4 * 3600;

// invalid_input (field named) for an unknown view or sort, or a cursor that was not ours.
Result<CasePage> list_cases(Connection& db, const CaseQuery& query, const CaseViewer& viewer);
Result<std::int64_t> count_cases(Connection& db, const CaseQuery& query, const CaseViewer& viewer);
// none for an unknown number or one outside the viewer's scope.
Result<std::optional<CaseItem>> find_item(Connection& db, std::string_view number,
                                          const OrgScope& scope);
Result<std::vector<std::string>> children_of(Connection& db, std::string_view number,
                                             const OrgScope& scope);

}  // namespace klarsyn::servicedesk
