#include "ingest/work.h"

#include <boost/json.hpp>

#include <algorithm>
#include <iterator>

#include "indicators/cells.h"
#include "ingest/row_union.h"

namespace klarsyn {
namespace {

constexpr std::size_t kGroupsPerSlice = 50'000;  // bounds memory while deriving again

// The newest derivation that a format's tables belong to.
std::int64_t derivation_of(const Format& format) {
    std::int64_t newest = format.series ? format.series->derivation : 1;
    for (const FactTableSpec& spec : format.tables) newest = std::max(newest, spec.derivation);
    return newest;
}

Params feed_of(const Work& work) {
    return {{":format", Value(std::string(work.format.name))}, {":source", Value(work.source)}};
}

// Of the facts that stand; 0 where the source has none. Facts from before derivations were counted
// are of the first.
Result<std::int64_t> standing_derivation(Work& work) {
    KL_TRY(const std::int64_t noted,
           query_i64(work.db,
                     "SELECT derivation FROM core_derivation WHERE format = :format "
                     "AND source = :source",
                     feed_of(work)));
    if (noted > 0) return noted;
    Params others = feed_of(work);
    others.emplace_back(":seq", Value(work.seq));
    KL_TRY(const std::int64_t batches,
           query_i64(work.db,
                     "SELECT COUNT(*) FROM core_batch WHERE format = :format "
                     "AND source = :source AND seq <> :seq AND state <> 'held'",
                     others));
    return batches > 0 ? 1 : 0;
}

Result<void> note_derivation(Work& work) {
    KL_TRY([[maybe_unused]] const auto gone,
           work.db.run("DELETE FROM core_derivation WHERE format = :format AND source = :source",
                       feed_of(work)));
    Params row = feed_of(work);
    row.emplace_back(":derivation", Value(derivation_of(work.format)));
    KL_TRY([[maybe_unused]] const auto added,
           work.db.run("INSERT INTO core_derivation (format, source, derivation) "
                       "VALUES (:format, :source, :derivation)",
                       row));
    return {};
}

Result<std::vector<std::int64_t>> all_groups(Work& work, const std::vector<KnownFile>& live) {
    std::vector<std::int64_t> groups;
    for (const auto& file : live) {
        KL_TRY(const auto own,
               work.intake ? work.intake->groups_in(file) : file_groups(work.db, file));
        groups.insert(groups.end(), own.begin(), own.end());
    }
    return sorted_unique(std::move(groups));
}

// What the source's files say takes the place of all that stands.
Result<void> measure_again(Work& work, const std::vector<KnownFile>& live,
                           const std::vector<std::int64_t>& groups) {
    KL_TRY(const auto stretches, work.intake->stretches());
    std::int64_t done = 0;
    for (const SeriesIntake::Stretch& stretch : stretches) {
        std::vector<std::int64_t> own;
        std::copy_if(groups.begin(), groups.end(), std::back_inserter(own),
                     [&](std::int64_t group) { return stretch.has(group); });
        KL_CHECK(work.intake->forget(stretch));
        KL_CHECK(work.intake->add_files(live, own));
        KL_TRY([[maybe_unused]] const auto change, write_measurements(work));
        done += static_cast<std::int64_t>(own.size());
        if (work.progress) work.progress({"", done, static_cast<std::int64_t>(groups.size())});
    }
    return {};
}

Result<void> derive_all(Work& work, const std::vector<KnownFile>& live) {
    KL_TRY(const auto groups, all_groups(work, live));
    return work.intake ? measure_again(work, live, groups) : derive_again(work, live, groups);
}

}  // namespace

Result<void> mark_all_dirty(Work& work) {
    for (std::size_t t = 0; t < work.format.tables.size(); ++t) {
        const auto& days = work.writer->dirty_days()[t];
        KL_CHECK(mark_dirty(work.db, work.format.tables[t].name, {days.begin(), days.end()}));
    }
    return {};
}

Result<SeriesChange> write_measurements(Work& work) {
    KL_TRY(auto change, work.intake->write(work.seq));
    work.writer->add_measured(change);
    return change;
}

Result<void> derive_again(Work& work, const std::vector<KnownFile>& files,
                          const std::vector<std::int64_t>& groups) {
    if (work.intake) {
        KL_CHECK(work.intake->add_files(files, groups));
        KL_TRY([[maybe_unused]] const auto change, write_measurements(work));
        return {};
    }
    for (std::size_t at = 0; at < groups.size(); at += kGroupsPerSlice) {
        const auto end = std::min(groups.size(), at + kGroupsPerSlice);
        const std::vector<std::int64_t> slice(groups.begin() + static_cast<std::ptrdiff_t>(at),
                                              groups.begin() + static_cast<std::ptrdiff_t>(end));
        RowUnion rows(work.db, work.format);
        KL_CHECK(rows.load(files, slice));
        for (const auto group : slice) {
            KL_CHECK(work.derive(group, rows.rows(group), FactWriter::Group::may_exist));
        }
        if (work.progress) {
            work.progress(
                {"", static_cast<std::int64_t>(end), static_cast<std::int64_t>(groups.size())});
        }
    }
    return {};
}

Result<void> derive_everything(Work& work) {
    KL_TRY(const auto live, live_files(work.db, work.format.name, work.source));
    work.writer->write_all_projections();
    KL_CHECK(derive_all(work, live));
    KL_CHECK(work.writer->flush());
    return note_derivation(work);
}

Result<bool> begin_derivation(Work& work) {
    KL_TRY(const std::int64_t standing, standing_derivation(work));
    if (standing == 0) KL_CHECK(note_derivation(work));
    return standing > 0 && standing < derivation_of(work.format);
}

Result<void> write_entry(Store& store, const Clock& clock, std::int64_t seq, std::string kind,
                         std::string detail, std::string actor, std::string digest) {
    JournalEntry entry;
    entry.seq = seq;
    entry.at = clock.now();
    entry.actor = std::move(actor);
    entry.kind = std::move(kind);
    entry.detail = std::move(detail);
    entry.facts_digest = std::move(digest);
    return append_entry(store.writer(), store.journal_key(), std::move(entry));
}

std::vector<std::int64_t> sorted_unique(std::vector<std::int64_t> values) {
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
    return values;
}

Result<std::int64_t> count_derivation_faults(Store& store, const Format& format,
                                             const std::string& source) {
    auto& db = store.writer();
    static const ImportCallback kSilent;
    KL_CHECK(db.begin_write());
    Work work(db, format, source, kSilent);
    std::int64_t faults = 0;
    const auto compare = [&]() -> Result<void> {
        KL_CHECK(work.begin());
        work.writer->compare_projections();
        KL_CHECK(work.load_state());
        KL_TRY(const std::int64_t standing, standing_derivation(work));
        for (std::size_t t = 0; t < format.tables.size(); ++t) {
            if (format.tables[t].derivation > standing) work.writer->leave_out(t);
        }
        if (format.series && format.series->derivation > standing) return {};  // still facts
        KL_TRY(const auto live, live_files(db, format.name, source));
        KL_CHECK(derive_all(work, live));
        KL_TRY(faults, work.writer->projection_faults(source));
        return {};
    };
    const auto compared = compare();
    db.rollback();
    if (!compared.ok()) return compared.error();
    return faults + work.writer->digest().rows_came + work.writer->digest().rows_went;
}

Result<std::int64_t> derive_source(Store& store, const Clock& clock, const Format& format,
                                   const std::string& source, const DeriveReason& reason,
                                   const ImportCallback& progress) {
    auto& db = store.writer();
    KL_CHECK(db.begin_write());
    Work work(db, format, source, progress);
    const auto apply = [&]() -> Result<void> {
        KL_CHECK(work.begin());
        KL_CHECK(work.load_state());
        KL_CHECK(derive_everything(work));
        KL_CHECK(work.settle());
        KL_CHECK(mark_all_dirty(work));
        const boost::json::object detail{
            {"format", format.name}, {"source", source}, {"why", reason.why}};
        return write_entry(store, clock, work.seq, "derive", boost::json::serialize(detail),
                           reason.actor, work.writer->digest().text());
    };
    if (auto applied = apply(); !applied.ok()) {
        db.rollback();
        return applied.error();
    }
    KL_CHECK(db.commit());
    return work.writer->digest().rows_came + work.writer->digest().rows_went;
}

}  // namespace klarsyn
