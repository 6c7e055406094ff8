// What can be done to a case. One table of commands for the API, the pages, bulk changes, mail and
// the desk's own rules: each reads its JSON body, checks it against the case as it stands, and
// records. Nothing is recorded where a command fails.
//
// Errors: not_found (no such case, or none that the actor may see), conflict (the case's state does
// not allow it), invalid_input where the body has faults (JsonBody::faults tells them).
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "modules/servicedesk/desk/entry.h"
#include "web/json_body.h"

namespace klarsyn::servicedesk {

// Opens a case from its fields (docs/guides/desk.md) and returns its number.
// `apart`: messages to users that the case is not about, although its system is theirs.
Result<std::string> open_case(DeskEntry& entry, JsonBody& body,
                              const std::vector<std::string>& apart = {});

// Changes fields: PATCH.
Result<void> change_case(DeskEntry& entry, std::string_view number, JsonBody& body);

struct CaseCommand {
    std::string_view verb;  // "assign", "move", "hold", ... as in the API
    Result<void> (*run)(DeskEntry& entry, const CaseState& state, JsonBody& body);
};
std::span<const CaseCommand> case_commands();
const CaseCommand* find_command(std::string_view verb);

// Runs the command on a case that the actor may see.
Result<void> run_command(DeskEntry& entry, std::string_view number, std::string_view verb,
                         JsonBody& body);

// Opens a case out of another one, at this moment; returns its number.
Result<std::string> split_case(DeskEntry& entry, std::string_view number, JsonBody& body);

inline constexpr UtcSecond kUndoSeconds = 60;
// Whether this actor may still take back the case's last record, and until when.
std::optional<UtcSecond> undo_until(const CaseState& state, std::span<const Record> records,
                                    std::string_view actor, UtcSecond now);

// For commands' implementations.
// The account that `assignee` names, "" for nobody or where it is absent. A fault in the body for a name
// that has no account, or one that does not work at the desk.
Result<std::string> take_assignee(DeskEntry& entry, JsonBody& body);
Error body_faults();
Error state_conflict(const CaseState& state, std::string_view verb);

// The commands by file.
Result<void> assign_case(DeskEntry& entry, const CaseState& state, JsonBody& body);
Result<void> move_case(DeskEntry& entry, const CaseState& state, JsonBody& body);
Result<void> hold_case(DeskEntry& entry, const CaseState& state, JsonBody& body);
Result<void> resume_case(DeskEntry& entry, const CaseState& state, JsonBody& body);
Result<void> resolve_case(DeskEntry& entry, const CaseState& state, JsonBody& body);
Result<void> reopen_case(DeskEntry& entry, const CaseState& state, JsonBody& body);
Result<void> close_case(DeskEntry& entry, const CaseState& state, JsonBody& body);
Result<void> merge_case(DeskEntry& entry, const CaseState& state, JsonBody& body);
Result<void> comment_case(DeskEntry& entry, const CaseState& state, JsonBody& body);
Result<void> affect_case(DeskEntry& entry, const CaseState& state, JsonBody& body);
Result<void> link_case(DeskEntry& entry, const CaseState& state, JsonBody& body);
Result<void> unlink_case(DeskEntry& entry, const CaseState& state, JsonBody& body);
Result<void> undo_case(DeskEntry& entry, const CaseState& state, JsonBody& body);

}  // namespace klarsyn::servicedesk
