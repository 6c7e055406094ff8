#include "ingest/verify.h"

#include <algorithm>
#include <map>

#include "indicators/cells.h"
#include "ingest/fact_writer.h"
#include "ingest/import.h"
#include "store/journal.h"

namespace klarsyn {
namespace {

constexpr std::size_t kFaultsMax = 40;

struct Verification {
    std::vector<StoreFault> faults;
    std::map<std::int64_t, FactsDigest> digests;  // by seq, as the rows say
    void add(std::string key, TextArgs args) {
        if (faults.size() < kFaultsMax) faults.push_back({std::move(key), std::move(args)});
    }
};

FactCell cell_of(const Rows& rows, int column, bool textual) {
    FactCell cell;
    if (rows.is_null(column)) return cell;
    cell.kind = textual ? CellKind::text : CellKind::integer;
    if (textual) cell.text = rows.text(column);
    else cell.integer = rows.i64(column);
    return cell;
}

Result<void> verify_table(Connection& db, const FactTableSpec& spec, Verification& found) {
    std::string columns;
    std::vector<bool> textual;
    for (const auto& column : spec.columns) {
        columns += ", " + column;
        textual.push_back(std::find(spec.text_columns.begin(), spec.text_columns.end(), column) !=
                          spec.text_columns.end());
    }
    KL_TRY(auto rows, db.query("SELECT seq, retracted_seq, source_key, row_hash" + columns +
                               " FROM " + std::string(spec.name)));
    const std::vector<bool> later = later_cells(spec);
    std::vector<FactCell> cells(spec.columns.size());
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return {};
        for (std::size_t c = 0; c < cells.size(); ++c) {
            cells[c] = cell_of(*rows, static_cast<int>(c) + 4, textual[c]);
        }
        const std::uint64_t hash = hash_cells(cells, 0, cells.size(), later);
        const std::string key(rows->text(2));
        if (hash != static_cast<std::uint64_t>(rows->i64(3))) {
            found.add("verify.row", {{"table", std::string(spec.name)}, {"key", key}});
        }
        const std::uint64_t digest = digest_row(spec.name, key, hash);
        auto& came = found.digests[rows->i64(0)];
        came.came += digest;
        ++came.rows_came;
        if (!rows->is_null(1)) {
            auto& went = found.digests[rows->i64(1)];
            went.went += digest;
            ++went.rows_went;
        }
    }
}

Result<void> verify_measurements(Connection& db, const SeriesTable& table, Verification& found) {
    std::map<std::int64_t, SeriesDigest> digests;
    KL_TRY(const auto faults, verify_series(db, table, digests));
    for (const auto& fault : faults) {
        found.add("verify.series", {{"table", table.name},
                                    {"series", std::to_string(fault.series)},
                                    {"what", fault.what}});
    }
    for (const auto& [seq, digest] : digests) {
        FactsDigest& sum = found.digests[seq];
        sum.came += digest.came;
        sum.went += digest.went;
        sum.rows_came += digest.rows_came;
        sum.rows_went += digest.rows_went;
    }
    return {};
}

Result<void> verify_digests(Connection& db, Verification& found) {
    KL_TRY(const auto all, entries(db));
    for (const auto& entry : all) {
        if (entry.facts_digest.empty()) continue;
        const auto rows = found.digests.find(entry.seq);
        const std::string now = (rows == found.digests.end() ? FactsDigest{} : rows->second).text();
        if (now != entry.facts_digest) {
            found.add("verify.digest", {{"seq", std::to_string(entry.seq)}});
        }
    }
    return {};
}

Result<void> verify_derivation(Store& store, const std::vector<const Format*>& formats,
                               Verification& found) {
    std::vector<std::pair<std::string, std::string>> feeds;
    {
        KL_TRY(auto rows, store.writer().query("SELECT DISTINCT format, source FROM core_batch"));
        while (true) {
            KL_TRY(const bool more, rows->next());
            if (!more) break;
            feeds.emplace_back(rows->text(0), rows->text(1));
        }
    }
    for (const auto& [name, source] : feeds) {
        for (const auto* format : formats) {
            if (format->name != name) continue;
            KL_TRY(const auto faults, count_derivation_faults(store, *format, source));
            if (faults > 0) {
                found.add("verify.derivation", {{"format", name},
                                                {"source", source},
                                                {"count", std::to_string(faults)}});
            }
        }
    }
    return {};
}

}  // namespace

Result<std::vector<StoreFault>> verify_store(Store& store, const std::vector<const Format*>& formats,
                                             const Catalogue& catalogue) {
    Verification found;
    Connection& db = store.writer();
    KL_TRY(const auto chain, verify_chain(db, store.journal_key()));
    for (const auto& fault : chain) found.add(fault.reason, {{"seq", std::to_string(fault.seq)}});
    std::vector<std::string_view> seen;  // formats may share tables
    for (const auto* format : formats) {
        const std::string_view measured = format->series ? format->series->table.name : "";
        if (format->series && std::find(seen.begin(), seen.end(), measured) == seen.end()) {
            seen.push_back(measured);
            KL_CHECK(verify_measurements(db, format->series->table, found));
        }
        for (const auto& spec : format->tables) {
            if (spec.projection) continue;  // compared with what is derived, below
            if (std::find(seen.begin(), seen.end(), spec.name) != seen.end()) continue;
            seen.push_back(spec.name);
            KL_CHECK(verify_table(db, spec, found));
        }
    }
    KL_CHECK(verify_digests(db, found));
    KL_CHECK(verify_derivation(store, formats, found));
    KL_TRY(const auto cells, verify_cells(db, catalogue));
    for (const auto& fault : cells) {
        found.add("verify.cells",
                  {{"scan", fault.scan}, {"day", iso_date(fault.day)}, {"what", fault.what}});
    }
    return found.faults;
}

}  // namespace klarsyn
