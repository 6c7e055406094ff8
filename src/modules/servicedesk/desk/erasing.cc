#include "modules/servicedesk/desk/erasing.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <map>
#include <set>

#include "ingest/erasure_rows.h"
#include "modules/servicedesk/desk/record.h"
#include "modules/servicedesk/desk/rewriting.h"
#include "modules/servicedesk/mail/erasing_letters.h"
#include "modules/servicedesk/readers.h"
#include "store/attachments.h"
#include "store/cpr_vault.h"

namespace klarsyn::servicedesk {
namespace {

namespace json = boost::json;

// Texts by which figures are counted or things are found again; they name no person. What a person
// is called in one of them was refused before (erase_in_core).
bool is_structure(std::string_view name) {
    static constexpr std::string_view kNames[] = {
        "type",    "system", "org",     "group",    "category",   "contact",    "level", "call",
        "reason_code", "to", "into",    "relation", "visibility", "phone_agent", "file", "sha256"};
    return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
}

void erase_value(json::value& value, const ErasureOrder& order) {
    if (value.is_string()) {
        const std::string_view text(value.as_string());
        if (holds_phrase(text, order)) value = json::string(without_phrases(text, order));
    } else if (value.is_array()) {
        for (json::value& item : value.as_array()) erase_value(item, order);
    } else if (value.is_object()) {
        for (auto& [name, member] : value.as_object())
            if (!is_structure(name)) erase_value(member, order);
    }
}

bool is_person(const json::value* caller, const ErasureOrder& order) {
    if (caller == nullptr || !caller->is_object()) return false;
    const json::object& fields = caller->as_object();
    for (const std::string& account : order.accounts)
        if (body_text(fields, "account") == account) return true;
    for (const std::string_view name : {"name", "account", "phone", "mail"})
        if (holds_phrase(body_text(fields, name), order)) return true;
    return false;
}

void erase_caller(json::object& body, const ErasureOrder& order) {
    json::value* caller = body.if_contains("caller");
    if (is_person(caller, order)) *caller = json::object{{"name", kErased}};
    if (json::value* was = body.if_contains("was"); was != nullptr && was->is_object())
        erase_caller(was->as_object(), order);
}

struct StoredRecord {
    std::string object, body;
    std::int64_t n = 0;
    std::string rewritten;
};

bool names_person(const json::object& body, const ErasureOrder& order) {
    if (is_person(body.if_contains("caller"), order)) return true;
    const json::value* was = body.if_contains("was");
    return was != nullptr && was->is_object() &&
           is_person(was->as_object().if_contains("caller"), order);
}

struct Found {
    std::vector<StoredRecord> records;  // those to rewrite
    std::set<std::string> own;          // cases that the person reported
};

Result<Found> find_records(Connection& db, const ErasureOrder& order) {
    Found found;
    KL_TRY(const auto rows, db.stream("SELECT object, n, body FROM servicedesk_record"
                                      " ORDER BY id"));
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return found;
        const std::string_view text = rows->text(2);
        const bool account = std::any_of(
            order.accounts.begin(), order.accounts.end(),
            [&](const std::string& name) { return text.find(name) != text.npos; });
        if (!account && !holds_phrase(text, order)) continue;
        json::error_code error;
        json::value body = json::parse(text, error);
        if (error || !body.is_object()) continue;  // verify tells of it
        if (names_person(body.as_object(), order)) found.own.emplace(rows->text(0));
        erase_caller(body.as_object(), order);
        erase_value(body, order);
        StoredRecord record{std::string(rows->text(0)), std::string(text), rows->i64(1),
                            json::serialize(body)};
        if (record.rewritten != record.body) found.records.push_back(std::move(record));
    }
}

// The files and hidden numbers of a case that the person reported.
Result<void> erase_belongings(WriteTurn& turn, const std::string& number, ErasureReport& report) {
    KL_TRY(const auto files, remove_attachments_of(turn.db, number));
    KL_TRY(const auto numbers, CprVault::forget(turn.db, number));
    report.rows += files + numbers;
    return {};
}

// What the person wrote with a survey's answer; the answer itself is counted and stays.
Result<void> erase_survey_words(WriteTurn& turn, const std::string& number, ErasureReport& report) {
    KL_TRY(const auto records, load_records(turn.db, number));
    for (const Record& record : records) {
        const std::string words = body_text(record.body, "text");
        if (record.kind != "survey" || words.empty() || words == kErased) continue;
        json::object body = record.body;
        body["text"] = kErased;
        KL_CHECK(rewrite_record(turn, {number, record.n}, json::serialize(body), report));
    }
    return {};
}

// The calendar of the account; drafts, filters and the rest go by their columns
// (modules/text_columns.cc).
Result<void> erase_calendar(Connection& db, const ErasureOrder& order, ErasureReport& report) {
    for (const std::string& account : order.accounts) {
        KL_TRY(const auto gone,
               db.run("DELETE FROM servicedesk_feed WHERE account IN"
                      " (SELECT id FROM core_user WHERE name = :account)",
                      {{":account", account}}));
        report.rows += gone;
    }
    return {};
}

// Titles, texts and callers of imported cases, which follow their raw files.
Result<void> erase_imported(WriteTurn& turn, const ErasureReport& report) {
    static const std::vector<Format> kFormats = import_formats();
    for (const Format& format : kFormats) KL_CHECK(follow_rewritten_files(turn, format, report));
    return {};
}

}  // namespace

