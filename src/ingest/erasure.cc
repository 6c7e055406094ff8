#include "ingest/erasure.h"

#include <fmt/format.h>

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <map>

#include "core/hash.h"
#include "core/utf8.h"
#include "ingest/raw.h"
#include "store/journal_rewrite.h"

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

// As JSON may write it: what is not ASCII by numbers.
std::string json_escaped(std::string_view phrase) {
    std::string escaped;
    for (std::size_t at = 0; at < phrase.size();) {
        const CodePoint next = decode_utf8(phrase, at);
        at += next.length;
        const std::uint32_t code = next.code;
        if (code < 0x80)
            escaped += static_cast<char>(code);
        else if (code < 0x10000)
            escaped += fmt::format("\\u{:04x}", code);
        else
            escaped += fmt::format("\\u{:04x}\\u{:04x}", 0xd800 + ((code - 0x10000) >> 10),
                                   0xdc00 + ((code - 0x10000) & 0x3ff));
    }
    return escaped;
}

bool starred(std::string& bytes, const std::vector<std::string>& phrases) {
    const std::vector<Place> places = places_of(bytes, phrases);
    for (const Place& place : places)
        std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(place.begin), place.size, '*');
    return !places.empty();
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
    const std::vector<std::string> phrases = as_in_files(order.phrases);
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
    const std::vector<std::string> phrases = as_in_files(order.phrases);
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

// Nobody can sign in by such a name, and no two are the same.
std::string name_of_nobody(std::int64_t id) { return std::string(kErased) + " " + std::to_string(id); }

Result<void> erase_account(WriteTurn& turn, const std::string& name, ErasureReport& report) {
    KL_TRY(const auto id, query_i64(turn.db, "SELECT id FROM core_user WHERE name = :name",
                                    {{":name", name}}));
    if (id == 0) return {};
    for (const char* sql :
         {"DELETE FROM core_session WHERE user_id = :id", "DELETE FROM core_token WHERE user_id = :id"}) {
        KL_TRY(const auto gone, turn.db.run(sql, {{":id", id}}));
        report.rows += gone;
    }
    KL_TRY(const auto rows,
           turn.db.run("UPDATE core_user SET name = :nobody, password_hash = '', display_name = '',"
                       " org = '', support_groups = '', mail = '', phone = '', phone_agent = '',"
                       " origin = '', subject = '', removed_at = COALESCE(removed_at, :now)"
                       " WHERE id = :id",
                       {{":nobody", name_of_nobody(id)}, {":now", turn.now}, {":id", id}}));
    report.rows += rows;
    return {};
}

}  // namespace

// Phrases as they stand in files: in UTF-8, in JSON's ASCII, and in Latin-1 where they can.
std::vector<std::string> as_in_files(const std::vector<std::string>& phrases) {
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
        if (std::string escaped = json_escaped(phrase); escaped != phrase)
            all.push_back(std::move(escaped));
    }
    return all;
}

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

bool erase_in_json(json::value& value, const ErasureOrder& order) {
    bool any = false;
    if (value.is_string()) {
        const std::string_view text(value.as_string());
        any = holds_phrase(text, order);
        if (any) value = json::string(without_phrases(text, order));
    } else if (value.is_array()) {
        for (json::value& item : value.as_array()) any = erase_in_json(item, order) || any;
    } else if (value.is_object()) {
        for (auto& member : value.as_object()) any = erase_in_json(member.value(), order) || any;
    }
    return any;
}

Result<void> erase_in_core(WriteTurn& turn, const ErasureOrder& order, ErasureReport& report) {
    KL_CHECK(erase_raw_files(turn.db, order, report));
    KL_CHECK(erase_rejects(turn.db, order, report));
    for (const std::string& account : order.accounts) KL_CHECK(erase_account(turn, account, report));
    return {};
}

// SQLite leaves what was deleted in its pages until something else needs the room.
Result<void> overwrite_deleted(Connection& db, bool on) {
    if (db.dialect() != Dialect::sqlite) return {};
    KL_TRY(const auto rows,
           db.query(on ? "PRAGMA secure_delete = ON" : "PRAGMA secure_delete = FAST"));
    KL_TRY([[maybe_unused]] const bool row, rows->next());
    return {};
}

Result<std::int64_t> erase_in_turn(WriteTurn& turn, const std::string& actor,
                                   const ErasureWork& work, ErasureReport& report) {
    KL_TRY(const std::int64_t seq, turn.begin_entry());
    KL_CHECK(work(turn, report));
    json::object detail = {
        {"rewritten", report.records}, {"files", report.files}, {"rows", report.rows}};
    if (!report.journal.empty()) detail["journal"] = report.journal;
    if (!report.policy.empty()) detail["policy"] = report.policy;
    if (!report.reason.empty()) detail["reason"] = report.reason;
    KL_CHECK(turn.end_entry(actor, std::string(kErasureKind), json::serialize(detail)));
    return seq;
}

namespace {

Result<std::int64_t> erase_and_settle(WriteTurn& turn, const std::string& actor,
                                      const ErasureWork& work, ErasureReport& report) {
    KL_TRY(const std::int64_t seq, erase_in_turn(turn, actor, work, report));
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
    auto seq = erase_and_settle(turn, actor, work, report);
    if (seq.ok()) {
        KL_CHECK(db.commit());
    } else {
        db.rollback();
    }
    KL_CHECK(overwrite_deleted(db, false));
    return seq;
}

Result<void> overwrite_leftovers(Connection& writer) {
    KL_CHECK(overwrite_deleted(writer, true));
    KL_CHECK(writer.begin_write());
    Search search;
    const auto settled = search.settle_all(writer);
    if (!settled.ok()) {
        writer.rollback();
        return settled;
    }
    KL_CHECK(writer.commit());
    KL_CHECK(Search::purge(writer));
    return overwrite_deleted(writer, false);
}

}  // namespace klarsyn
