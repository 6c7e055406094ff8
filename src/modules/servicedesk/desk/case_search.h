// What the desk's own cases are found by, and finding cases; what imported ones are found by is in
// case_row.h. A document is written in the transaction of the
// records that change it; agents find by everything, people who are not agents only among their own
// cases and only by what was said to them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "modules/servicedesk/case_row.h"
#include "modules/servicedesk/desk/entry.h"
#include "modules/servicedesk/desk/lists.h"
#include "store/search.h"
#include "store/store.h"

namespace klarsyn::servicedesk {

struct ObjectRow;

// The document of a case; `ref` is its row (servicedesk_case.num), `org` the name id of its own
// organisation.
SearchDocument case_document(const CaseState& state, std::span<const Record> records,
                             std::int64_t ref, std::int64_t org);
// What the caller of a case may find it by: its own texts, answers to it, its number.
std::string caller_text(const CaseState& state, std::span<const Record> records);

// The document of a problem, a change or a major incident: all that was said about it.
Result<void> index_object(WriteTurn& turn, std::string_view number, std::span<const Record> records);

SearchDocument object_document(std::string_view number, std::span<const Record> records,
                               const ObjectRow& row, std::int64_t org);

// For case_effects.
Result<void> index_case(WriteTurn& turn, const DeskRules& rules, const CaseTouch& touch);

// A question to the index about cases, as this viewer may ask it.
Result<SearchQuery> case_search(Connection& db, Names& names, std::string_view text,
                                const OrgScope& scope);

// How many documents differ from what the cases say; reads only.
Result<std::int64_t> count_search_faults(Store& store);
// Writes all documents into an index that was reset, in transactions of its own. Returns how many.
Result<std::int64_t> rebuild_case_search(Store& store);

}  // namespace klarsyn::servicedesk
