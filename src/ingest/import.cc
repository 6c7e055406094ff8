#include "ingest/import.h"

#include <boost/json.hpp>

#include <algorithm>
#include <set>
#include <unordered_map>

#include "indicators/cells.h"
#include "ingest/batch_list.h"
#include "ingest/batch_rows.h"
#include "ingest/fact_writer.h"
#include "ingest/files.h"
#include "ingest/mask.h"
#include "ingest/raw.h"
#include "ingest/row_union.h"
#include "ingest/series_intake.h"
#include "ingest/table_file.h"
#include "ingest/work.h"

namespace klarsyn {
namespace {

namespace json = boost::json;

constexpr std::size_t kRejectsShown = 1000;
constexpr std::int64_t kProgressRows = 100'000;

// New, changed or unchanged, judged against the same rows of other live files. A row counts as often
// as the file that has it most often.
void count_rows(const Format& format, std::span<const GroupRow> own,
                const std::vector<GroupRow>& others, BatchReport& report) {
    std::unordered_map<std::uint64_t, std::unordered_map<std::uint64_t, int>> times;  // key, file
    std::unordered_map<std::uint64_t, std::pair<std::uint32_t, std::uint64_t>> latest;
    for (const auto& row : others) {
        const auto identity = format.identify(row);
        ++times[identity.key][row.file];
        auto& content = latest[identity.key];
        if (row.file >= content.first) content = {row.file, identity.content};
    }
    std::unordered_map<std::uint64_t, int> seen;
    for (const auto& row : own) {
        const auto identity = format.identify(row);
        int known = 0;
        if (const auto found = times.find(identity.key); found != times.end()) {
            for (const auto& [file, count] : found->second) known = std::max(known, count);
        }
        if (seen[identity.key]++ >= known) ++report.rows_new;
        else if (latest[identity.key].second == identity.content) ++report.rows_unchanged;
        else ++report.rows_changed;
    }
}

template <typename Row>
void collect_feed_days(const std::vector<Row>& rows, std::set<Day>& days) {
    UtcSecond from = 0;
    UtcSecond to = 0;  // rows of one day come together: most need no conversion
    for (const auto& row : rows) {
        if ((row.time >= from && row.time < to) || row.time == kNoTime) continue;
        const Day day = Zone::copenhagen().to_local(row.time).day;
        from = day_start(day);
        to = day_end(day);
        days.insert(day);
    }
}

std::vector<std::int64_t> groups_of(const std::vector<SourceRow>& sorted) {
    std::vector<std::int64_t> groups;
    for (const auto& row : sorted) {
        if (groups.empty() || groups.back() != row.group) groups.push_back(row.group);
    }
    return groups;
}

GroupRow group_row(const ScannedFile& scanned, const SourceRow& row, const KnownFile& file) {
    GroupRow result;
    result.time = row.time;
    result.line = row.line;
    result.bytes = scanned.text.substr(row.offset, row.length);
    result.context = scanned.context.get();
    result.file_start = file.start;
    result.batch = file.batch;
    result.file = file.number;
    return result;
}

// Derives the groups of a freshly scanned file; those that other files have too from the union.
Result<void> derive_file(Work& work, const ScannedFile& scanned, const KnownFile& file,
                         const std::vector<SourceRow>& sorted, const RowUnion& others) {
    std::vector<GroupRow> rows;
    std::int64_t done = 0;
    for (std::size_t at = 0; at < sorted.size();) {
        const std::int64_t group = sorted[at].group;
        rows.clear();
        for (; at < sorted.size() && sorted[at].group == group; ++at) {
            rows.push_back(group_row(scanned, sorted[at], file));
        }
        const auto own = rows.size();
        if (others.touches(group)) {
            const auto& known = others.rows(group);
            count_rows(work.format, rows, known, work.report);
            rows.insert(rows.end(), known.begin(), known.end());
            KL_CHECK(work.derive(group, rows, FactWriter::Group::may_exist));
        } else {
            work.report.rows_new += static_cast<std::int64_t>(own);
            KL_CHECK(work.derive(group, rows, FactWriter::Group::fresh));
        }
        if (work.progress && (done / kProgressRows) !=
                                 ((done + static_cast<std::int64_t>(own)) / kProgressRows)) {
            work.progress({file.name, done, static_cast<std::int64_t>(sorted.size())});
        }
        done += static_cast<std::int64_t>(own);
    }
    return {};
}

// A packed log has hardly any line ends: it would pass for an empty one.
Result<void> check_unpacked(const InputFile& input) {
    for (const std::string_view magic : {"\x1f\x8b", "PK\x03\x04", "\x28\xb5\x2f\xfd", "BZh"}) {
        if (!std::string_view(input.content).starts_with(magic)) continue;
        Error error = make_error(ErrorCode::invalid_input, "ingest.packed");
        error.file = input.name;
        return error;
    }
    return {};
}

// Rows sorted by group for derivation; the scan itself may go once its text is all that is needed.
Result<void> import_file(Work& work, const ImportRequest& request, const InputFile& input,
                         std::int64_t ordinal) {
    if (work.progress) work.progress({input.name, 0, 0});
    KL_CHECK(check_unpacked(input));
    KL_TRY(const auto base, latest_raw(work.db, work.format.name, work.source,
                                       static_cast<std::int64_t>(input.content.size())));
    KL_TRY(RawKeeping raw, RawKeeping::begin(work.db, input.content, base));
    auto scan = work.format.scan(input.content, request.options, nullptr);
    if (!scan.ok()) {
        Error error = scan.error();
        if (error.file.empty()) error.file = input.name;
        return error;
    }
    ScannedFile scanned = scan.take();
    auto& report = work.report;
    report.rows_read += scanned.rows_read;
    report.rows_rejected += static_cast<std::int64_t>(scanned.rejects.size());
    report.notices.insert(report.notices.end(), scanned.notices.begin(), scanned.notices.end());
    for (auto& reject : scanned.rejects) {
        reject.file = input.name;
        report.rejects.push_back(std::move(reject));
    }
    if (work.format.covers_days) {
        collect_feed_days(scanned.rows, work.feed_days);
        collect_feed_days(scanned.readings.rows, work.feed_days);
    }

    KnownFile file;
    file.batch = work.seq;
    file.ordinal = ordinal;
    file.name = input.name;
    file.size = static_cast<std::int64_t>(input.content.size());
    file.start = file_start(scanned);
    KL_TRY(file.sha256, raw.name(work.db));
    work.hashes.push_back(file.sha256);

    std::stable_sort(scanned.rows.begin(), scanned.rows.end(),
                     [](const SourceRow& a, const SourceRow& b) { return a.group < b.group; });
    const auto groups =
        work.intake ? series_groups(scanned.readings) : groups_of(scanned.rows);
    const GroupRange range = groups.empty() ? GroupRange{0, -1}
                                            : GroupRange{groups.front(), groups.back()};
    KL_TRY(const auto live, live_files(work.db, work.format.name, work.source, range));
    file.number = static_cast<std::uint32_t>(live.size() + 1);
    KL_CHECK(write_file(work.db, file, groups));
    if (work.intake) {
        work.packing.push_back(std::move(raw));
        return work.intake->add(std::move(scanned.readings));
    }
    KL_CHECK(raw.end(work.db));
    RowUnion others(work.db, work.format);
    KL_CHECK(others.load(live, groups));
    KL_CHECK(derive_file(work, scanned, file, scanned.rows, others));
    return work.writer->flush();
}

std::string detail_of(const BatchReport& report, const std::vector<std::string>& hashes) {
    json::object detail;
    detail["batch"] = report.batch;
    detail["source"] = report.source;
    detail["format"] = report.format;
    detail["state"] = report.state;
    json::array files;
    for (std::size_t i = 0; i < report.files.size(); ++i) {
        files.push_back({{"name", report.files[i]}, {"sha256", hashes[i]}});
    }
    detail["files"] = std::move(files);
    detail["read"] = report.rows_read;
    detail["new"] = report.rows_new;
    detail["changed"] = report.rows_changed;
    detail["unchanged"] = report.rows_unchanged;
    detail["rejected"] = report.rows_rejected;
    return json::serialize(detail);
}

std::vector<std::string> hashes_of(const ImportRequest& request) {
    std::vector<std::string> hashes;
    for (const auto& file : request.files) hashes.push_back(sha256_hex(file.content));
    return hashes;
}

bool above_limit(const BatchReport& report, double percent) {
    return static_cast<double>(report.rows_rejected) * 100.0 >
           percent * static_cast<double>(report.rows_read);
}

// The rows are rolled back; what the batch was and why it is held stays.
Result<void> hold_batch(Store& store, const Clock& clock, const ImportRequest& request,
                        BatchReport& report) {
    auto& db = store.writer();
    KL_CHECK(db.begin_write());
    KL_TRY(report.seq, next_seq(db));
    report.batch = batch_id(report.seq);
    report.state = "held";
    report.rows_new = report.rows_changed = report.rows_unchanged = 0;
    KL_CHECK(write_batch(db, *request.format, request.options, report));
    std::int64_t ordinal = 0;
    for (const auto& input : request.files) {
        KnownFile file;
        file.batch = report.seq;
        file.ordinal = ordinal++;
        file.name = input.name;
        file.size = static_cast<std::int64_t>(input.content.size());
        KL_TRY(file.sha256, keep_raw(db, input.content, {}));
        KL_CHECK(write_file(db, file, {}));
    }
    KL_CHECK(write_rejects(db, report.seq, report.rejects));
    KL_CHECK(write_entry(store, clock, report.seq, "import", detail_of(report, hashes_of(request)),
                         request.actor, FactsDigest{}.text()));
    return db.commit();
}

// A register: the first table holds spans, so rows say what stands, not what happened on a day.
bool tells_what_stands(const Format& format) {
    if (format.series) return false;
    const auto& days = format.tables.front().day_columns;
    return days.size() == 2 && days.front() == "from_day";
}

// Which days the batch tells of. A register tells of all days from its first row (or --covers) up to
// the day of its import, whether or not anything changed on them.
Result<void> cover_days(Work& work, const Clock& clock, const std::optional<Period>& covers) {
    const FeedEntry feed{work.seq, std::string(work.format.module), work.source};
    if (!tells_what_stands(work.format)) return write_coverage(work.db, feed, work.feed_days, covers);
    const Day today = Zone::copenhagen().to_local(clock.now()).day;
    Period period{today, today};
    if (!work.feed_days.empty()) period.from = std::min(today, *work.feed_days.begin());
    if (covers) period = {std::min(period.from, covers->from), std::max(period.to, covers->to)};
    return write_standing_coverage(work.db, feed, period);
}

// Two formats of one module under one source would derive the same cases twice; measurements that
// came by themselves have no file from which they could be derived again.
Result<void> check_source(Work& work) {
    if (work.format.series) {
        KL_TRY(const auto live,
               query_i64(work.db,
                         "SELECT COUNT(*) FROM core_feed_day f WHERE f.module = :module AND "
                         "f.source = :source AND f.retracted_seq IS NULL AND NOT EXISTS "
                         "(SELECT 1 FROM core_batch b WHERE b.seq = f.seq)",
                         {{":module", Value(std::string(work.format.module))},
                          {":source", Value(work.source)}}));
        if (live > 0) {
            return make_error(ErrorCode::refused, "ingest.source_live", {{"source", work.source}});
        }
    }
    KL_TRY(auto rows,
           work.db.query("SELECT format FROM core_batch WHERE source = :source AND module = :module "
                         "AND format <> :format AND state = 'applied'",
                         {{":source", Value(work.source)},
                          {":module", Value(std::string(work.format.module))},
                          {":format", Value(std::string(work.format.name))}}));
    KL_TRY(const bool taken, rows->next());
    if (!taken) return {};
    return make_error(ErrorCode::refused, "ingest.source_taken",
                      {{"source", work.source}, {"format", std::string(rows->text(0))}});
}

// Everything of an import inside its transaction, up to but without the commit.
Result<void> apply_batch(Store& store, const Clock& clock, const ImportRequest& request, Work& work) {
    auto& report = work.report;
    KL_CHECK(check_source(work));
    KL_CHECK(work.begin());
    report.seq = work.seq;
    report.batch = batch_id(work.seq);
    KL_CHECK(write_batch(work.db, work.format, request.options, report));
    std::vector<std::int64_t> again;
    if (work.format.apply_state) {
        std::vector<Reject> rejects;
        KL_TRY(again, work.format.apply_state(work.db, work.seq, request.options, rejects));
        report.rows_rejected += static_cast<std::int64_t>(rejects.size());
        report.rows_read += static_cast<std::int64_t>(rejects.size());
        for (auto& reject : rejects) report.rejects.push_back(std::move(reject));
    }
    KL_CHECK(work.load_state());
    KL_TRY(const bool outdated, begin_derivation(work));
    std::int64_t ordinal = 0;
    for (const auto& input : request.files) {
        report.files.push_back(input.name);
        KL_CHECK(import_file(work, request, input, ordinal++));
    }
    if (work.intake) {
        KL_TRY(const SeriesChange change, write_measurements(work));
        report.rows_new += change.added;
        report.rows_changed += change.changed;
        report.rows_unchanged += change.unchanged;
        for (RawKeeping& raw : work.packing) KL_CHECK(raw.end(work.db));
        work.packing.clear();
    }
    if (outdated) {
        KL_CHECK(derive_everything(work));
    } else if (!again.empty()) {
        KL_TRY(const auto live, live_files(work.db, work.format.name, work.source));
        KL_CHECK(derive_again(work, live, sorted_unique(std::move(again))));
        KL_CHECK(work.writer->flush());
    }
    KL_CHECK(work.settle());
    KL_CHECK(update_batch(work.db, report));
    KL_CHECK(write_rejects(work.db, work.seq, report.rejects));
    KL_CHECK(cover_days(work, clock, request.options.covers));
    KL_CHECK(mark_all_dirty(work));
    if (request.also) KL_CHECK(request.also(work.db, work.seq));
    return write_entry(store, clock, work.seq, "import", detail_of(report, work.hashes),
                       request.actor, work.writer->digest().text());
}

// The import of files that may be kept as they are.
Result<BatchReport> import_masked(Store& store, const Clock& clock, const ImportRequest& request,
                                  const ImportCallback& progress) {
    auto& db = store.writer();
    Work work(db, *request.format, request.options.source, progress);
    work.report.source = request.options.source;
    work.report.format = std::string(request.format->name);
    KL_CHECK(db.begin_write());
    if (auto applied = apply_batch(store, clock, request, work); !applied.ok()) {
        db.rollback();
        return applied.error();
    }
    const bool held = above_limit(work.report, request.options.max_rejects_percent);
    if (request.mode == ImportMode::dry_run || held) {
        db.rollback();
        work.names.forget();
        if (request.mode == ImportMode::dry_run) {
            work.report.batch.clear();
            work.report.seq = 0;
            if (held) work.report.state = "held";
        } else if (auto kept = hold_batch(store, clock, request, work.report); !kept.ok()) {
            db.rollback();
            return kept.error();
        }
    } else {
        KL_CHECK(db.commit());
    }
    if (work.report.rejects.size() > kRejectsShown) work.report.rejects.resize(kRejectsShown);
    return std::move(work.report);
}

}  // namespace

Result<BatchReport> import_batch(Store& store, const Clock& clock, const ImportRequest& request,
                                 const ImportCallback& progress) {
    const MaskedRequest masked = mask_request(request);
    KL_TRY(auto report,
           import_masked(store, clock, masked.request ? *masked.request : request, progress));
    if (masked.numbers > 0) {
        report.notices.push_back(
            {"ingest.notice.cpr_masked", {{"count", std::to_string(masked.numbers)}}});
    }
    return report;
}

namespace {

Result<void> apply_withdrawal(Store& store, const Clock& clock, Work& work, std::int64_t batch,
                              const std::string& why, const std::string& actor) {
    KL_TRY(const auto known, batch_state(work.db, batch));
    if (known.state == "withdrawn") {
        return make_error(ErrorCode::conflict, "ingest.batch_withdrawn", {{"batch", batch_id(batch)}});
    }
    KL_CHECK(work.begin());
    if (work.intake) {  // facts from before blocks cannot be told apart by batch any more
        KL_TRY(const bool outdated, begin_derivation(work));
        if (outdated) return make_error(ErrorCode::refused, "ingest.derive_first");
    }
    KL_TRY(const auto before, live_files(work.db, work.format.name, work.source));
    std::vector<std::int64_t> groups;
    std::vector<KnownFile> withdrawn;
    for (const auto& file : before) {
        if (file.batch != batch) continue;
        withdrawn.push_back(file);
        KL_TRY(const auto own, file_groups(work.db, file));
        groups.insert(groups.end(), own.begin(), own.end());
    }
    KL_TRY([[maybe_unused]] const auto changed,
           work.db.run("UPDATE core_batch SET state = 'withdrawn', withdrawn_seq = :seq "
                       "WHERE seq = :batch",
                       {{":seq", Value(work.seq)}, {":batch", Value(batch)}}));
    KL_CHECK(retract_coverage(work.db, batch, work.seq));
    if (work.format.withdraw_state && known.state == "applied") {
        KL_TRY(const auto again,
               work.format.withdraw_state(work.db, work.seq, batch, work.source));
        groups.insert(groups.end(), again.begin(), again.end());
    }
    KL_CHECK(work.load_state());
    KL_TRY(const auto live, live_files(work.db, work.format.name, work.source));
    groups = sorted_unique(std::move(groups));
    if (work.intake) KL_CHECK(work.intake->forget_files(withdrawn, groups));
    KL_CHECK(derive_again(work, live, groups));
    KL_CHECK(work.writer->flush());
    KL_CHECK(work.settle());
    KL_CHECK(mark_all_dirty(work));
    json::object detail;
    detail["batch"] = batch_id(batch);
    detail["why"] = why;
    return write_entry(store, clock, work.seq, "withdraw", json::serialize(detail), actor,
                       work.writer->digest().text());
}

}  // namespace

Result<std::int64_t> withdraw_batch(Store& store, const Clock& clock, const Format& format,
                                    std::int64_t batch, const std::string& why,
                                    const std::string& actor, const ImportCallback& progress) {
    auto& db = store.writer();
    KL_CHECK(db.begin_write());
    auto known = batch_state(db, batch);
    if (!known.ok()) {
        db.rollback();
        return known.error();
    }
    Work work(db, format, known->source, progress);
    if (auto applied = apply_withdrawal(store, clock, work, batch, why, actor); !applied.ok()) {
        db.rollback();
        return applied.error();
    }
    KL_CHECK(db.commit());
    return work.seq;
}

}  // namespace klarsyn
