// What can be done to major incidents, problems and changes. As with cases (desk/commands.h): each
// command reads its JSON body, checks it against the object as it stands, and records; nothing is
// recorded where one fails.
//
// Errors: not_found (no such object, or none that the actor may see), conflict (its state does not
// allow it), invalid_input where the body has faults (JsonBody::faults tells them), refused (not
// for this person).
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "modules/servicedesk/desk/entry.h"
#include "modules/servicedesk/practice/change.h"
#include "modules/servicedesk/practice/major.h"
#include "modules/servicedesk/practice/practice_rules.h"
#include "modules/servicedesk/practice/problem.h"
#include "web/json_body.h"

namespace klarsyn::servicedesk {

// What commands work with. The entry's actor sees everything, so that what follows reaches every
// case; `scope` is what the person may see and bounds what they may name.
struct PracticeWork {
    DeskEntry& entry;
    const PracticeRules& rules;
    const OrgScope& scope;
    Language language = Language::da;
    UtcSecond now() const { return entry.turn().now; }
};

// The commands of one kind of object. `open` returns the number; `run` changes the object
// `number`; its records are those of the entry.
struct ObjectCommand {
    std::string_view verb;
    Result<void> (*run)(PracticeWork& work, std::string_view number, JsonBody& body);
    // What follows in the same part of the turn once the entry is written: entries of others.
    Result<void> (*after)(WriteTurn& turn, const std::string& actor, std::string_view number,
                          JsonBody& body) = nullptr;
};
struct ObjectCommands {
    std::string_view letter;
    Result<std::string> (*open)(PracticeWork& work, JsonBody& body);
    Result<void> (*change)(PracticeWork& work, std::string_view number, JsonBody& body);
    std::span<const ObjectCommand> verbs;

    const ObjectCommand* find(std::string_view verb) const;
};
const ObjectCommands& major_commands();
const ObjectCommands& problem_commands();
const ObjectCommands& change_commands();

// Whether a case may be linked so to an object; what else is recorded with the link. `fields` is
// the body of the case's record. A fault goes to `body`.
Result<void> link_to_object(DeskEntry& entry, std::string_view case_number, std::string_view to,
                            std::string_view relation, boost::json::object& fields, JsonBody& body);
Result<void> unlink_from_object(DeskEntry& entry, std::string_view case_number, std::string_view to,
                                std::string_view relation);

// Cases by the number of the object that they are linked to.
enum class LinkedBy { major, problem, change };
Result<std::vector<std::string>> linked_cases(Connection& db, LinkedBy by, std::string_view number,
                                              const OrgScope& scope);

// A change that is planned for the same time and touches one of the same systems.
struct Collision {
    std::string number, title, state;  // no title: not for this person
    UtcSecond from = 0, to = 0;
    std::vector<std::string> systems;  // those in common
};
struct Window {
    UtcSecond from = 0, to = 0;
};
Result<std::vector<Collision>> find_collisions(Connection& db, Window window,
                                               const std::vector<std::string>& systems,
                                               std::string_view except, const OrgScope& scope);

}  // namespace klarsyn::servicedesk
