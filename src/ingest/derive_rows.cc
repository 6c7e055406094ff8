#include "ingest/derive_rows.h"

#include <boost/json.hpp>

#include "store/journal.h"

namespace klarsyn {
namespace {

Result<ScannedFile> no_files(std::string_view, const ImportOptions&,
                             const std::vector<std::int64_t>*) {
    return make_error(ErrorCode::invalid_input, "ingest.no_files");
}
RowIdentity no_rows(const GroupRow&) { return {}; }
void no_derivation(const DeriveInput&, FactSink&) {}

Result<std::int64_t> write_difference(Store& store, const Clock& clock, const Format& format,
                                      std::string_view named, const DeriveReason& reason,
                                      const DeriveRows& derive) {
    Connection& db = store.writer();
    Names names(db);
    KL_TRY(const auto seq, next_seq(db));
    KL_TRY(const auto writer, FactWriter::open(db, format, seq, names));
    KL_CHECK(derive(db, seq, *writer));
    const FactsDigest& digest = writer->digest();
    if (digest.rows_came + digest.rows_went == 0) return std::int64_t{0};
    JournalEntry entry;
    entry.seq = seq;
    entry.at = clock.now();
    entry.actor = reason.actor;
    entry.kind = "derive";
    entry.detail =
        boost::json::serialize(boost::json::object{{"format", named}, {"why", reason.why}});
    entry.facts_digest = digest.text();
    KL_CHECK(append_entry(db, store.journal_key(), std::move(entry)));
    KL_CHECK(writer->mark_changed(db));
    return digest.rows_came + digest.rows_went;
}

}  // namespace

Format fileless_format(std::string_view name, std::string_view module,
                       std::vector<FactTableSpec> tables) {
    Format format;
    format.name = name;
    format.module = module;
    format.tables = std::move(tables);
    format.scan = no_files;
    format.identify = no_rows;
    format.derive = no_derivation;
    return format;
}

Result<std::int64_t> derive_rows(Store& store, const Clock& clock, const Format& format,
                                 std::string_view named, const DeriveReason& reason,
                                 const DeriveRows& derive) {
    Connection& db = store.writer();
    KL_CHECK(db.begin_write());
    auto changed = write_difference(store, clock, format, named, reason, derive);
    if (!changed.ok() || *changed == 0) {
        db.rollback();
        return changed;
    }
    KL_CHECK(db.commit());
    return changed;
}

Result<std::int64_t> count_derived_faults(Store& store, const Format& format,
                                          const DeriveRows& derive) {
    Connection& db = store.writer();
    KL_CHECK(db.begin_write());
    Names names(db);
    const auto compare = [&]() -> Result<std::int64_t> {
        KL_TRY(const auto seq, next_seq(db));
        KL_TRY(const auto writer, FactWriter::open(db, format, seq, names));
        KL_CHECK(derive(db, seq, *writer));
        return writer->digest().rows_came + writer->digest().rows_went;
    };
    auto faults = compare();
    db.rollback();
    return faults;
}

}  // namespace klarsyn