Result<void> erase_on_desk(WriteTurn& turn, const ErasureOrder& order, ErasureReport& report) {
    KL_TRY(const Found found, find_records(turn.db, order));
    std::set<std::string> cases = found.own;
    for (const StoredRecord& record : found.records) {
        KL_CHECK(rewrite_record(turn, {record.object, record.n}, record.rewritten, report));
        cases.insert(record.object);
    }
    for (const std::string& number : found.own) {
        KL_CHECK(erase_belongings(turn, number, report));
        KL_CHECK(erase_survey_words(turn, number, report));
    }
    if (!found.own.empty()) {
        KL_TRY([[maybe_unused]] const auto swept, sweep_attachments(turn.db));
    }
    KL_CHECK(erase_letters(turn, order, found.own, report));
    KL_CHECK(erase_calendar(turn.db, order, report));
    for (const std::string& number : cases) KL_CHECK(show_case_again(turn, number));
    return erase_imported(turn, report);
}

namespace {

// What erasures made of records: (object, n) to the digest before and after, in order.
struct Rewritten {
    std::string was, digest;
};
using Erasures = std::map<std::pair<std::string, std::int64_t>, std::vector<Rewritten>>;

Result<Erasures> erasures_of(Connection& db) {
    Erasures found;
    KL_TRY(const auto entries_found, entries(db, "erase"));
    for (const JournalEntry& entry : entries_found) {
        json::error_code error;
        const json::value detail = json::parse(entry.detail, error);
        if (error || !detail.is_object()) continue;
        const json::value* list = detail.as_object().if_contains("rewritten");
        if (list == nullptr || !list->is_array()) continue;
        for (const json::value& one : list->as_array()) {
            const json::object& row = one.as_object();
            found[{body_text(row, "object"), body_number(row, "n")}].push_back(
                {body_text(row, "was"), body_text(row, "digest")});
        }
    }
    return found;
}

// The digest that a record must have now, from the one that its entry named.
std::string digest_now(const Erasures& erasures, const std::string& object, std::int64_t n,
                       std::string digest) {
    const auto rewritten = erasures.find({object, n});
    if (rewritten == erasures.end()) return digest;
    for (const Rewritten& step : rewritten->second) {
        if (step.was != digest) return "broken";
        digest = step.digest;
    }
    return digest;
}

using Promised = std::map<std::pair<std::string, std::int64_t>, std::string>;

Promised promised_records(const std::string& detail) {
    Promised promised;
    json::error_code error;
    const json::value value = json::parse(detail, error);
    if (error || !value.is_object()) return promised;
    const json::value* list = value.as_object().if_contains("records");
    if (list == nullptr || !list->is_array()) return promised;
    for (const json::value& one : list->as_array())
        if (one.is_object())
            promised[{body_text(one.as_object(), "object"), body_number(one.as_object(), "n")}] =
                body_text(one.as_object(), "digest");
    return promised;
}

}  // namespace

Result<std::int64_t> count_record_faults(Store& store) {
    Connection& db = store.writer();
    KL_TRY(const Erasures erasures, erasures_of(db));
    KL_TRY(std::int64_t faults,  // records that no entry brought
           query_i64(db, "SELECT COUNT(*) FROM servicedesk_record r WHERE NOT EXISTS"
                         " (SELECT 1 FROM core_journal j WHERE j.seq = r.seq)"));
    KL_TRY(const auto rows, db.stream("SELECT j.detail, r.object, r.n, r.body, r.digest, j.seq"
                                      " FROM core_journal j LEFT JOIN servicedesk_record r"
                                      " ON r.seq = j.seq"
                                      " WHERE j.kind NOT IN ('erase', 'import')"
                                      " ORDER BY j.seq"));
    std::int64_t seq = 0;
    Promised promised;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more || rows->i64(5) != seq) {
            faults += static_cast<std::int64_t>(promised.size());  // named, and not there
            promised.clear();
        }
        if (!more) return faults;
        if (rows->i64(5) != seq) {
            seq = rows->i64(5);
            promised = promised_records(std::string(rows->text(0)));
        }
        if (rows->is_null(1)) continue;
        const std::string object(rows->text(1));
        const auto known = promised.find({object, rows->i64(2)});
        const std::string wanted =
            known == promised.end()
                ? "unknown"
                : digest_now(erasures, object, rows->i64(2), known->second);
        if (known != promised.end()) promised.erase(known);
        const bool fits = rows->text(4) == wanted &&
                          keyed_digest(store.journal_key(), rows->text(3)) == wanted;
        faults += fits ? 0 : 1;
    }
}

}  // namespace klarsyn::servicedesk
