#include "ingest/erasure.h"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <map>

#include "core/hash.h"
#include "ingest/raw.h"

namespace klarsyn {
namespace {

namespace json = boost::json;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Part of a word: letters, digits, and every byte of a letter beyond ASCII.
bool in_word(char c) {
    const char l = lower(c);
    return (l >= 'a' && l <= 'z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80;
}

bool starts_here(std::string_view text, std::size_t at, std::string_view phrase) {
    if (text.size() - at < phrase.size()) return false;
    for (std::size_t i = 0; i < phrase.size(); ++i)
        if (lower(text[at + i]) != lower(phrase[i])) return false;
    const std::size_t end = at + phrase.size();
    const bool begins = at == 0 || !in_word(text[at - 1]) || !in_word(phrase.front());
    const bool ends = end == text.size() || !in_word(text[end]) || !in_word(phrase.back());
    return begins && ends;
}

struct Place {
    std::size_t begin = 0, size = 0;
};

// Where the phrases stand, the longest first where several begin at one place.
std::vector<Place> places_of(std::string_view text, const std::vector<std::string>& phrases) {
    std::vector<Place> places;
    for (std::size_t at = 0; at < text.size();) {
        std::size_t longest = 0;
        for (const std::string& phrase : phrases)
            if (phrase.size() > longest && starts_here(text, at, phrase)) longest = phrase.size();
        if (longest != 0) places.push_back({at, longest});
        at += std::max<std::size_t>(1, longest);
    }
    return places;
}

// Phrases as they stand in files: in UTF-8, and in Latin-1 where they can.
std::vector<std::string> in_both_encodings(const std::vector<std::string>& phrases) {
    std::vector<std::string> all = phrases;
    for (const std::string& phrase : phrases) {
        std::string latin;
        bool possible = true;
        for (std::size_t i = 0; i < phrase.size() && possible; ++i) {
            const auto byte = static_cast<unsigned char>(phrase[i]);
            if (byte < 0x80) {
                latin += phrase[i];
            } else if ((byte == 0xC2 || byte == 0xC3) && i + 1 < phrase.size()) {
                const auto next = static_cast<unsigned char>(phrase[++i]);
                latin += static_cast<char>(((byte & 3) << 6) | (next & 0x3F));
            } else {
                possible = false;
            }
        }
        if (possible && latin != phrase) all.push_back(std::move(latin));
    }
    return all;
}

bool starred(std::string& bytes, const std::vector<std::string>& phrases) {
    const std::vector<Place> places = places_of(bytes, phrases);
    for (const Place& place : places)
        std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(place.begin), place.size, '*');
    return !places.empty();
}

// Figures are counted by names (core_name); a phrase in one of them must stay in the raw files.
Result<void> check_names(Connection& db, const ErasureOrder& order) {
    KL_TRY(const auto rows, db.stream("SELECT text FROM core_name WHERE id > 0"));
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return {};
        if (holds_phrase(rows->text(0), order))
            return make_error(ErrorCode::conflict, "erasure.in_figures");
    }
}

struct RawRow {
    std::string sha256, base;
};

Result<std::vector<RawRow>> raw_rows(Connection& db) {
    KL_TRY(const auto rows, db.query("SELECT sha256, base_sha256 FROM core_raw ORDER BY size, sha256"));
    std::vector<RawRow> all;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return all;
        all.push_back({std::string(rows->text(0)),
                       rows->is_null(1) ? std::string() : std::string(rows->text(1))});
    }
}

Result<void> forget_raw(Connection& db, const std::string& sha256) {
    for (const char* sql : {"DELETE FROM core_raw_part WHERE sha256 = :s",
                            "DELETE FROM core_raw WHERE sha256 = :s"}) {
        KL_TRY([[maybe_unused]] const auto gone, db.run(sql, {{":s", sha256}}));
    }
    return {};
}

// A base is shorter than what builds on it, so it comes first. A file whose base changed has the
// phrase, too: it begins with it.
Result<void> erase_raw_files(Connection& db, const ErasureOrder& order, ErasureReport& report) {
    const std::vector<std::string> phrases = in_both_encodings(order.phrases);
    KL_TRY(const auto rows, raw_rows(db));
    std::map<std::string, std::string> changed;
    for (const RawRow& row : rows) {
        KL_TRY(std::string content, load_raw(db, row.sha256));
        if (!starred(content, phrases)) continue;
        const auto base = changed.find(row.base);
        KL_TRY(const std::string now,
               keep_raw(db, content, base == changed.end() ? row.base : base->second));
        changed.emplace(row.sha256, now);
    }
    for (const auto& [was, now] : changed) {
        KL_TRY([[maybe_unused]] const auto moved,
               db.run("UPDATE core_file SET sha256 = :now WHERE sha256 = :was",
                      {{":now", now}, {":was", was}}));
        KL_CHECK(forget_raw(db, was));
        report.files.push_back({{"was", was}, {"now", now}});
    }
    return {};
}

struct RejectRow {
    std::int64_t seq = 0, ordinal = 0;
    std::string raw, args;
};

