// What must be said under a table: missing days, periods that no source covers, records left out,
// figures held back. Pure: from the figures of the document.
#pragma once

#include "indicators/catalogue.h"
#include "reports/document.h"

namespace klarsyn {

// Appends to table.notes; the table's figures are in the document already.
void add_notes(const Document& document, const Catalogue& catalogue, Table& table);

}  // namespace klarsyn
