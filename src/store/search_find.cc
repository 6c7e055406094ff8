// Finding documents: from what was typed to a condition, and from there to pages.
#include <algorithm>
#include <charconv>
#include <iterator>

#include "store/search.h"
#include "store/search_index.h"
#include "store/search_state.h"
#include "store/search_words.h"

namespace klarsyn {

namespace {

constexpr std::size_t kMostBytes = 400;
constexpr std::size_t kMostWords = 12;
constexpr std::size_t kMostAlternatives = 64;  // in all words together
constexpr std::size_t kFewHits = 3;
constexpr std::size_t kMostFirst = 8;
constexpr std::size_t kMostCandidates = 64;
constexpr std::size_t kShortestPart = 3;
constexpr std::size_t kShortestPrefix = 4;  // of a number word
constexpr std::size_t kShortestTolerant = 5;
constexpr std::size_t kTwoEdits = 8;  // letters from which two may be wrong

std::vector<std::string> typed_words(std::string_view text) {
    text = text.substr(0, kMostBytes);
    std::vector<std::string> words;
    for (std::string& word : words_of(text)) {
        if (words.size() < kMostWords && std::find(words.begin(), words.end(), word) == words.end())
            words.push_back(std::move(word));
    }
    return words;
}

void add_word(std::vector<SearchWord>& group, std::string word) {
    for (const SearchWord& known : group) {
        if (known.word == word) return;
    }
    group.push_back({std::move(word), false});
}

std::vector<SearchWord> alternatives(const Vocabulary& vocabulary, const std::string& word,
                                     bool tolerant, std::size_t most) {
    if (is_number_word(word)) return {{word, word.size() >= kShortestPrefix}};
    std::vector<SearchWord> group{{word, false}};
    if (word.size() < kShortestPart) return group;
    for (std::string& known : vocabulary.containing(word, most)) add_word(group, std::move(known));
    // Nothing that is known holds it: it may begin the name of a machine.
    if (group.size() == 1) group.front().prefix = true;
    if (tolerant && word.size() >= kShortestTolerant) {
        const int edits = word.size() >= kTwoEdits ? 2 : 1;
        for (std::string& known : vocabulary.near(word, edits, most))
            add_word(group, std::move(known));
    }
    return group;
}

// The marks of the organisations that a word means.
std::vector<std::string> meant_orgs(const SearchQuery& query, const std::string& word) {
    std::vector<std::string> marks;
    for (const auto& [typed, org] : query.org_words)
        if (typed == word && org != 0) marks.push_back(org_mark(org));
    return marks;
}

void add_marks(const SearchQuery& query, SearchGroups& groups) {
    std::vector<SearchWord> kinds, seen;
    for (const std::string& kind : query.kinds) kinds.push_back({kind_mark(kind), false});
    if (!kinds.empty()) groups.push_back(std::move(kinds));
    for (const std::string& mark : query.marks) groups.push_back({{own_mark(mark), false}});
    if (query.scope.all) return;
    for (const std::int64_t org : query.scope.orgs) seen.push_back({org_mark(org), false});
    if (query.scope.requester != 0) seen.push_back({requester_mark(query.scope.requester), false});
    // Who sees nothing finds nothing: no document has this mark.
    if (seen.empty()) seen.push_back({std::string(kMark) + "x", false});
    groups.push_back(std::move(seen));
}

// What alternatives() and add_marks() say of the index, said of one document that is not in it yet.
class FreshMatcher {
public:
    FreshMatcher(const std::vector<std::string>& words, const SearchQuery& query, bool tolerant)
        : words_(words) {
        for (const std::string& word : words) {
            meant_.push_back(meant_orgs(query, word));
            const bool near = tolerant && word.size() >= kShortestTolerant && !is_number_word(word);
            edits_.push_back(!near ? 0 : word.size() >= kTwoEdits ? 2 : 1);
            distances_.emplace_back(word);
        }
        add_marks(query, marks_);
    }

