// What a probe has measured and not delivered yet, in a file of its machine (SQLite, synced at
// every measurement). Batches are formed once and keep their number and content until the server
// has them, also through a kill, so that nothing counts twice. Bounded: what is too old or too much
// is dropped, the oldest first, and counted. Thread-safe; two processes may share the file.
//
// Errors: unavailable (probe.store.failed) where the disk refuses.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"

struct sqlite3;

namespace klarsyn {

struct LocalLimits {
    std::int64_t bytes_max = std::int64_t{256} << 20;
    std::int64_t age_max_s = 90 * 86'400;
};

class LocalStore {
public:
    // A file that is damaged is put aside (its name gets ".damaged") and a new one begun.
    static Result<std::unique_ptr<LocalStore>> open(const std::string& path,
                                                    const LocalLimits& limits);
    ~LocalStore();
    LocalStore(const LocalStore&) = delete;
    LocalStore& operator=(const LocalStore&) = delete;
    bool put_aside() const { return put_aside_; }  // the file was damaged

    enum class Kind { result, unable };
    // On disk when this returns. `body`: a JSON object as a batch holds it. The slot of the series
    // is noted in the same transaction.
    Result<void> keep(Kind kind, UtcSecond at, std::string_view body, std::string_view series,
                      UtcSecond slot);
    // Several at once, and a note (remember) with them, in one transaction; no slot.
    struct Item {
        UtcSecond at = 0;
        std::string body;
    };
    Result<void> keep_all(Kind kind, const std::vector<Item>& items, std::string_view note_name = {},
                          std::string_view note_text = {});
    // The slot that was kept last; none for a new series.
    Result<std::optional<UtcSecond>> last_slot(std::string_view series);

    struct Batch {
        std::string epoch;
        std::int64_t number = 0;
        std::vector<std::string> results, unable;
    };
    // The batch that is under way, or a new one of what waits, at most `most`; none: nothing waits.
    Result<std::optional<Batch>> next_batch(std::int64_t most);
    Result<void> delivered(std::int64_t number);
    // The server cannot read the batch as a whole: half of it goes back to what waits, so that the
    // rest is found out; a batch of one is put aside and counted as refused.
    Result<void> refused(std::int64_t number);
    // The server knows another life of this store: what waits is delivered in a new one.
    Result<void> begin_epoch();

    struct Counts {
        std::int64_t waiting = 0, dropped = 0, refused = 0;
    };
    Result<Counts> counts();
    // Drops what is over the limits; how many measurements that were.
    Result<std::int64_t> prune(UtcSecond now);

    // Small notes: the last plan, versions of messages that were shown.
    Result<std::string> recall(std::string_view name);  // empty: never noted
    Result<void> remember(std::string_view name, std::string_view text);

private:
    class Statement;
    class Change;
    LocalStore(sqlite3* db, const LocalLimits& limits) : db_(db), limits_(limits) {}
    Result<void> run(const char* sql);
    Result<void> prepare();
    Result<std::int64_t> number(const char* sql);
    Result<void> add(std::string_view name, std::int64_t more);
    Result<std::string> recall_locked(std::string_view name);
    Result<void> remember_locked(std::string_view name, std::string_view text);
    Error failed() const;

    std::mutex mutex_;
    sqlite3* db_;
    LocalLimits limits_;
    bool put_aside_ = false;
};

}  // namespace klarsyn
