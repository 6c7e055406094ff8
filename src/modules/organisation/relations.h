// Relations between assets, systems and places by date: format relation-csv reads them into
// core_relation, which every module may read, and who is affected when one of them fails. The rules
// are pure; thread-safe.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "ingest/format.h"
#include "store/database.h"
#include "web/affected.h"
#include "web/routes.h"

namespace klarsyn::organisation {

struct Relation {
    std::string from, relation, to;
    std::optional<Day> from_day, to_day;  // first and last day; none = always, still
};

// Which of the two is affected when the other fails. By the relation's word: "depends_on",
// "runs_on", "located_in", "part_of" and every unknown word: `from` needs `to`. "serves", "feeds",
// "hosts", "used_by", "used_at": `to` needs `from`. "connected_to": each needs the other.
enum class Needs { from_needs_to, to_needs_from, both };
Needs needs_of(std::string_view relation);

// Everything that is affected when `of` fails, by the relations that hold on the day: what needs
// it, what needs that, and so on, each thing once with the fewest steps. Cycles end. `of` itself is
// not listed; names match whatever their case. In the order of steps, then names.
std::vector<Affected> affected_by(std::span<const Relation> relations, std::string_view of,
                                  Day day);

// The relations that hold on the day, as known at a journal entry. Reads core_relation.
Result<std::vector<Relation>> relations_on(Connection& db, Day day, std::int64_t as_of);

// The same from the database, as known now: an AffectedLookup.
Result<std::vector<Affected>> affected_now(Connection& db, std::string_view of, Day day);

// CSV from,relation,to,from_day,to_day; to_day is the last day, an empty date is open.
Format relation_format();

// GET /api/v1/affected?of=...&day=...
std::vector<Route> relation_routes();

}  // namespace klarsyn::organisation
