#include "ingest/erasure_columns.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <set>

#include "core/cpr.h"
#include "core/hash.h"
#include "store/attachments.h"
#include "store/cpr_vault.h"
#include "store/journal.h"
#include "store/journal_rewrite.h"

namespace klarsyn {
namespace {

using How = TextColumn::How;

// The texts of a column that hold somebody, each once.
Result<std::set<std::string>> texts_that(Connection& db, const TextColumn& column,
                                         const std::function<bool(std::string_view)>& hold) {
    std::set<std::string> found;
    const std::string name(column.column);
    KL_TRY(const auto rows, db.stream("SELECT " + name + " FROM " + std::string(column.table) +
                                      " WHERE " + name + " IS NOT NULL"));
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return found;
        if (hold(rows->text(0))) found.emplace(rows->text(0));
    }
}

// An account's name, also where that is a mail address and was given as such.
bool is_account(std::string_view text, const ErasureOrder& order) {
    return std::find(order.accounts.begin(), order.accounts.end(), text) != order.accounts.end() ||
           (holds_phrase(text, order) && without_phrases(text, order) == kErased);
}

Result<void> erase_column(Connection& db, const ErasureOrder& order, const TextColumn& column,
                          ErasureReport& report) {
    KL_TRY(const auto found, texts_that(db, column, [&](std::string_view text) {
               return column.how == How::account ? is_account(text, order)
                                                 : holds_phrase(text, order);
           }));
    const std::string table(column.table), name(column.column);
    for (const std::string& was : found) {
        const std::string now =
            column.how == How::account ? std::string(kErased) : without_phrases(was, order);
        const auto done =
            column.how == How::row
                ? db.run("DELETE FROM " + table + " WHERE " + name + " = :was", {{":was", was}})
                : db.run("UPDATE " + table + " SET " + name + " = :now WHERE " + name + " = :was",
                         {{":now", now}, {":was", was}});
        if (!done.ok()) return done.error();
        report.rows += *done;
    }
    return {};
}

}  // namespace

Result<void> check_counted(Connection& db, const ErasureOrder& order,
                           std::span<const TextColumn> columns) {
    for (const TextColumn& column : columns) {
        if (column.how != How::counted) continue;
        KL_TRY(const auto found, texts_that(db, column, [&](std::string_view text) {
                   return holds_phrase(text, order);
               }));
        if (!found.empty()) return make_error(ErrorCode::conflict, "erasure.in_figures");
    }
    return {};
}

Result<void> erase_columns(Connection& db, const ErasureOrder& order,
                           std::span<const TextColumn> columns, ErasureReport& report) {
    for (const TextColumn& column : columns)
        if (column.how == How::phrases || column.how == How::account || column.how == How::row)
            KL_CHECK(erase_column(db, order, column, report));
    return {};
}

Result<void> erase_in_journal(WriteTurn& turn, const ErasureOrder& order, ErasureReport& report) {
    namespace json = boost::json;
    struct Found {
        std::int64_t seq = 0;
        std::string actor, detail;
    };
    std::vector<Found> found;
    {
        KL_TRY(const auto rows, turn.db.stream("SELECT seq, actor, kind, detail FROM core_journal"
                                               " ORDER BY seq"));
        while (true) {
            KL_TRY(const bool more, rows->next());
            if (!more) break;
            Found entry{rows->i64(0), std::string(rows->text(1)), std::string(rows->text(3))};
            const bool acted = is_account(entry.actor, order);
            if (acted) entry.actor = kErased;
            bool told = false;  // an erasure's own detail holds digests alone
            if (rows->text(2) != kErasureKind && holds_phrase(entry.detail, order)) {
                json::error_code error;
                json::value detail = json::parse(entry.detail, error);
                if (error) continue;
                told = erase_in_json(detail, order);
                if (told) entry.detail = json::serialize(detail);
            }
            if (acted || told) found.push_back(std::move(entry));
        }
    }
    if (found.empty()) return {};
    KL_TRY(const auto faults, verify_chain(turn.db, turn.key));
    if (!faults.empty()) return make_error(ErrorCode::refused, "journal.damaged");
    for (const Found& entry : found) {
        KL_TRY(const EntrySeal seal,
               rewrite_entry(turn.db, turn.key, entry.seq, entry.actor, entry.detail));
        report.journal.push_back(json::array{seal.seq, seal.seal});
    }
    return {};
}

