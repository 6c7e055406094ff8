// What a module says of one input format. The ingest engine does the rest: raw files, provenance,
// idempotency, corrections, late files, withdrawal, rejects, coverage, journal.
//
// The one idea: rows of all live files of a source fall into groups (all lines of a call, all rows
// of a case), and a module derives the facts of a group from the union of its rows. Importing,
// correcting and withdrawing all mean: derive the touched groups again and write the difference.
// So a withdrawn file leaves everything as if it had never been there. scan, identify and derive
// are pure functions: no database, no clock, safe from several threads.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/hash.h"
#include "core/result.h"
#include "core/text.h"
#include "core/time.h"
#include "ingest/projection_spec.h"
#include "store/journal.h"
#include "store/series.h"

namespace klarsyn {

struct ImportOptions {
    std::string source;                       // defaults to the format's name
    std::string zone = "Europe/Copenhagen";
    std::optional<Period> covers;
    std::string encoding;                     // empty = detect, with a notice
    std::string delimiter;                    // "," ";" "\t"; empty = detect, with a notice
    std::string decimal;                      // "," or "."; empty = detect
    double max_rejects_percent = 1.0;
    std::string mapping;                      // text of the --mapping file (TOML)
    std::string mapping_name;
    std::string groups;                       // text of the --groups file (CSV)
    std::string groups_name;
};

struct Reject {
    std::string file;
    std::int64_t line = 0;        // 1-based line in the file
    std::string field;            // column name, or empty
    std::string key;              // text key of the reason, "reject.time_unreadable"
    TextArgs args;
    std::string raw;              // the row as it stood, at most 2,000 bytes
};

// Something the user should know that is no error: "encoding detected: Windows-1252".
struct Notice {
    std::string key;
    TextArgs args;
};

// One accepted row of a file: where it stands and which group it belongs to. Groups are buckets:
// two calls or cases may share a group by chance, so derive tells them apart by their exact key.
struct SourceRow {
    std::int64_t group = 0;       // >= 0; nearby in time or number means nearby in value
    UtcSecond time = 0;           // the row's own time; decides coverage
    std::uint64_t offset = 0;     // of the row in ScannedFile::text
    std::uint32_t length = 0;
    std::uint32_t line = 0;       // 1-based line in the file
};

// Rows that are measurements; SeriesRow::series is a place in `keys`.
struct SeriesReadings {
    using Key = std::array<std::string, kSeriesDimsMax>;  // texts of the dimensions; empty = unknown
    std::vector<Key> keys;
    std::vector<SeriesRow> rows;  // in file order
};

struct ScannedFile {
    std::shared_ptr<const std::string> owned_text;  // set where the text was converted to UTF-8
    std::string_view text;                           // what the rows' offsets point into
    std::shared_ptr<const void> context;             // the format's own: header columns, zone, ...
    std::vector<SourceRow> rows;                     // in file order
    SeriesReadings readings;                         // of a format with `series`
    std::vector<Reject> rejects;
    std::vector<Notice> notices;
    std::int64_t rows_read = 0;                      // accepted + rejected
    std::uint64_t bytes_read = 0;  // a last line without its end is left for the grown file
};

// A row handed to identify and derive.
struct GroupRow {
    UtcSecond time = 0;
    std::uint32_t line = 0;
    std::string_view bytes;
    const void* context = nullptr;    // of its file
    UtcSecond file_start = 0;         // smallest time in its file
    std::int64_t batch = 0;           // journal seq of its batch: the later batch corrects the earlier
    std::uint32_t file = 0;           // tells files apart, also those of one batch; in import order
};

// Same key and same content: the same row seen again. Same key, other content: a correction.
struct RowIdentity {
    std::uint64_t key = 0;
    std::uint64_t content = 0;
};

// Receives the facts of one group. Columns follow FactTableSpec::columns, in order.
class FactSink {
public:
    virtual ~FactSink() = default;
    // `source_key` is unique within the table and stable: the record's ref.
    virtual void begin(int table, std::string_view source_key) = 0;
    virtual void i64(std::int64_t value) = 0;
    virtual void null() = 0;
    virtual void text(std::string_view value) = 0;
    virtual void end() = 0;
    virtual std::int64_t name(std::string_view text) = 0;  // interns; 0 for an empty text
};

struct FactTableSpec {
    std::string_view name;                     // "telephony_visit"
    std::vector<std::string> columns;          // beside the common ones: id, seq, retracted_seq,
                                               // group_key, source_key, row_hash (all BIGINT but
                                               // source_key TEXT; retracted_seq nullable)
    std::vector<std::string> day_columns;      // those that hold days: {"day"} or {"from_day","to_day"}
    std::vector<std::string> text_columns;     // those that hold texts; all others hold integers
    // Columns that came after the table had rows: they enter a row's hash only where they are
    // neither null, 0 nor empty, so that the rows from before keep theirs.
    std::vector<std::string> later_columns = {};
    // Tables that came after databases had facts of the format belong to a later derivation: facts
    // from before lack their rows until the source is derived again.
    std::int64_t derivation = 1;
    // Set for a projection: `columns` are all its columns but id and key.
    std::optional<ProjectionSpec> projection = std::nullopt;
};

struct DeriveInput {
    std::string_view source;
    std::span<const GroupRow> rows;   // the union over all live files, unordered, with repetitions
    const void* state = nullptr;      // what load_state returned
};

// For formats whose rows are measurements kept in blocks: each row says all of itself, so nothing is
// derived. Of rows with one key the one that was imported last stands.
struct SeriesFormat {
    SeriesTable table;
    std::size_t source_dim = 0;  // which of its dimensions is the source: each has its own
    // Counted like FactTableSpec::derivation: what sources had before is brought over by settle.
    std::int64_t derivation = 1;
    // Deriving and verifying take stretches of time with about so many at once (24 bytes each, twice).
    std::int64_t rows_at_once = 20'000'000;
};

class FactWriter;

struct Format {
    std::string_view name;      // "queue-log"
    std::string_view module;    // "telephony"
    std::vector<FactTableSpec> tables;
    // Reads one file. `wanted`: sorted groups; when given, only their rows are returned (rejects and
    // notices may be left out). An unusable file (no header, wrong format) is an error.
    Result<ScannedFile> (*scan)(std::string_view content, const ImportOptions& options,
                                const std::vector<std::int64_t>* wanted);
    RowIdentity (*identify)(const GroupRow& row);
    void (*derive)(const DeriveInput& input, FactSink& sink);
    // Optional: what derive needs beside the rows (group levels), read inside the transaction.
    Result<std::shared_ptr<const void>> (*load_state)(Connection& db, std::string_view source) = nullptr;
    // Optional: applies the batch's --groups file; returns the groups (keys) that must be derived
    // again because their state changed. Called inside the transaction, before derive.
    Result<std::vector<std::int64_t>> (*apply_state)(Connection& db, std::int64_t seq,
                                                     const ImportOptions& options,
                                                     std::vector<Reject>& rejects) = nullptr;
    // Optional: undoes apply_state of a withdrawn batch; returns the groups to derive again.
    Result<std::vector<std::int64_t>> (*withdraw_state)(Connection& db, std::int64_t seq,
                                                        std::int64_t withdrawn_batch,
                                                        std::string_view source) = nullptr;
    // Optional: facts that do not come from files but depend on this format's. Called inside the
    // transaction of an import or withdrawal once all its groups are derived and flushed; writes
    // through the same writer and flushes it.
    Result<void> (*settle)(Connection& db, std::int64_t seq, FactWriter& writer) = nullptr;
    // Optional: whether the ten digits at `offset` are a time or a number by the format's design.
    // Digits that read like a CPR number are masked everywhere else before the file is scanned.
    bool (*by_design)(std::string_view content, std::size_t offset) = nullptr;
    // False for rules and registers: that a row carries a date does not say that the days between
    // two such rows were observed, so they cover no day (--covers still does).
    bool covers_days = true;
    // Optional: the content without what must not be kept at all (what a message says of a patient).
    // Called before anything else sees the file; called again on its own answer it gives the same.
    std::string (*withhold)(std::string_view content) = nullptr;
    // Set instead of identify and derive: scan gives ScannedFile::readings and no rows, wanted groups
    // are UTC days, and `tables` are those that settle writes.
    std::optional<SeriesFormat> series = std::nullopt;
};

// A group key that keeps numbers near each other: `number` (< 2^38) in the high bits, a hash of the
// exact key, the source and the format below it. For keys without a number use number = hash.
std::int64_t group_key(std::uint64_t number, std::string_view exact_key);

}  // namespace klarsyn
