// Histories from exports that tell a case in pieces: snapshots (the whole state at the time of its
// last change) and log lines (one field changed). The pieces of a case, from whichever files and in
// whichever order, become its ordered rows. Pure; thread-safe; texts are views into the caller's.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "ingest/format.h"
#include "modules/servicedesk/case_texts.h"
#include "modules/servicedesk/servicedesk.h"

namespace klarsyn::servicedesk {

enum class Told : std::size_t { state, group, category, type, priority, contact };
inline constexpr std::size_t kToldCount = 6;

// One of several texts, each known or not.
class ToldTexts {
public:
    std::optional<std::string_view>& operator[](Told what) {
        return texts_[static_cast<std::size_t>(what)];
    }
    const std::optional<std::string_view>& operator[](Told what) const {
        return texts_[static_cast<std::size_t>(what)];
    }

private:
    std::array<std::optional<std::string_view>, kToldCount> texts_;
};

// What one row of a file tells. States are "New", "Active", "Pending", "Resolved" or "Closed".
struct CaseChange {
    std::string_view number;
    CaseTime at;
    bool to_the_minute = false;  // its second is not known: it stands behind its minute's others
    bool whole = false;          // a snapshot
    ToldTexts is;
    ToldTexts was;  // a log line: what the field said before
    // Of a snapshot: as it states them. Of a log line: where it opens, resolves or closes.
    std::optional<CaseTime> opened, resolved, closed;
    std::string_view by;          // who made the change
    std::string_view requestors;  // of a snapshot: separated by commas
    bool corresponds = false;     // a public message; a reply where no requestor wrote it
    bool tells_replies = false;
    bool joined = false;    // closes because it was merged into another case
    CaseTexts texts;        // what it says of the case, where it does
    std::uint64_t key = 0;  // rows with one key are one row, corrected
    std::int64_t batch = 0;
    std::uint32_t file = 0;
    std::uint32_t line = 0;
};

// Of changes with one key keeps that of the latest file and line, and orders them: by case, then
// time. The same changes give the same order, whichever file brought them.
void unite(std::vector<CaseChange>& changes);

// Whether `person` is one of `people` ("Anna Berg <anna@x.dk>, bo"), by name or address.
bool is_among(std::string_view person, std::string_view people);

// The rows of one case, for derive_case; `changes` as unite leaves them. Empty for a case of which
// nothing says when it was opened. Leaving Resolved or Closed is a reopening. A snapshot that first
// says Closed and states a resolution was resolved in between.
std::vector<CaseRow> rows_of(std::vector<CaseChange>::const_iterator begin,
                             std::vector<CaseChange>::const_iterator end);

// Unites the changes and writes every case that they tell of.
void derive_changes(std::vector<CaseChange> changes, const DeriveInput& input, FactSink& sink);

}  // namespace klarsyn::servicedesk
