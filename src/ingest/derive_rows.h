// Rows that no file brings: what people and machines report while it happens is kept by a module in
// tables of its own, and derived from there into facts.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "ingest/fact_writer.h"
#include "ingest/import.h"

namespace klarsyn {

// A format for such facts: to import a file of it is invalid_input (ingest.no_files).
Format fileless_format(std::string_view name, std::string_view module,
                       std::vector<FactTableSpec> tables);

// Derives everything again; the writer writes the difference.
using DeriveRows =
    std::function<Result<void>(Connection& db, std::int64_t seq, FactWriter& writer)>;

// In a transaction and a journal entry of its own, of kind "derive" and told of as `named`; nothing
// is written where nothing differs. How many rows came and went.
Result<std::int64_t> derive_rows(Store& store, const Clock& clock, const Format& format,
                                 std::string_view named, const DeriveReason& reason,
                                 const DeriveRows& derive);

// How many would; all is rolled back. For verify: rows that are right do not differ.
Result<std::int64_t> count_derived_faults(Store& store, const Format& format,
                                          const DeriveRows& derive);

}  // namespace klarsyn
