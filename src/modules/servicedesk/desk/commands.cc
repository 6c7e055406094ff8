#include "modules/servicedesk/desk/commands.h"

#include "web/accounts.h"

namespace klarsyn::servicedesk {

Error body_faults() { return make_error(ErrorCode::invalid_input, "servicedesk.desk.faults"); }

Result<std::string> take_assignee(DeskEntry& entry, JsonBody& body) {
    constexpr std::size_t kNameMax = 120;
    const std::string name = fold_account_name(body.text("assignee", {kNameMax}).value_or(""));
    if (name.empty()) return name;
    KL_TRY(const auto account, find_account_by_name(entry.turn().db, name));
    if (!account || !allowed(account->role, Permission::case_work))
        body.fault("assignee", "servicedesk.desk.no_agent", {{"name", name}});
    return name;
}

Error state_conflict(const CaseState& state, std::string_view verb) {
    return make_error(ErrorCode::conflict, "servicedesk.desk.wrong_state." + std::string(verb),
                      {{"number", state.number}});
}

std::span<const CaseCommand> case_commands() {
    static constexpr CaseCommand kCommands[] = {
        {"assign", assign_case},   {"move", move_case},       {"hold", hold_case},
        {"resume", resume_case},   {"resolve", resolve_case}, {"reopen", reopen_case},
        {"close", close_case},     {"merge", merge_case},     {"comment", comment_case},
        {"affected", affect_case}, {"link", link_case},       {"unlink", unlink_case},
        {"undo", undo_case},
    };
    return kCommands;
}

const CaseCommand* find_command(std::string_view verb) {
    for (const CaseCommand& command : case_commands())
        if (command.verb == verb) return &command;
    return nullptr;
}

Result<void> run_command(DeskEntry& entry, std::string_view number, std::string_view verb,
                         JsonBody& body) {
    const CaseCommand* command = find_command(verb);
    KL_ASSERT(command != nullptr);
    KL_TRY(const CaseState* state, entry.find(number));
    return command->run(entry, *state, body);
}

std::optional<UtcSecond> undo_until(const CaseState& state, std::span<const Record> records,
                                    std::string_view actor, UtcSecond now) {
    if (records.empty()) return std::nullopt;
    const Record& last = records.back();
    const bool undoable = !last.undone && last.kind != "opened" && last.kind != "undone" &&
                          last.kind != "attached" && last.kind != "revealed" && last.actor == actor && state.exists();
    if (!undoable || now >= last.at + kUndoSeconds) return std::nullopt;
    return last.at + kUndoSeconds;
}

}  // namespace klarsyn::servicedesk
