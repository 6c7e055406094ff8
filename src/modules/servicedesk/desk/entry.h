// One act on the desk: one journal entry, with one record or several, on one case or several. All
// that follows from the records (projection, facts, search, letters, announcements) is written at
// the end, once per case. Writer thread only; lives inside one part of a turn.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/turn.h"
#include "modules/servicedesk/desk/case_state.h"
#include "modules/servicedesk/desk/rules.h"
#include "web/org_scope.h"

namespace klarsyn::servicedesk {

// Who acts.
struct DeskActor {
    std::string name;         // account, or "system"
    std::string phone_agent;  // the name that the phone system knows
    bool person = true;       // false for rules and programs: their words are no first response
    bool is_caller = false;   // acts on their own case, not as an agent
    std::string via = "desk";  // "desk", "mail", "self_service", "api"
    std::string display_name;
    OrgScope scope;           // cases outside it are not found

    const std::string& shown_name() const { return display_name.empty() ? name : display_name; }
};

// A case that an entry changed.
struct CaseTouch {
    CaseState before, after;
    std::vector<Record> records;       // all, the new ones last
    std::size_t new_records = 0;
};

// A major incident, problem or change that an entry changed.
struct OtherTouch {
    std::vector<Record> records;  // all, the new ones last
    std::size_t new_records = 0;
};

class DeskEntry {
public:
    static Result<DeskEntry> begin(WriteTurn& turn, DeskActor actor);
    // For trying commands out: nothing is written, and there is no end().
    static Result<DeskEntry> look(WriteTurn& turn, DeskActor actor);

    // The case as it stands inside this entry; not_found for an unknown number.
    Result<const CaseState*> find(std::string_view number);
    // Opens a case with the next own number.
    Result<std::string> open(boost::json::object body);
    // `number` was found or opened in this entry. CPR numbers in the body are masked first.
    Result<void> record(std::string_view number, std::string kind, boost::json::object body);
    // Takes back every record of the earlier journal entry `seq`, on all cases that it touched.
    Result<void> undo_entry(std::int64_t seq);
    // The same on one of its cases alone; conflict where somebody has gone on with it since.
    Result<void> undo_on(const std::string& number, std::int64_t seq);
    // The same for what is no case: major incidents, problems, changes (practice/object.h). The
    // records of one that the actor may see; not_found otherwise.
    Result<const std::vector<Record>*> find_other(std::string_view number);
    Result<std::string> open_other(std::string_view letter, boost::json::object body);
    Result<void> record_other(std::string_view number, std::string kind, boost::json::object body);

    // Writes what follows. `kind` is the journal entry's: "case", "bulk", "problem", ...
    Result<void> end(std::string kind = "case");

    // What is no case and was changed in this entry.
    std::vector<std::string> others() const;
    const CaseState& state(std::string_view number) const;
    const std::vector<Record>& records(std::string_view number) const;
    WriteTurn& turn() { return *turn_; }
    const DeskRules& rules() const { return *rules_; }
    const DeskActor& actor() const { return actor_; }
    std::int64_t seq() const { return seq_; }

private:
    DeskEntry(WriteTurn& turn, DeskActor actor) : turn_(&turn), actor_(std::move(actor)) {}
    Result<void> undo(std::string_view number, std::int64_t n);
    Result<void> write_record(std::string_view object, const Record& record);
    Record next_record(std::int64_t n, std::string kind, boost::json::object body) const;
    Result<void> end_others();
    Result<void> protect(std::string_view object, Record& record);

    WriteTurn* turn_;
    DeskActor actor_;
    std::shared_ptr<const DeskRules> rules_;
    std::int64_t seq_ = 0;
    bool writes_ = true;
    std::map<std::string, CaseTouch, std::less<>> touched_;
    std::map<std::string, OtherTouch, std::less<>> others_;
    boost::json::array detail_;
};

// The next number of a letter: "K12".
Result<std::string> next_number(Connection& db, std::string_view letter);

}  // namespace klarsyn::servicedesk
