// The journal: one entry per command or imported batch, chained by a keyed hash. `seq` orders all
// that happened; facts carry the seq that brought them and the seq that retracted them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/time.h"
#include "store/database.h"

namespace klarsyn {

struct JournalEntry {
    std::int64_t seq = 0;
    UtcSecond at = 0;
    std::string actor;
    std::string kind;    // "import", "withdraw", "publish", "user", "accept", "init", ...
    std::string detail;  // JSON object, kind-specific, canonical text
    std::string facts_digest;  // hex; sum over the fact rows that this entry brought and retracted
    std::string previous_hash;
    std::string hash;
};

// Reserves the next seq inside the caller's write transaction.
Result<std::int64_t> next_seq(Connection& db);
// Signs the head of an empty journal; Store::create does it.
Result<void> start_chain(Connection& db, const std::string& key);
// Writes the entry (seq from next_seq), computing the chain. Same transaction as what it describes.
// refused (journal.damaged) where the signed head does not fit the last entry or the key is another:
// a truncated chain is not continued.
Result<void> append_entry(Connection& db, const std::string& key, JournalEntry entry);
Result<std::int64_t> head_seq(Connection& db);  // 0 for an empty journal
// The last seq at or before `at`.
Result<std::int64_t> seq_at(Connection& db, UtcSecond at);
Result<std::optional<JournalEntry>> entry(Connection& db, std::int64_t seq);
Result<std::vector<JournalEntry>> entries(Connection& db, std::string_view kind = {});

struct ChainFault {
    std::int64_t seq = 0;
    std::string reason;  // text key: journal.fault.hash, .missing, .order, .truncated, .head
};
// Empty when the chain is intact. Finds edited, deleted, swapped and cut-off entries; putting back an
// older copy of the whole database is found only by comparing the head with a copy kept elsewhere.
Result<std::vector<ChainFault>> verify_chain(Connection& db, const std::string& key);

// Names: long texts that facts repeat (queues, groups, categories) are stored once in core_name and
// referenced by id. Id 0 is "unknown", also for the empty text; the others are dense from 1.
// Interning is append-only. Copies share one cache; all belong to the connection's thread. What a
// rolled-back transaction interned is forgotten without being asked.
class Names {
public:
    explicit Names(Connection& db);
    Result<std::int64_t> intern(std::string_view text);  // inside a write transaction
    Result<std::optional<std::int64_t>> find(std::string_view text);
    Result<std::string> text(std::int64_t id);  // not_found for an id that was never given out
    void forget();  // drops the cache

private:
    struct Cache;
    void refresh();
    Result<std::optional<std::int64_t>> look_up(std::string_view text);

    Connection& db_;
    std::shared_ptr<Cache> cache_;  // shared: copied Names see one cache
};

}  // namespace klarsyn
