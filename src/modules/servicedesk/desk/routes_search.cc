// /api/v1/search: one line of text over everything that the person may see. Who works on the desk
// finds by all that stands in a case; others among their own cases, and not by internal notes.
#include <algorithm>

#include "modules/servicedesk/desk/answers.h"
#include "modules/servicedesk/desk/case_search.h"
#include "modules/servicedesk/desk/imported_case.h"
#include "modules/servicedesk/practice/object.h"
#include "store/search_words.h"
#include "web/question.h"
#include "web/systems.h"

namespace klarsyn::servicedesk {
namespace {

namespace json = boost::json;

constexpr std::int64_t kLimitDefault = 20;
constexpr std::int64_t kLimitMax = 100;
constexpr std::int64_t kOwnCasesMax = 500;
constexpr std::size_t kSnippetBytes = 160;
constexpr std::string_view kNoticeKind = "notice";

// The first line that has a word of the query, not longer than a list can show.
std::string snippet(std::string_view query, std::string_view text) {
    const std::vector<std::string> words = words_of(query);
    std::string_view best;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = text.substr(0, end);
        if (best.empty()) best = line;
        if (std::any_of(words.begin(), words.end(),
                        [&](const std::string& word) { return text_matches(word, line); })) {
            best = line;
            break;
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    if (best.size() <= kSnippetBytes) return std::string(best);
    std::size_t end = kSnippetBytes;
    while (end > 0 && (static_cast<unsigned char>(best[end]) & 0xC0) == 0x80) --end;
    return std::string(best.substr(0, end)) + "…";
}

json::object hit_json(const CaseState& state, std::string_view query, std::string_view text) {
    return {{"kind", kCaseKind},
            {"number", state.number},
            {"title", state.title},
            {"state", status_name(state.status)},
            {"snippet", snippet(query, text)}};
}

json::object imported_json(const std::string& number, const ImportedSummary& found,
                           std::string_view query) {
    return {{"kind", kCaseKind},
            {"number", number},
            {"title", found.title},
            {"state", found.state},
            {"snippet", snippet(query, found.all)}};
}

// A message to users, which everybody may find; none where it is gone.
Result<std::optional<json::object>> notice_json(Context& context, const std::string& number,
                                                std::string_view query) {
    KL_TRY(const auto rows,
           context.db().query("SELECT title_da, title_en, text_da, text_en, state FROM core_notice"
                              " WHERE number = :number",
                              {{":number", number}}));
    KL_TRY(const bool found, rows->next());
    if (!found) return std::optional<json::object>();
    const Words title{std::string(rows->text(0)), std::string(rows->text(1))};
    const Words text{std::string(rows->text(2)), std::string(rows->text(3))};
    return std::optional<json::object>(
        json::object{{"kind", kNoticeKind},
                     {"number", number},
                     {"title", title.in(context.language)},
                     {"state", rows->text(4)},
                     {"snippet", snippet(query, text.in(context.language))}});
}

Result<void> add_notices(Context& context, const std::string& text, std::int64_t limit,
                         json::array& items) {
    if (static_cast<std::int64_t>(items.size()) >= limit) return {};
    SearchQuery query;
    query.text = text;
    query.kinds = {std::string(kNoticeKind)};
    query.limit = static_cast<int>(limit - static_cast<std::int64_t>(items.size()));
    KL_TRY(const SearchPage page, context.memory().search->find(context.db(), query));
    for (const SearchHit& hit : page.hits) {
        KL_TRY(auto item, notice_json(context, hit.object, text));
        if (item) items.push_back(std::move(*item));
    }
    return {};
}

Result<json::array> find_as_agent(Context& context, const std::string& text, std::int64_t limit) {
    ThreadMemory& memory = context.memory();
    KL_TRY(SearchQuery query, case_search(context.db(), memory.names, text, context.scope));
    query.kinds = {std::string(kCaseKind), "problem", "change", "major", std::string(kNoticeKind)};
    query.limit = static_cast<int>(limit);
    KL_TRY(const SearchPage page, memory.search->find(context.db(), query));
    json::array items;
    for (const SearchHit& hit : page.hits) {
        if (hit.kind == kNoticeKind) {
            KL_TRY(auto item, notice_json(context, hit.object, text));
            if (item) items.push_back(std::move(*item));
            continue;
        }
        if (hit.object.find(':') != std::string::npos) {
            KL_TRY(const auto found, find_summary(context.db(), hit.object));
            if (found) items.push_back(imported_json(hit.object, *found, text));
            continue;
        }
        KL_TRY(const auto records, load_records(context.db(), hit.object));
        if (const ObjectKind* kind = object_kind(hit.object)) {
            const ObjectRow row = kind->project(hit.object, records);
            items.push_back({{"kind", kind->word},
                             {"number", hit.object},
                             {"title", row.title},
                             {"state", row.state},
                             {"snippet", snippet(text, row.title)}});
            continue;
        }
        const CaseState state = replay(hit.object, records);
        items.push_back(hit_json(state, text, case_document(state, records, 0, 0).text));
    }
    return items;
}

Result<std::vector<std::string>> own_cases(Context& context) {
    KL_TRY(const auto rows, context.db().query(
                                "SELECT number FROM servicedesk_case WHERE caller_account = :account"
                                " AND caller_account <> '' ORDER BY num DESC LIMIT :most",
                                {{":account", context.account.name}, {":most", kOwnCasesMax}}));
    std::vector<std::string> numbers;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return numbers;
        numbers.emplace_back(rows->text(0));
    }
}

Result<json::array> find_as_caller(Context& context, const std::string& text, std::int64_t limit) {
    KL_TRY(const auto numbers, own_cases(context));
    json::array items;
    for (const std::string& number : numbers) {
        if (static_cast<std::int64_t>(items.size()) == limit) break;
        KL_TRY(const auto records, load_records(context.db(), number));
        const CaseState state = replay(number, records);
        const std::string own = caller_text(state, records);
        if (text_matches(text, own)) items.push_back(hit_json(state, text, own));
    }
    KL_CHECK(add_notices(context, text, limit, items));
    return items;
}

}  // namespace

Result<Response> get_search(const Request& request, Context& context) {
    const std::string text = request.find("q").value_or("");
    KL_TRY(const auto limit, read_number(request, "limit", kLimitDefault, 1, kLimitMax));
    KL_TRY(json::array items, context.may(Permission::cases)
                                  ? find_as_agent(context, text, limit)
                                  : find_as_caller(context, text, limit));
    return json_answer(200, {{"items", std::move(items)}});
}

}  // namespace klarsyn::servicedesk
