// A turn of the writer: what commands work with that bring records while the server runs. Commands
// that arrive together share one transaction; each is a part of it, can fail alone, and has one
// journal entry. One thread; lives for one transaction.
//
// A command calls begin_entry, writes its rows with that seq, gives groups to facts(), and ends with
// end_entry. What must happen only once the commit is on disk (telling the event stream) goes to
// after_commit.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"
#include "ingest/fact_writer.h"
#include "store/search.h"
#include "store/series.h"

namespace klarsyn {

// Something that people who are looking should hear of: a case moved, a call rang.
struct Announcement {
    std::string kind;     // "case", "call", "notice", "view"
    std::string data;     // one JSON object
    std::string org;      // only for accounts that may see this organisation; empty: for all
    std::string account;  // only for this account; empty: for all
};

// What a thread keeps from one turn to the next: names that it knows, and what modules have parsed
// (settings), by name; each checks for itself whether it still holds.
struct ThreadMemory {
    explicit ThreadMemory(Connection& db, std::shared_ptr<Search> search_of_all = {})
        : names(db),
          search(search_of_all ? std::move(search_of_all) : std::make_shared<Search>()) {}
    Names names;
    std::shared_ptr<Search> search;  // shared by the readers of one process: it knows all words
    std::map<std::string, std::shared_ptr<const void>, std::less<>> parsed;  // shared: readers hold on
    std::map<std::string, std::shared_ptr<SeriesWriter>, std::less<>> series;  // of the writer
};

class WriteTurn {
public:
    WriteTurn(Connection& connection, ThreadMemory& thread_memory, const std::string& journal_key,
              const Clock& clock)
        : db(connection), memory(thread_memory), names(thread_memory.names), key(journal_key),
          now(clock.now()) {}

    Connection& db;
    ThreadMemory& memory;
    Names& names;
    const std::string& key;  // of the journal: also for digests of personal texts
    const UtcSecond now;     // one time for the whole turn

    // Reserves the journal number of the command; one at a time.
    Result<std::int64_t> begin_entry();
    // The writer of a format's facts for the entry that was begun.
    Result<FactWriter*> facts(const Format& format);
    // The writer of a table of measurements; it checks for itself what others wrote since.
    SeriesWriter& series(const SeriesTable& table);
    // Gives the number back where nothing was written under it.
    void drop_entry();
    // Flushes the facts and writes the entry. `detail` is a JSON object without personal data.
    Result<void> end_entry(std::string actor, std::string kind, std::string detail);

    void after_commit(std::function<void()> action) { after_.push_back(std::move(action)); }
    // Told once the commit is on disk, in order; nothing where the part is taken back.
    void announce(Announcement announcement) { announced_.push_back(std::move(announcement)); }

    // For who owns the transaction: around each part, before the commit, and after it.
    void part_begins();
    void part_taken_back();
    Result<void> finish();  // remembers the days of facts that changed, settles the search index
    // Runs what waited and gives back what is to be told.
    std::vector<Announcement> committed();

private:
    struct OpenFacts {
        std::unique_ptr<FactWriter> writer;
        bool used = false;  // by the present entry
    };
    std::int64_t seq_ = 0;  // of the entry that was begun, 0 between entries
    std::map<std::string_view, OpenFacts> facts_;
    std::map<std::string_view, std::set<Day>> dirty_;  // by table
    std::vector<std::function<void()>> after_;
    std::vector<Announcement> announced_;
    std::size_t after_kept_ = 0;
    std::size_t announced_kept_ = 0;
};

// A keyed digest of a text that the journal must not hold: the same text has the same digest under
// one key, and nobody without the key can try texts out. Hex, 32 digits.
std::string keyed_digest(const std::string& key, std::string_view text);

}  // namespace klarsyn
