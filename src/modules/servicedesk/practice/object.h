// The things on the desk that are no cases: major incidents (M1), problems (P1) and changes (C1).
// One table of kinds says how each follows from its records: the row that lists show, and the facts
// that figures count. Writer thread, inside a turn; reading connections belong to their callers.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/turn.h"
#include "modules/servicedesk/desk/record.h"
#include "web/org_scope.h"

namespace klarsyn::servicedesk {

// What lists show of an object.
struct ObjectRow {
    std::string number, kind, state, title, org, rank;  // rank: criticality, risk
    std::int64_t version = 0;
    bool open = true;
    std::vector<std::string> systems, orgs;
    UtcSecond opened_at = 0, updated_at = 0;
    std::optional<UtcSecond> starts_at, ends_at, closed_at;
    friend bool operator==(const ObjectRow&, const ObjectRow&) = default;
};

struct ObjectKind {
    std::string_view letter;   // of its numbers
    std::string_view word;     // "major", "problem", "change": in the table and in announcements
    std::string_view opening;  // the kind of its first record
    ObjectRow (*project)(std::string_view number, std::span<const Record> records);
    void (*derive)(std::string_view number, std::span<const Record> records, FactSink& sink);
};
// Null for a number of no such kind.
const ObjectKind* object_kind(std::string_view number);
const ObjectKind& object_kind_of_letter(std::string_view letter);

// The facts that these objects bring, named "practice"; never imported.
Format practice_format();

enum class ObjectIs { fresh, known };
// Row and facts, from all records of the object.
Result<void> write_object(WriteTurn& turn, std::string_view number, std::span<const Record> records,
                          ObjectIs is);

// How many objects or facts differ from their records. Inside a write transaction that is thrown
// away.
Result<std::int64_t> count_object_faults(Connection& db, std::int64_t seq, Names& names);

struct ObjectQuery {
    std::string_view kind;  // word
    std::optional<bool> open;
    std::string state, system;                            // empty: any
    std::optional<UtcSecond> overlaps_from, overlaps_to;  // its stretch touches this one
    std::int64_t before = 0;  // num: older ones only; 0 = from the newest
    std::int64_t limit = 100;
};
struct ObjectPage {
    std::vector<ObjectRow> items;  // newest first
    std::int64_t next = 0;         // `before` of the next page; 0 at the end
};
Result<ObjectPage> list_objects(Connection& db, const ObjectQuery& query, const OrgScope& scope);
// None for an unknown number and for one outside the scope.
Result<std::optional<ObjectRow>> find_object(Connection& db, std::string_view number,
                                             const OrgScope& scope);

}  // namespace klarsyn::servicedesk
