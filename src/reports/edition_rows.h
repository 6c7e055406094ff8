// The rows of editions: how they are written and read. Only editions.cc writes. Not thread-safe.
#pragma once

#include <string>
#include <vector>

#include "reports/editions.h"

namespace klarsyn {

struct StoredFile {
    std::string format;
    std::string language;  // empty where the output holds both
    std::string bytes;
};

// Inside a write transaction.
Result<void> insert_edition(Connection& db, const Edition& edition, const Document& document,
                            const std::vector<StoredFile>& files);
// Of one plan and period, by number.
Result<std::vector<Edition>> editions_of(Connection& db, std::string_view plan, Period period);

// What the journal keeps of an edition: hashes over all its files and over all its figures.
std::string files_digest(const std::vector<StoredFile>& files);
std::string figures_digest(const std::vector<ReportFigure>& figures);
// The title of the row that each figure of the document stands in; empty for one in a sentence.
std::vector<LocalText> row_titles(const Document& document);
// The titles as stored, in the figures' order.
Result<std::vector<LocalText>> stored_titles(Connection& db, const Edition& edition);

}  // namespace klarsyn
