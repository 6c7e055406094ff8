// What a format says of a projection: a table of how things stand now, beside the facts.
#pragma once

#include <cstdint>
#include <string_view>

#include "store/search.h"

namespace klarsyn {

// A fact row as derive or the database gives it; its hash covers every own column and the key. A
// column that is `later` (FactTableSpec::later_columns) and null, 0 or empty leaves it as it was.
enum class CellKind : std::uint8_t { null, integer, text };
struct FactCell {
    CellKind kind = CellKind::null;
    std::int64_t integer = 0;
    std::string_view text;
};

// What a row of a projection is found by in the search index, and the organisation that may see it
// (empty: everybody). The engine sets the document's object (the row's key), ref (its id) and org.
struct FoundBy {
    SearchDocument document;
    std::string_view org;
};

// A table that shows how each group stands now, without history: a cache of the rows, written
// together with the facts. Other code may have rows of its own in it, under other keys. Beside what
// follows from facts it may hold what figures do not count: titles, texts, persons.
struct ProjectionSpec {
    std::string_view id;               // "num": goes on from the largest
    std::string_view key;              // "number": unique; the source key of derive's row
    std::string_view keys_of_group;    // SQL with :group: the keys of a group by the facts that stand
    std::string_view count_of_source;  // SQL with :source: how many rows it has of a source
    // Optional: the rows stand in the search index, as documents of this kind. `cells` as
    // FactTableSpec::columns.
    std::string_view found_kind = {};
    FoundBy (*found_by)(std::string_view key, const FactCell* cells) = nullptr;
};

}  // namespace klarsyn
