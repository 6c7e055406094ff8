#include "modules/servicedesk/desk/entry.h"

#include <boost/json/serialize.hpp>

#include "modules/servicedesk/desk/effects.h"
#include "modules/servicedesk/desk/lists.h"
#include "modules/servicedesk/desk/live_facts.h"
#include "modules/servicedesk/desk/masking.h"
#include "modules/servicedesk/desk/projection.h"
#include "modules/servicedesk/practice/object.h"
#include "modules/servicedesk/selfservice/survey_link.h"
#include "store/cpr_vault.h"

namespace klarsyn::servicedesk {

namespace json = boost::json;

Result<DeskEntry> DeskEntry::begin(WriteTurn& turn, DeskActor actor) {
    KL_TRY(DeskEntry entry, look(turn, std::move(actor)));
    entry.writes_ = true;
    KL_TRY(entry.seq_, turn.begin_entry());
    return entry;
}

Result<DeskEntry> DeskEntry::look(WriteTurn& turn, DeskActor actor) {
    DeskEntry entry(turn, std::move(actor));
    entry.writes_ = false;
    const Day today = Zone::copenhagen().to_local(turn.now).day;
    KL_TRY(entry.rules_, desk_rules(turn.db, turn.memory, today));
    return entry;
}

Result<const CaseState*> DeskEntry::find(std::string_view number) {
    const auto known = touched_.find(number);
    if (known != touched_.end()) return &known->second.after;
    CaseTouch touch;
    if (object_kind(number) == nullptr) {
        KL_TRY(touch.records, load_records(turn_->db, number));
    }
    if (touch.records.empty()) {
        KL_TRY(const auto imported, find_item(turn_->db, number, actor_.scope));
        if (imported)
            return make_error(ErrorCode::conflict, "servicedesk.desk.imported",
                              {{"number", imported->number}, {"source", imported->source}});
        return make_error(ErrorCode::not_found, "servicedesk.desk.no_case",
                          {{"number", std::string(number)}});
    }
    touch.before = touch.after = replay(number, touch.records);
    if (!actor_.scope.sees(touch.after.org))
        return make_error(ErrorCode::not_found, "servicedesk.desk.no_case",
                          {{"number", std::string(number)}});
    return &touched_.emplace(std::string(number), std::move(touch)).first->second.after;
}

Result<std::string> DeskEntry::open(json::object body) {
    KL_TRY(const std::string number, next_number(turn_->db, "K"));
    CaseTouch touch;
    touch.before.number = touch.after.number = number;
    touched_.emplace(number, std::move(touch));
    KL_CHECK(record(number, "opened", std::move(body)));
    return number;
}

std::vector<std::string> DeskEntry::others() const {
    std::vector<std::string> numbers;
    for (const auto& [number, touch] : others_)
        if (touch.new_records > 0) numbers.push_back(number);
    return numbers;
}

Result<void> DeskEntry::record(std::string_view number, std::string kind, json::object body) {
    CaseTouch& touch = touched_.find(number)->second;
    Record record = next_record(touch.after.version + 1, std::move(kind), std::move(body));
    if (record.kind == "resolved")
        KL_CHECK(mark_asked(*turn_, touch.after, record.n, record.body));
    KL_CHECK(protect(number, record));
    KL_CHECK(write_record(number, record));
    apply(touch.after, record);
    touch.records.push_back(std::move(record));
    ++touch.new_records;
    return {};
}

Result<void> DeskEntry::undo_entry(std::int64_t seq) {
    std::vector<std::pair<std::string, std::int64_t>> found;
    {
        KL_TRY(const auto rows,
               turn_->db.query("SELECT object, n FROM servicedesk_record WHERE seq = :seq"
                               " AND retracted_seq IS NULL ORDER BY object, n",
                               {{":seq", seq}}));
        while (true) {
            KL_TRY(const bool more, rows->next());
            if (!more) break;
            found.emplace_back(rows->text(0), rows->i64(1));
        }
    }
    // Somebody may have gone on with one of them meanwhile: then nothing is taken back. Nor where a
    // major incident, a problem or a change took part: that has its own way back.
    for (const auto& [number, n] : found) {
        if (object_kind(number) != nullptr)
            return make_error(ErrorCode::conflict, "servicedesk.desk.undo_overtaken",
                              {{"number", number}});
        KL_TRY(const CaseState* state, find(number));
        std::int64_t last = 0;
        for (const auto& [other, m] : found)
            if (other == number) last = m;
        if (state->version != last)
            return make_error(ErrorCode::conflict, "servicedesk.desk.undo_overtaken",
                              {{"number", number}});
    }
    for (const auto& [number, n] : found) KL_CHECK(undo(number, n));
    return {};
}

Result<void> DeskEntry::undo_on(const std::string& number, std::int64_t seq) {
    KL_TRY(const CaseState* state, find(number));
    std::vector<std::int64_t> found;
    for (const Record& record : records(number))
        if (record.seq == seq && !record.undone) found.push_back(record.n);
    if (found.empty() || state->version != found.back())
        return make_error(ErrorCode::conflict, "servicedesk.desk.undo_overtaken",
                          {{"number", number}});
    for (const std::int64_t n : found) KL_CHECK(undo(number, n));
    return {};
}

Result<void> DeskEntry::undo(std::string_view number, std::int64_t n) {
    CaseTouch& touch = touched_.find(number)->second;
    KL_TRY([[maybe_unused]] const auto rows,
           turn_->db.run("UPDATE servicedesk_record SET retracted_seq = :seq"
                         " WHERE object = :object AND n = :n AND retracted_seq IS NULL",
                         {{":seq", seq_}, {":object", std::string(number)}, {":n", n}}));
    for (Record& record : touch.records)
        if (record.n == n) record.undone = true;
    KL_CHECK(record(number, "undone", {{"n", n}}));
    touch.after = replay(number, touch.records);
    return {};
}

Record DeskEntry::next_record(std::int64_t n, std::string kind, json::object body) const {
    Record record;
    record.n = n;
    record.at = turn_->now;
    record.actor = actor_.name;
    record.kind = std::move(kind);
    record.body = std::move(body);
    record.seq = seq_;
    return record;
}

Result<const std::vector<Record>*> DeskEntry::find_other(std::string_view number) {
    const auto known = others_.find(number);
    if (known != others_.end()) return &known->second.records;
    const Error missing = make_error(ErrorCode::not_found, "servicedesk.practice.no_object",
                                     {{"number", std::string(number)}});
    const ObjectKind* kind = object_kind(number);
    if (kind == nullptr) return missing;
    OtherTouch touch;
    KL_TRY(touch.records, load_records(turn_->db, number));
    if (touch.records.empty()) return missing;
    if (!actor_.scope.sees(kind->project(number, touch.records).org)) return missing;
    return &others_.emplace(std::string(number), std::move(touch)).first->second.records;
}

Result<std::string> DeskEntry::open_other(std::string_view letter, json::object body) {
    KL_TRY(const std::string number, next_number(turn_->db, letter));
    others_.emplace(number, OtherTouch{});
    const std::string kind(object_kind_of_letter(letter).opening);
    KL_CHECK(record_other(number, kind, std::move(body)));
    return number;
}

Result<void> DeskEntry::record_other(std::string_view number, std::string kind, json::object body) {
    OtherTouch& touch = others_.find(number)->second;
    const std::int64_t last = touch.records.empty() ? 0 : touch.records.back().n;
    Record record = next_record(last + 1, std::move(kind), std::move(body));
    KL_CHECK(protect(number, record));
    KL_CHECK(write_record(number, record));
    touch.records.push_back(std::move(record));
    ++touch.new_records;
    return {};
}

Result<void> DeskEntry::end_others() {
    for (auto& [number, touch] : others_) {
        if (touch.new_records == 0) continue;
        const bool fresh = touch.new_records == touch.records.size();
        KL_CHECK(write_object(*turn_, number, touch.records,
                              fresh ? ObjectIs::fresh : ObjectIs::known));
        KL_CHECK(object_effects(*turn_, number, touch.records));
    }
    return {};
}

// The numbers go into the vault under the record and the text that they stood in: "3/caller/name".
Result<void> DeskEntry::protect(std::string_view object, Record& record) {
    const std::vector<MaskedNumbers> found = mask_body(record.body);
    if (found.empty()) return {};
    const CprVault vault(turn_->key);
    for (const MaskedNumbers& one : found)
        KL_CHECK(vault.keep(turn_->db, seq_, object, std::to_string(record.n) + one.pointer,
                            one.numbers));
    return {};
}

Result<void> DeskEntry::write_record(std::string_view object, const Record& record) {
    if (!writes_) return {};
    const std::string body = json::serialize(record.body);
    const std::string digest = keyed_digest(turn_->key, body);
    KL_TRY([[maybe_unused]] const auto rows,
           turn_->db.run("INSERT INTO servicedesk_record (id, seq, object, n, at, actor, kind,"
                         " body, digest) VALUES ((SELECT COALESCE(MAX(id), 0) + 1 FROM"
                         " servicedesk_record), :seq, :object, :n, :at, :actor, :kind, :body, :digest)",
                         {{":seq", seq_}, {":object", std::string(object)}, {":n", record.n},
                          {":at", record.at}, {":actor", record.actor}, {":kind", record.kind},
                          {":body", body}, {":digest", digest}}));
    detail_.push_back({{"object", object}, {"n", record.n}, {"kind", record.kind},
                       {"digest", digest}});
    return {};
}

Result<void> DeskEntry::end(std::string kind) {
    for (auto& [number, touch] : touched_) {
        if (touch.new_records == 0) continue;
        const LiveCase live(touch.records, *rules_);
        KL_CHECK(write_projection(*turn_, live, touch));
        KL_CHECK(write_live_facts(*turn_, live, touch));
        KL_CHECK(case_effects(*turn_, *rules_, touch));
    }
    KL_CHECK(end_others());
    return turn_->end_entry(actor_.name, std::move(kind),
                            json::serialize(json::object{{"records", std::move(detail_)}}));
}

const std::vector<Record>& DeskEntry::records(std::string_view number) const {
    return touched_.find(number)->second.records;
}

const CaseState& DeskEntry::state(std::string_view number) const {
    return touched_.find(number)->second.after;
}

Result<std::string> next_number(Connection& db, std::string_view letter) {
    KL_TRY(const auto last,
           query_i64(db, "INSERT INTO servicedesk_number (letter, last) VALUES (:letter, 1)"
                         " ON CONFLICT (letter) DO UPDATE SET last = servicedesk_number.last + 1"
                         " RETURNING last",
                     {{":letter", std::string(letter)}}));
    return std::string(letter) + std::to_string(last);
}

}  // namespace klarsyn::servicedesk