    bool operator()(const std::vector<std::string_view>& document) const {
        for (std::size_t i = 0; i < words_.size(); ++i) {
            if (std::none_of(document.begin(), document.end(),
                             [&](std::string_view word) { return fits(i, word); }))
                return false;
        }
        for (const auto& group : marks_) {
            if (std::none_of(group.begin(), group.end(), [&](const SearchWord& mark) {
                    return std::find(document.begin(), document.end(), mark.word) != document.end();
                }))
                return false;
        }
        return !words_.empty();
    }

private:
    bool fits(std::size_t i, std::string_view word) const {
        const std::string& wanted = words_[i];
        if (word == wanted) return true;
        if (word.starts_with(kMark))
            return std::find(meant_[i].begin(), meant_[i].end(), word) != meant_[i].end();
        if (is_number_word(wanted))
            return wanted.size() >= kShortestPrefix && word.starts_with(wanted);
        if (wanted.size() < kShortestPart) return false;
        if (is_number_word(word)) return word.starts_with(wanted);
        if (word.find(wanted) != word.npos) return true;
        return edits_[i] > 0 && distances_[i](word).beginning <= edits_[i];
    }

    const std::vector<std::string>& words_;
    std::vector<std::vector<std::string>> meant_;
    std::vector<int> edits_;
    std::vector<EditDistance> distances_;
    SearchGroups marks_;
};

}  // namespace

bool text_matches(std::string_view query, std::string_view text) {
    const std::vector<std::string> words = typed_words(query);
    const std::vector<std::string> known = distinct_words(text);
    return FreshMatcher(words, {}, false)({known.begin(), known.end()});
}

namespace {

// Documents that wait to be put into the index: few.
struct Fresh {
    std::int64_t id = 0;
    std::string words;
    std::vector<std::string_view> split;  // into `words`
};

Result<std::vector<Fresh>> read_fresh(Connection& db) {
    KL_TRY(auto rows, db.query("SELECT id, words FROM core_search_pending ORDER BY id DESC"));
    std::vector<Fresh> all;
    for (;;) {
        KL_TRY(const bool more, rows->next());
        if (!more) break;
        all.push_back({rows->i64(0), std::string(rows->text(1)), {}});
    }
    for (Fresh& fresh : all) {
        for_each_word(fresh.words, [&](std::string_view word) { fresh.split.push_back(word); });
    }
    return all;
}

const std::string kMatching = "SELECT rowid FROM core_search_text WHERE ";

// Numbers are seldom: few documents have one.
bool selects(std::string_view word) {
    return word.size() >= kShortestPrefix && is_number_word(word);
}

// The documents that have the numbers among several typed words, where they are few. The other
// words are looked for in these: "servicenow" stands in every case that ServiceNow told of, and
// asking the index for it would walk through all of them.
struct Candidates {
    bool known = false;  // otherwise the index answers for all words
    std::vector<Fresh> documents;

