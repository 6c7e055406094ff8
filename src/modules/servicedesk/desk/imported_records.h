// The history of an imported case as records, so that the API tells it like one of the desk's own.
// Made of facts, with title and text in the first one; who acted is the source. Pure.
#pragma once

#include <vector>

#include "modules/servicedesk/desk/imported_case.h"
#include "modules/servicedesk/desk/record.h"

namespace klarsyn::servicedesk {

// Oldest first, numbered from 1.
std::vector<Record> imported_records(const ImportedCase& found);

}  // namespace klarsyn::servicedesk