Result<void> erase_rejects(Connection& db, const ErasureOrder& order, ErasureReport& report) {
    const std::vector<std::string> phrases = in_both_encodings(order.phrases);
    std::vector<RejectRow> found;
    {
        KL_TRY(const auto rows, db.stream("SELECT seq, ordinal, raw, args FROM core_reject"));
        while (true) {
            KL_TRY(const bool more, rows->next());
            if (!more) break;
            RejectRow row{rows->i64(0), rows->i64(1), std::string(rows->text(2)),
                          std::string(rows->text(3))};
            const bool raw = starred(row.raw, phrases), args = starred(row.args, phrases);
            if (raw || args) found.push_back(std::move(row));
        }
    }
    for (const RejectRow& row : found) {
        KL_TRY([[maybe_unused]] const auto rows,
               db.run("UPDATE core_reject SET raw = :raw, args = :args"
                      " WHERE seq = :seq AND ordinal = :ordinal",
                      {{":raw", row.raw}, {":args", row.args}, {":seq", row.seq},
                       {":ordinal", row.ordinal}}));
        ++report.rows;
    }
    return {};
}

// Rows of a table where one of two texts holds a phrase go.
Result<void> delete_rows(Connection& db, std::string_view select, std::string_view remove,
                         const ErasureOrder& order, ErasureReport& report) {
    std::vector<std::string> keys;
    {
        KL_TRY(const auto rows, db.stream(select));
        while (true) {
            KL_TRY(const bool more, rows->next());
            if (!more) break;
            if (holds_phrase(rows->text(1), order) || holds_phrase(rows->text(2), order))
                keys.emplace_back(rows->text(0));
        }
    }
    for (const std::string& key : keys) {
        KL_TRY([[maybe_unused]] const auto gone, db.run(remove, {{":key", key}}));
        ++report.rows;
    }
    return {};
}

Result<void> erase_account(Connection& db, const std::string& name, ErasureReport& report) {
    KL_TRY(const auto rows,
           db.run("UPDATE core_user SET display_name = '', mail = '', phone = ''"
                  " WHERE name = :name AND removed_at IS NOT NULL",
                  {{":name", name}}));
    report.rows += rows;
    return {};
}

}  // namespace

bool holds_phrase(std::string_view text, const ErasureOrder& order) {
    return !places_of(text, order.phrases).empty();
}

std::string without_phrases(std::string_view text, const ErasureOrder& order) {
    std::string result;
    std::size_t done = 0;
    for (const Place& place : places_of(text, order.phrases)) {
        result += text.substr(done, place.begin - done);
        result += kErased;
        done = place.begin + place.size;
    }
    result += text.substr(done);
    return result;
}

Result<void> erase_in_core(WriteTurn& turn, const ErasureOrder& order, ErasureReport& report) {
    Connection& db = turn.db;
    KL_CHECK(check_names(db, order));
    KL_CHECK(erase_raw_files(db, order, report));
    KL_CHECK(erase_rejects(db, order, report));
    KL_CHECK(delete_rows(db, "SELECT key_hash, body, headers FROM core_idempotency",
                         "DELETE FROM core_idempotency WHERE key_hash = :key", order, report));
    KL_CHECK(delete_rows(db, "SELECT CAST(id AS TEXT), payload, recipient FROM core_outbox",
                         "DELETE FROM core_outbox WHERE CAST(id AS TEXT) = :key", order, report));
    KL_CHECK(delete_rows(db, "SELECT CAST(id AS TEXT), payload, cause FROM core_command",
                         "DELETE FROM core_command WHERE CAST(id AS TEXT) = :key AND"
                         " done_at IS NOT NULL",
                         order, report));
    for (const std::string& account : order.accounts) KL_CHECK(erase_account(db, account, report));
    return {};
}

namespace {

// SQLite leaves what was deleted in its pages until something else needs the room.
Result<void> overwrite_deleted(Connection& db, bool on) {
    if (db.dialect() != Dialect::sqlite) return {};
    KL_TRY(const auto rows,
           db.query(on ? "PRAGMA secure_delete = ON" : "PRAGMA secure_delete = FAST"));
    KL_TRY([[maybe_unused]] const bool row, rows->next());
    return {};
}

Result<std::int64_t> erase_in_entry(WriteTurn& turn, const std::string& actor,
                                    const ErasureWork& work, ErasureReport& report) {
    KL_TRY(const std::int64_t seq, turn.begin_entry());
    KL_CHECK(work(turn, report));
    json::object detail = {
        {"rewritten", report.records}, {"files", report.files}, {"rows", report.rows}};
    if (!report.policy.empty()) detail["policy"] = report.policy;
    KL_CHECK(turn.end_entry(actor, "erase", json::serialize(detail)));
    KL_CHECK(turn.memory.search->settle_all(turn.db));
    KL_CHECK(turn.finish());
    return seq;
}

}  // namespace

Result<std::int64_t> run_erasure(Store& store, const Clock& clock, const std::string& actor,
                                 const ErasureWork& work, ErasureReport& report) {
    Connection& db = store.writer();
    KL_CHECK(overwrite_deleted(db, true));
    KL_CHECK(db.begin_write());
    ThreadMemory memory(db);
    WriteTurn turn(db, memory, store.journal_key(), clock);
    auto seq = erase_in_entry(turn, actor, work, report);
    if (seq.ok()) {
        KL_CHECK(db.commit());
    } else {
        db.rollback();
    }
    KL_CHECK(overwrite_deleted(db, false));
    return seq;
}

Result<void> overwrite_leftovers(Store& store) {
    KL_CHECK(Search::purge(store.writer()));
    return store.checkpoint();
}

}  // namespace klarsyn
