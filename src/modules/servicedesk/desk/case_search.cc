#include "modules/servicedesk/desk/case_search.h"

#include <algorithm>

#include "modules/servicedesk/practice/object.h"
#include "store/search.h"
#include "store/search_words.h"

namespace klarsyn::servicedesk {
namespace {

// Of a case's comments as much as this: the newest. So the work of one command stays bounded.
constexpr std::size_t kCommentBytesMax = 200'000;
constexpr std::size_t kAffectedMax = 200;
constexpr std::size_t kOrgsOfWordMax = 64;
constexpr std::size_t kShortestPart = 3;

// Kinds of records after which a case is found by other words, or stands in other lists.
bool changes_document(std::string_view kind) {
    static constexpr std::string_view kKinds[] = {"opened",   "changed", "commented", "resolved",
                                                  "reopened", "closed",  "attached",  "affected",
                                                  "undone",   "erased"};
    return std::find(std::begin(kKinds), std::end(kKinds), kind) != std::end(kKinds);
}

void add(std::string& text, std::string_view more) {
    if (more.empty()) return;
    if (!text.empty()) text += '\n';
    text += more;
}

void add_comments(std::string& text, std::span<const Record> records, bool internal_too) {
    std::size_t bytes = 0;
    for (auto record = records.rbegin(); record != records.rend(); ++record) {
        if (record->undone || record->kind != "commented") continue;
        if (!internal_too && body_text(record->body, "visibility") != "public") continue;
        const std::string comment = body_text(record->body, "text");
        if (bytes + comment.size() > kCommentBytesMax) return;
        bytes += comment.size();
        add(text, comment);
    }
}

std::string shared_text(const CaseState& state) {
    std::string text = state.title;
    for (const std::string* one : {&state.text, &state.resolution, &state.system, &state.place,
                                   &state.equipment})
        add(text, *one);
    return text;
}

Result<std::int64_t> row_of(Connection& db, const std::string& number) {
    return query_i64(db, "SELECT num FROM servicedesk_case WHERE number = :number",
                     {{":number", number}});
}

}  // namespace

SearchDocument case_document(const CaseState& state, std::span<const Record> records,
                             std::int64_t ref, std::int64_t org) {
    SearchDocument document;
    document.kind = kCaseKind;
    document.object = state.number;
    document.ref = ref;
    document.org = org;
    document.marks = {state.open() ? "open" : "closed"};
    document.text = shared_text(state);
    std::string& text = document.text;
    for (const std::string* one : {&state.org, &state.category, &state.caller.name,
                                   &state.caller.account, &state.caller.phone, &state.caller.mail})
        add(text, *one);
    for (std::size_t i = 0; i < std::min(state.affected.size(), kAffectedMax); ++i)
        add(text, state.affected[i].person);
    for (const CaseAttachment& file : state.attachments) add(text, file.name);
    add_comments(text, records, true);
    return document;
}

std::string caller_text(const CaseState& state, std::span<const Record> records) {
    std::string text = state.number;
    add(text, shared_text(state));
    for (const CaseAttachment& file : state.attachments)
        if (file.visibility == "public") add(text, file.name);
    add_comments(text, records, false);
    return text;
}

Result<void> index_case(WriteTurn& turn, const DeskRules&, const CaseTouch& touch) {
    const std::size_t first = touch.records.size() - touch.new_records;
    if (std::none_of(touch.records.begin() + static_cast<std::ptrdiff_t>(first),
                     touch.records.end(),
                     [](const Record& record) { return changes_document(record.kind); }))
        return {};
    KL_TRY(const std::int64_t ref, row_of(turn.db, touch.after.number));
    std::int64_t org = 0;
    if (!touch.after.org.empty()) {
        KL_TRY(org, turn.names.intern(touch.after.org));
    }
    return turn.memory.search->write(turn.db, case_document(touch.after, touch.records, ref, org));
}

namespace {

void add_texts(std::string& text, const boost::json::value& value) {
    if (value.is_string()) add(text, std::string_view(value.as_string()));
    if (value.is_array())
        for (const boost::json::value& item : value.as_array()) add_texts(text, item);
    if (value.is_object())
        for (const auto& [name, member] : value.as_object())
            if (name != "was") add_texts(text, member);
}

}  // namespace

SearchDocument object_document(std::string_view number, std::span<const Record> records,
                               const ObjectRow& row, std::int64_t org) {
    SearchDocument document;
    document.kind = object_kind(number)->word;
    document.object = number;
    document.org = org;
    document.marks = {row.open ? "open" : "closed"};
    document.text = row.title;
    for (auto record = records.rbegin(); record != records.rend(); ++record) {
        if (record->undone || document.text.size() > kCommentBytesMax) continue;
        add_texts(document.text, record->body);
    }
    return document;
}

Result<void> index_object(WriteTurn& turn, std::string_view number,
                          std::span<const Record> records) {
    const ObjectRow row = object_kind(number)->project(number, records);
    std::int64_t org = 0;
    if (!row.org.empty()) {
        KL_TRY(org, turn.names.intern(row.org));
    }
    return turn.memory.search->write(turn.db, object_document(number, records, row, org));
}

namespace {

// Which organisations the typed words mean: those in whose names they stand.
Result<void> add_org_words(Connection& db, Names& names, SearchQuery& query) {
    const std::vector<std::string> words = distinct_words(query.text);
    std::vector<std::pair<std::string, std::string>> meant;  // word, code
    {
        KL_TRY(const auto rows, db.query("SELECT DISTINCT code, name FROM core_org"
                                         " WHERE retracted_seq IS NULL ORDER BY code"));
        while (true) {
            KL_TRY(const bool more, rows->next());
            if (!more) break;
            const std::vector<std::string> own = words_of(rows->text(1));
            for (const std::string& word : words) {
                if (word.size() < kShortestPart || is_number_word(word)) continue;
                if (std::any_of(own.begin(), own.end(), [&](const std::string& name) {
                        return name.find(word) != std::string::npos;
                    }))
                    meant.emplace_back(word, rows->text(0));
            }
        }
    }
    for (const auto& [word, code] : meant) {
        const auto taken = std::count_if(query.org_words.begin(), query.org_words.end(),
                                         [&](const auto& one) { return one.first == word; });
        if (taken >= static_cast<std::ptrdiff_t>(kOrgsOfWordMax)) continue;
        KL_TRY(const auto id, names.find(code));
        if (id) query.org_words.emplace_back(word, *id);
    }
    return {};
}

}  // namespace

Result<SearchQuery> case_search(Connection& db, Names& names, std::string_view text,
                                const OrgScope& scope) {
    SearchQuery query;
    query.text = text;
    query.kinds = {std::string(kCaseKind)};
    KL_CHECK(add_org_words(db, names, query));
    query.scope.all = scope.all;
    if (scope.all) return query;
    query.scope.orgs = {0};  // what belongs to no organisation is everybody's
    for (const std::string& code : scope.codes) {
        KL_TRY(const auto id, names.find(code));
        if (id && *id != 0) query.scope.orgs.push_back(*id);
    }
    return query;
}

}  // namespace klarsyn::servicedesk
