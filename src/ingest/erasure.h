// Erasing a person: what stands about them goes, every figure and the journal's chain stay. Each
// module erases in its own tables; the journal names what was rewritten by digests old and new,
// never the person. docs/operating/personal-data.md tells what is erased where.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/turn.h"
#include "store/store.h"

namespace klarsyn {

// Whom to erase. `phrases` are what the person is called in texts: name, mail, phone, account.
struct ErasureOrder {
    std::vector<std::string> accounts;
    std::vector<std::string> phrases;  // each of at least kErasedPhraseMin bytes
};
inline constexpr std::size_t kErasedPhraseMin = 4;

// What stands where a phrase stood.
inline constexpr std::string_view kErased = "[slettet]";

// What was done, for the journal: digests and counts, no personal data.
struct ErasureReport {
    boost::json::array records;  // {object, n, was, digest}: bodies that were rewritten
    boost::json::array files;    // {was, now}: SHA-256 of raw files and rules that were rewritten
    boost::json::array journal;  // [seq, seal]: entries that named the person (journal_rewrite.h)
    std::int64_t rows = 0;       // of other kinds: drafts, kept answers, calls, attachments
    std::string policy;          // of the retention that did it; empty for a person's erasure
    std::string reason;          // of a person's erasure, without the person
};

// Runs the work as one transaction with one journal entry of kind "erase", whose seq it returns. What
// is deleted is overwritten in the database's pages; overwrite_leftovers does the rest.
using ErasureWork = std::function<Result<void>(WriteTurn& turn, ErasureReport& report)>;
// The same as one command of a turn that somebody else began and commits.
Result<std::int64_t> erase_in_turn(WriteTurn& turn, const std::string& actor,
                                   const ErasureWork& work, ErasureReport& report);
// Whether SQLite overwrites what is deleted from now on; PostgreSQL has no such thing.
Result<void> overwrite_deleted(Connection& db, bool on);
Result<std::int64_t> run_erasure(Store& store, const Clock& clock, const std::string& actor,
                                 const ErasureWork& work, ErasureReport& report);
// Once after erasures, outside transactions: the search index, free pages and what waits for the
// index are overwritten; the log is shortened by Store::checkpoint. Takes seconds.
Result<void> overwrite_leftovers(Connection& writer);

// Whether one of the phrases stands in the text, as a word of its own; ASCII letters in any case.
bool holds_phrase(std::string_view text, const ErasureOrder& order);
// The text with kErased for each of them.
std::string without_phrases(std::string_view text, const ErasureOrder& order);
// The same in every text of a JSON value; whether there was one.
bool erase_in_json(boost::json::value& value, const ErasureOrder& order);
// Phrases as they stand in files: in UTF-8, in ASCII as JSON may write it, and in Latin-1 where they can.
std::vector<std::string> as_in_files(const std::vector<std::string>& phrases);

// Raw files, their rejected rows, and the accounts, in the caller's write transaction. Phrases in
// raw files become as many '*': places stay. An account is removed, with its sessions and tokens,
// and keeps only its role and its times.
Result<void> erase_in_core(WriteTurn& turn, const ErasureOrder& order, ErasureReport& report);

}  // namespace klarsyn
