// Imports and withdrawals: one journal entry and one transaction each, so that a kill anywhere
// leaves either nothing or everything. Free functions; the caller owns the writer connection.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/time.h"
#include "ingest/format.h"
#include "store/store.h"

namespace klarsyn {

struct InputFile {
    std::string name;     // as the user named it
    std::string content;
};

enum class ImportMode { apply, dry_run };

struct ImportRequest {
    const Format* format = nullptr;
    ImportOptions options;
    std::vector<InputFile> files;
    std::string actor;
    ImportMode mode = ImportMode::apply;
    // Optional: what is to be kept together with the batch, or not at all. Called with its seq
    // inside the transaction; not for a batch that is held.
    std::function<Result<void>(Connection& db, std::int64_t seq)> also;
};

struct BatchReport {
    std::string batch;            // "B12"; empty for a dry run
    std::int64_t seq = 0;
    std::string source;
    std::string format;
    std::vector<std::string> files;
    std::int64_t rows_read = 0;   // = new + changed + unchanged + rejected, unless held
    std::int64_t rows_new = 0;
    std::int64_t rows_changed = 0;
    std::int64_t rows_unchanged = 0;
    std::int64_t rows_rejected = 0;
    std::string state = "applied";  // applied, held, withdrawn
    bool withdrawn() const { return state == "withdrawn"; }
    std::vector<Notice> notices;
    std::vector<Reject> rejects;  // of this import or dry run; at most 1,000
};

struct ImportProgress {
    std::string file;
    std::int64_t rows_done = 0;
    std::int64_t rows_total = 0;
};
using ImportCallback = std::function<void(const ImportProgress&)>;

// A batch above its reject limit is held: kept with its rejects, none of its rows applied; that is
// no error of this function (state = "held"). Errors: an unusable file (named), a full disk.
Result<BatchReport> import_batch(Store& store, const Clock& clock, const ImportRequest& request,
                                 const ImportCallback& progress = {});

// not_found for an unknown batch, conflict for one withdrawn already. Returns the entry's seq.
Result<std::int64_t> withdraw_batch(Store& store, const Clock& clock, const Format& format,
                                    std::int64_t batch, const std::string& why,
                                    const std::string& actor, const ImportCallback& progress = {});

// Derives everything of one format and source again from its raw files and compares with the facts
// that stand. Returns how many rows differ; changes nothing. Tables of a later derivation than the
// standing facts are left out: those facts came before the tables did.
Result<std::int64_t> count_derivation_faults(Store& store, const Format& format,
                                             const std::string& source);

// Derives everything of one format and source again and writes the difference, in one journal entry
// of kind "derive": after other settings, or for facts of an earlier derivation. Returns how many
// rows came and went.
struct DeriveReason {
    std::string why;
    std::string actor;
};
Result<std::int64_t> derive_source(Store& store, const Clock& clock, const Format& format,
                                   const std::string& source, const DeriveReason& reason,
                                   const ImportCallback& progress = {});

}  // namespace klarsyn
