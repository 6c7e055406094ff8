// Editions: published reports, frozen. Every output is stored as bytes when published and read back
// as those bytes for ever; figures are stored beside them, so that later corrections can be shown
// as restatements around the frozen body, never inside it. One Editions object per thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "indicators/catalogue.h"
#include "reports/build.h"
#include "reports/document.h"
#include "reports/plan.h"
#include "store/database.h"

namespace klarsyn {

struct Blocker {       // why a report cannot be published
    std::string code;  // "identity", "gap", "withheld", "owner", "no_data"
    LocalText text;
};
struct Edition {
    std::int64_t seq = 0;  // its journal entry
    std::string id;        // "operations_status-2013-04-1"
    std::string plan;
    LocalText title;
    Period period;
    int number = 1;
    std::int64_t as_of = 0;  // the journal entry its figures answer for
    UtcSecond published_at = 0;
    std::string published_by;
    std::int64_t figures = 0;        // how many it holds
    std::vector<std::string> notes;  // text keys: "report.note.no_pdf"
};
struct PublishOutcome {
    std::optional<Edition> edition;                      // none: blocked
    enum class Kind { made, stands } kind = Kind::made;  // stands: no figure changed since then
    std::vector<Blocker> blocked_by;
};
// One frozen figure that a question of today answers differently.
struct Restatement {
    ReportFigure then, now;
    LocalText row;   // "Antal opkald"
    LocalText text;  // "19.383, rettet til 19.391: 8 sent ankomne registreringer"
};

// A day that lacks a feed and was accepted with a note.
struct AcceptedGap {
    Day day = 0;
    std::string note;
    std::string source;  // empty: every source of the table
};

// What publishing needs from outside; all borrowed, all must outlive the call.
struct PublishContext {
    Connection& reader;  // may be the writer
    Connection& writer;
    const Catalogue& catalogue;
    const ReportLibrary& library;
    const Clock& clock;
    const std::string& journal_key;
    FigureSource source;                                                  // on `reader`
    std::function<Result<std::string>(const FigureQuestion&)> refs_hash;  // Figures::refs_hash
    // Accepted gaps of the feeds behind a fact table.
    std::function<Result<std::vector<AcceptedGap>>(std::string_view table, Period)> accepted_gaps;
    std::function<Result<std::string>(std::string_view html)> print_pdf;  // may be empty: no PDF
};

// Checks, builds, freezes; the journal entry "publish" is in the same transaction as the edition.
// An equal edition of the same plan and period is returned instead of a new one.
Result<PublishOutcome> publish(PublishContext& context, const ReportPlan& plan, Period period,
                               const std::string& actor);

// The checks alone: what would block this document now. Every identity of the modules whose figures
// it uses must hold over its span; every missing day of their feeds must have been accepted.
Result<std::vector<Blocker>> publish_blockers(PublishContext& context, const Document& document);

Result<std::vector<Edition>> list_editions(Connection& db);         // oldest first
Result<Edition> find_edition(Connection& db, std::string_view id);  // not_found
Result<std::vector<ReportFigure>> edition_figures(Connection& db, const Edition& edition);
// The stored bytes. format: html fragment csv csv-excel-da json xlsx pdf. not_found where the
// edition has none (a PDF, when there was no Chromium).
Result<std::string> edition_file(Connection& db, const Edition& edition, std::string_view format,
                                 Language language);
// Compares the frozen figures with what `source` answers now; empty when nothing changed.
Result<std::vector<Restatement>> restatements(Connection& db, const Edition& edition,
                                              const ReportLibrary& library,
                                              const Catalogue& catalogue,
                                              const FigureSource& source);
// Editions whose stored files or figures are not those that their journal entry names; by id.
Result<std::vector<std::string>> verify_editions(Connection& db);
// The chapter "Rettelser" that a page puts before the frozen fragment; empty when there are none.
std::string render_restatements(const Edition& edition, const std::vector<Restatement>& list,
                                Language language);

}  // namespace klarsyn
