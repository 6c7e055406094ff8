// Every column of the database that holds texts or bytes, and what an erasure does with it. Whoever
// adds a table adds its columns here: text_columns_test.cc compares the list with the schema.
#pragma once

#include <span>

#include "ingest/erasure_columns.h"

namespace klarsyn {

std::span<const TextColumn> text_columns();

}  // namespace klarsyn
