// What imports, withdrawals and derivations of a source have in common: its transaction's parts.
// Internal to ingest.
#pragma once

#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "ingest/batch_rows.h"
#include "ingest/fact_writer.h"
#include "ingest/files.h"
#include "ingest/import.h"
#include "ingest/raw.h"
#include "ingest/series_intake.h"
#include "store/journal.h"

namespace klarsyn {

// Everything that one import or withdrawal carries through its steps.
struct Work {
    Connection& db;
    const Format& format;
    std::string source;
    std::int64_t seq = 0;
    Names names;
    Search search;
    std::unique_ptr<FactWriter> writer;
    std::unique_ptr<SeriesIntake> intake;  // where the format's rows are measurements
    std::shared_ptr<const void> state;
    BatchReport report;
    const ImportCallback& progress;
    std::set<Day> feed_days;
    std::vector<std::string> hashes;  // of the batch's files as kept
    std::vector<RawKeeping> packing;  // files that are packed while their rows are written

    Work(Connection& connection, const Format& chosen, std::string of, const ImportCallback& tell)
        : db(connection),
          format(chosen),
          source(std::move(of)),
          names(connection),
          progress(tell) {}

    Result<void> begin() {
        KL_TRY(seq, next_seq(db));
        KL_TRY(writer, FactWriter::open(db, format, seq, names, &search));
        if (format.series) intake = std::make_unique<SeriesIntake>(db, format, source, names);
        return {};
    }
    Result<void> load_state() {
        if (!format.load_state) return {};
        KL_TRY(state, format.load_state(db, source));
        return {};
    }
    Result<void> derive(std::int64_t group, std::span<const GroupRow> rows,
                        FactWriter::Group kind) {
        KL_CHECK(writer->begin_group(group, kind));
        format.derive({source, rows, state.get()}, *writer);
        return writer->end_group();
    }
    Result<void> settle() {
        return format.settle ? format.settle(db, seq, *writer) : Result<void>();
    }
};

Result<void> mark_all_dirty(Work& work);
// Writes the measurements that were handed over; they belong to the work's entry.
Result<SeriesChange> write_measurements(Work& work);
// Groups of `files` again from the union of their rows.
Result<void> derive_again(Work& work, const std::vector<KnownFile>& files,
                          const std::vector<std::int64_t>& groups);
// All groups of the source again, with the format's present tables.
Result<void> derive_everything(Work& work);
// Of the format of a new batch: notes that its facts are of the present derivation where the source
// had none; true where it had facts of an earlier one, which must be derived again.
Result<bool> begin_derivation(Work& work);

Result<void> write_entry(Store& store, const Clock& clock, std::int64_t seq, std::string kind,
                         std::string detail, std::string actor, std::string digest);
std::vector<std::int64_t> sorted_unique(std::vector<std::int64_t> values);

}  // namespace klarsyn