Result<void> erase_in_settings(Connection& db, const ErasureOrder& order, ErasureReport& report) {
    KL_TRY(const auto found, texts_that(db, {"core_setting", "text"}, [&](std::string_view text) {
               return holds_phrase(text, order);
           }));
    for (const std::string& was : found) {
        const std::string now = without_phrases(was, order), sha256 = sha256_hex(now);
        KL_TRY([[maybe_unused]] const auto rows,
               db.run("UPDATE core_setting SET text = :now, sha256 = :sha WHERE text = :was",
                      {{":now", now}, {":sha", sha256}, {":was", was}}));
        report.files.push_back({{"was", sha256_hex(was)}, {"now", sha256}});
    }
    return {};
}

Result<void> erase_in_vault(WriteTurn& turn, const ErasureOrder& order, ErasureReport& report) {
    std::set<std::string> wanted, objects;
    for (const std::string& phrase : order.phrases)
        for (const CprSpan& span : find_cprs(phrase)) wanted.insert(span.number);
    if (wanted.empty()) return {};
    {
        KL_TRY(const auto rows, turn.db.query("SELECT DISTINCT object FROM core_cpr"));
        while (true) {
            KL_TRY(const bool more, rows->next());
            if (!more) break;
            objects.emplace(rows->text(0));
        }
    }
    const CprVault vault(turn.key);
    for (const std::string& object : objects) {
        KL_TRY(const auto numbers, vault.reveal(turn.db, object));
        for (const RevealedCpr& one : numbers) {
            if (!wanted.contains(one.number)) continue;
            KL_TRY(const auto gone, turn.db.run("DELETE FROM core_cpr WHERE object = :object AND"
                                                " field = :field AND seq = :seq AND ordinal = :n",
                                                {{":object", object},
                                                 {":field", one.field},
                                                 {":seq", one.seq},
                                                 {":n", one.ordinal}}));
            report.rows += gone;
        }
    }
    return {};
}

namespace {

struct StoredFile {
    Attachment file;
    bool picture = false;
};

Result<std::vector<StoredFile>> stored_files(Connection& db) {
    std::vector<StoredFile> files;
    KL_TRY(const auto rows,
           db.query("SELECT token, blob, size, type FROM core_attachment ORDER BY id"));
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return files;
        StoredFile one;
        one.file.token = rows->text(0);
        one.file.blob = rows->i64(1);
        one.file.size = rows->i64(2);
        one.picture = rows->text(3).starts_with("image/") || rows->text(3).starts_with("video/");
        files.push_back(std::move(one));
    }
}

}  // namespace

Result<void> erase_in_attachments(Connection& db, const ErasureOrder& order,
                                  ErasureReport& report) {
    const ErasureOrder bytes{{}, as_in_files(order.phrases)};
    KL_TRY(const auto files, stored_files(db));
    bool any = false;
    for (const StoredFile& one : files) {
        if (one.picture) continue;
        std::string content;
        for (std::int64_t piece = 0;; ++piece) {
            KL_TRY(const std::string read, read_piece(db, one.file, piece));
            if (read.empty()) break;
            content += read;
        }
        if (!holds_phrase(content, bytes)) continue;
        KL_TRY([[maybe_unused]] const bool gone, remove_attachment(db, one.file.token));
        ++report.rows;
        any = true;
    }
    if (!any) return {};
    KL_TRY([[maybe_unused]] const auto swept, sweep_attachments(db));
    return {};
}

}  // namespace klarsyn