    std::vector<std::int64_t> fitting(const FreshMatcher& matches) const {
        std::vector<std::int64_t> ids{0};  // never a document: the list is never empty
        for (const Fresh& one : documents) {
            if (matches(one.split)) ids.push_back(one.id);
        }
        return ids;
    }
};

Result<Candidates> candidates(Connection& db, const std::vector<std::string>& words) {
    Candidates found;
    SearchGroups groups;
    for (const std::string& word : words) {
        if (selects(word)) groups.push_back({{word, true}});
    }
    if (groups.empty() || groups.size() == words.size()) return found;
    KL_TRY(auto rows, db.query(kMatching + search_index(db).matches + " LIMIT :most",
                               {{":search_match", search_index(db).match_text(groups)},
                                {":most", static_cast<std::int64_t>(kMostCandidates + 1)}}));
    for (;;) {
        KL_TRY(const bool more, rows->next());
        if (!more) break;
        found.documents.push_back({rows->i64(0), {}, {}});
    }
    if (found.documents.size() > kMostCandidates) return Candidates{};
    for (Fresh& one : found.documents) {
        KL_TRY(one.words, indexed_words(db, one.id));
        for_each_word(one.words, [&](std::string_view word) { one.split.push_back(word); });
    }
    found.known = true;
    return found;
}

// Where a page begins, and what was shown before all: "s;BEFORE;ID,ID" or "t;...".
struct Cursor {
    bool tolerant = false;
    std::int64_t before = INT64_MAX;
    std::vector<std::int64_t> shown;
};

std::string write_cursor(const Cursor& cursor) {
    std::string text = cursor.tolerant ? "t" : "s";
    text += ';' + std::to_string(cursor.before) + ';';
    for (const std::int64_t id : cursor.shown) text += std::to_string(id) + ',';
    return text;
}

std::optional<std::int64_t> read_number(std::string_view& text, char end) {
    std::int64_t value = 0;
    const auto [at, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    const auto used = static_cast<std::size_t>(at - text.data());
    if (problem != std::errc() || used >= text.size() || text[used] != end) return {};
    text.remove_prefix(used + 1);
    return value;
}

Result<Cursor> read_cursor(std::string_view text) {
    const Error wrong = make_error(ErrorCode::invalid_input, "store.search_cursor");
    Cursor cursor;
    if (!text.starts_with("s;") && !text.starts_with("t;")) return wrong;
    cursor.tolerant = text.front() == 't';
    text.remove_prefix(2);
    const auto before = read_number(text, ';');
    if (!before) return wrong;
    cursor.before = *before;
    while (!text.empty()) {
        const auto id = read_number(text, ',');
        if (!id || cursor.shown.size() == 2 * kMostFirst) return wrong;
        cursor.shown.push_back(*id);
    }
    return cursor;
}

struct Found {
    std::int64_t id = 0;
    SearchHit hit;
};

Result<std::vector<Found>> read_hits(Connection& db, const std::string& sql, const Params& params) {
    KL_TRY(auto rows, db.query(sql, params));
    std::vector<Found> all;
    for (;;) {
        KL_TRY(const bool more, rows->next());
        if (!more) return all;
        all.push_back({rows->i64(0),
                       {std::string(rows->text(1)), std::string(rows->text(2)), rows->i64(3), {}}});
    }
}

std::string listed(const std::vector<std::int64_t>& ids) {
    std::string text;
    for (const std::int64_t id : ids) text += (text.empty() ? "" : ", ") + std::to_string(id);
    return text;
}

std::string waiting(const SearchCondition& condition) {
    if (condition.fresh.empty()) return {};
    return " UNION ALL SELECT id FROM core_search_pending WHERE id IN (" + listed(condition.fresh) +
           ")";
}

constexpr std::string_view kHitColumns = "SELECT d.id, d.kind, d.object, d.ref FROM ";

// The newest documents below `before`: of the index, and of those that are not in it yet.
Result<std::vector<Found>> newest(Connection& db, const SearchCondition& condition,
                                  std::int64_t before, std::int64_t limit) {
    KL_TRY(auto all,
           read_hits(db,
                     std::string(kHitColumns) + "(" + condition.indexed +
                         " AND rowid < :before ORDER BY rowid DESC LIMIT :limit) AS hit "
                         "JOIN core_search_doc d ON d.id = hit.rowid",
                     {{":search_match", condition.match}, {":before", before}, {":limit", limit}}));
    if (!condition.fresh.empty()) {
        KL_TRY(auto fresh, read_hits(db,
                                     std::string(kHitColumns) +
                                         "core_search_doc d WHERE d.id < :before AND d.id IN (" +
                                         listed(condition.fresh) + ")",
                                     {{":before", before}}));
        std::move(fresh.begin(), fresh.end(), std::back_inserter(all));
    }
    std::sort(all.begin(), all.end(), [](const Found& a, const Found& b) { return a.id > b.id; });
    return all;
}

// Documents whose own number was typed, as far as the condition lets them through.
Result<std::vector<Found>> by_number(Connection& db, const SearchCondition& condition,
                                     std::string_view typed, std::size_t limit) {
    // "SERVICENOW:INC0012345" is known as "inc0012345".
    if (const auto colon = typed.rfind(':'); colon != typed.npos) typed.remove_prefix(colon + 1);
    std::string number;
    for (const std::string& word : typed_words(typed)) number += (number.empty() ? "" : " ") + word;
    // The ids first: the condition is asked of these alone, never the other way round.
    KL_TRY(auto rows, db.query("SELECT id FROM core_search_doc WHERE number = :number "
                               "ORDER BY id DESC",
                               {{":number", number}}));
    std::vector<std::int64_t> ids;
    for (;;) {
        KL_TRY(const bool more, rows->next());
        if (!more) break;
        ids.push_back(rows->i64(0));
    }
    if (ids.empty()) return std::vector<Found>{};
    const std::string listed_ids = listed(ids);
    return read_hits(db,
                     std::string(kHitColumns) + "core_search_doc d WHERE d.id IN (" + listed_ids +
                         ") AND d.id IN (" + condition.indexed + " AND rowid IN (" + listed_ids +
                         ")" + waiting(condition) + ") ORDER BY d.id DESC LIMIT :limit",
                     {{":search_match", condition.match},
                      {":limit", static_cast<std::int64_t>(std::min(kMostFirst, limit))}});
}

Result<std::int64_t> count_hits(Connection& db, const SearchCondition& condition,
                                std::int64_t most) {
    KL_TRY(const auto indexed,
           query_i64(db, "SELECT COUNT(*) FROM (" + condition.indexed + " LIMIT :most) AS hit",
                     {{":search_match", condition.match}, {":most", most}}));
    return std::min(most, indexed + static_cast<std::int64_t>(condition.fresh.size()));
}

}  // namespace

Result<SearchCondition> Search::condition(Connection& db, const SearchQuery& query) {
    KL_CHECK(reader_->vocabulary.refresh(db));
    const std::vector<std::string> words = typed_words(query.text);
    KL_TRY(const std::vector<Fresh> fresh, read_fresh(db));
    KL_TRY(const Candidates rare, candidates(db, words));
    SearchCondition condition;
    condition.empty = words.empty();
    std::string indexed = kMatching + search_index(db).matches;
    if (!fresh.empty()) indexed += " AND rowid NOT IN (SELECT id FROM core_search_pending)";
    auto build = [&](bool tolerant) {
        SearchGroups groups;
        const std::size_t most = kMostAlternatives / std::max<std::size_t>(1, words.size());
        for (const std::string& word : words) {
            if (rare.known && !selects(word)) continue;
            groups.push_back(alternatives(reader_->vocabulary, word, tolerant, most));
            for (std::string& mark : meant_orgs(query, word))
                groups.back().push_back({std::move(mark), false});
        }
        if (words.empty()) groups.push_back({{std::string(kMark) + "x", false}});
        add_marks(query, groups);
        condition.match = search_index(db).match_text(groups);
        condition.tolerant = tolerant;
        const FreshMatcher matches(words, query, tolerant);
        condition.fresh.clear();
        for (const Fresh& one : fresh) {
            if (matches(one.split)) condition.fresh.push_back(one.id);
        }
        condition.indexed = indexed;
        if (rare.known)
            condition.indexed += " AND rowid IN (" + listed(rare.fitting(matches)) + ")";
        condition.sql = condition.indexed + waiting(condition);
    };
    build(query.cursor.starts_with("t;"));
    if (!query.cursor.empty() || words.empty()) return condition;
    KL_TRY(const auto strict, count_hits(db, condition, kFewHits));
    if (strict >= static_cast<std::int64_t>(kFewHits)) return condition;
    const std::string strict_match = condition.match;
    const std::size_t strict_fresh = condition.fresh.size();
    build(true);
    condition.tolerant = condition.match != strict_match || condition.fresh.size() != strict_fresh;
    return condition;
}

Result<std::int64_t> Search::total(Connection& db, const SearchQuery& query) {
    KL_TRY(const SearchCondition matching, condition(db, query));
    if (matching.empty) return 0;
    return count_hits(db, matching, INT64_MAX);
}

Result<SearchPage> Search::find(Connection& db, const SearchQuery& query) {
    SearchPage page;
    Cursor cursor;
    if (!query.cursor.empty()) {
        KL_TRY(cursor, read_cursor(query.cursor));
    }
    KL_TRY(const SearchCondition matching, condition(db, query));
    page.tolerant = cursor.tolerant = matching.tolerant;
    if (query.count_most > 0) {
        KL_TRY(page.total, count_hits(db, matching, query.count_most));
    }
    if (matching.empty) return page;
    const auto limit = static_cast<std::size_t>(std::max(1, query.limit));
    std::vector<Found> first;
    if (query.cursor.empty()) {
        KL_TRY(first, by_number(db, matching, query.text, limit));
        for (const Found& found : first) cursor.shown.push_back(found.id);
    }
    KL_TRY(auto rest, newest(db, matching, cursor.before,
                             static_cast<std::int64_t>(limit + cursor.shown.size() + 1)));
    std::erase_if(rest, [&](const Found& found) {
        return std::find(cursor.shown.begin(), cursor.shown.end(), found.id) != cursor.shown.end();
    });
    const bool more = first.size() + rest.size() > limit;
    rest.resize(std::min(rest.size(), limit - first.size()));
    Cursor behind{cursor.tolerant, cursor.before, {}};
    if (!query.cursor.empty()) behind.shown = cursor.shown;
    const auto add = [&](Found& found) {
        page.hits.push_back(std::move(found.hit));
        page.hits.back().after = write_cursor(behind);
    };
    for (Found& found : first) {
        behind.shown.push_back(found.id);
        add(found);
    }
    for (Found& found : rest) {
        behind.before = found.id;
        add(found);
    }
    if (more) page.next = page.hits.back().after;
    return page;
}

}  // namespace klarsyn
