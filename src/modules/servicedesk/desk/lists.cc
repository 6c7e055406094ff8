#include "modules/servicedesk/desk/lists.h"

#include <algorithm>
#include <iterator>
#include <map>

#include "modules/servicedesk/desk/case_search.h"

namespace klarsyn::servicedesk {
namespace {

constexpr int kHitsPerStep = 2'000;

bool asks_words(const CaseQuery& query) {
    return query.q.find_first_not_of(" \t\r\n") != std::string::npos;
}

constexpr std::string_view kSelect =
    "SELECT num, number, source, version, state, open, type, title, system, org, impact, urgency,"
    " priority, contact, caller_name, caller_account, caller_phone, caller_mail, category, grp,"
    " level, assignee, hold_reason, wake_at, opened_at, updated_at, resolved_at, closed_at, due_at,"
    " rank_at, parent, merged_into, problem, change_no, major, call, reopen_count"
    " FROM servicedesk_case WHERE ";

std::optional<UtcSecond> optional_time(const Rows& rows, int column) {
    if (rows.is_null(column)) return std::nullopt;
    return rows.i64(column);
}

CaseItem item_from(const Rows& rows) {
    CaseItem item;
    int c = 0;
    const auto number = [&] { return rows.i64(c++); };
    const auto text = [&] { return std::string(rows.text(c++)); };
    const auto time = [&] { return optional_time(rows, c++); };
    item.num = number(), item.number = text(), item.source = text(), item.version = number();
    item.state = text(), item.open = number() != 0, item.type = text(), item.title = text();
    item.system = text(), item.org = text(), item.impact = number(), item.urgency = number();
    item.priority = number(), item.contact = text(), item.caller_name = text();
    item.caller_account = text(), item.caller_phone = text(), item.caller_mail = text();
    item.category = text(), item.group = text(), item.level = number(), item.assignee = text();
    item.hold_reason = text(), item.wake_at = time(), item.opened_at = number();
    item.updated_at = number(), item.resolved_at = time(), item.closed_at = time();
    item.due_at = time(), item.rank_at = number();
    item.parent = text(), item.merged_into = text(), item.problem = text(), item.change = text();
    item.major = text(), item.call = text(), item.reopen_count = number();
    return item;
}

// The columns that a sort goes by, all of them in one direction; the last one is unique.
struct Sort {
    std::string_view name;
    std::vector<std::string_view> columns;
    bool descending = false;
};

std::vector<Sort> sorts() {
    return {{"worst", {"rank_at", "priority", "num"}, false},
            {"newest", {"opened_at", "num"}, true},
            {"oldest", {"opened_at", "num"}, false},
            {"updated", {"updated_at", "num"}, true},
            {"priority", {"priority", "rank_at", "num"}, false},
            {"number", {"num"}, false}};
}

Result<Sort> sort_of(const CaseQuery& query) {
    std::string_view name = query.sort;
    const bool turned = name.starts_with('-');
    if (turned) name.remove_prefix(1);
    if (name.empty()) name = query.view == "all" || query.view == "closed" ? "newest" : "worst";
    for (Sort& sort : sorts()) {
        if (sort.name != name) continue;
        sort.descending = sort.descending != turned;
        return sort;
    }
    Error error =
        make_error(ErrorCode::invalid_input, "servicedesk.desk.no_sort", {{"sort", query.sort}});
    error.field = "sort";
    return error;
}

std::int64_t column_value(const CaseItem& item, std::string_view column) {
    if (column == "rank_at") return item.rank_at;
    if (column == "priority") return item.priority;
    if (column == "opened_at") return item.opened_at;
    if (column == "updated_at") return item.updated_at;
    return item.num;
}

// Where-conditions and their parameters, collected.
struct Conditions {
    std::string sql;
    std::vector<std::pair<std::string, Value>> params;

    void add(std::string_view condition) {
        sql += (sql.empty() ? "" : " AND ") + std::string(condition);
    }
    std::string bind(Value value) {
        params.emplace_back(":p" + std::to_string(params.size()), std::move(value));
        return params.back().first;
    }
    void equals(std::string_view column, const std::string& text) {
        if (!text.empty()) add(std::string(column) + " = " + bind(Value(text)));
    }
    void one_of(std::string_view column, const std::vector<std::string>& texts) {
        std::string list;
        for (const std::string& text : texts)
            list += (list.empty() ? "" : ", ") + bind(Value(text));
        add(std::string(column) + " IN (" + list + ")");
    }
    Params all() const {
        Params result;
        for (const auto& [name, value] : params) result.emplace_back(name, value);
        return result;
    }
};

// What agents can act on. Imported cases can only be read: `rank_at` puts them behind all others, and
// nobody is assigned to them.
constexpr std::string_view kOwn = "source = 'klarsyn'";

Result<void> add_view(Conditions& where, const CaseQuery& query, const CaseViewer& viewer) {
    const std::string& view = query.view;
    if (view == "all") return {};
    where.add(view == "closed" ? "open = 0" : "open = 1");
    if (view == "open" || view == "closed") return {};
    if (view == "mine") {
        where.equals("assignee", viewer.account);
        where.add(kOwn);
    } else if (view == "group") {
        if (viewer.groups.empty())
            where.add("1 = 0");
        else
            where.one_of("grp", viewer.groups);
    } else if (view == "unassigned") {
        where.add("assignee = '' AND state <> 'resolved'");
        where.add(kOwn);
    } else if (view == "near_breach") {
        where.add("rank_at <= " + where.bind(viewer.now + kNearBreachSeconds));
    } else if (view == "waiting_user") {
        where.add("state = 'on_hold' AND hold_reason = 'awaiting_user'");
        where.add(kOwn);
    } else if (view == "major") {
        where.add("major <> ''");
    } else {
        Error error =
            make_error(ErrorCode::invalid_input, "servicedesk.desk.no_view", {{"view", view}});
        error.field = "view";
        return error;
    }
    return {};
}

// What of a question the search index answers by itself.
Result<SearchQuery> words_of_query(Connection& db, const CaseQuery& query,
                                   const CaseViewer& viewer) {
    KL_ASSERT(viewer.memory != nullptr);
    KL_TRY(SearchQuery words, case_search(db, viewer.memory->names, query.q, viewer.scope));
    if (query.view == "closed") words.marks = {"closed"};
    else if (query.view != "all") words.marks = {"open"};
    return words;
}

Result<void> add_words(Connection& db, Conditions& where, const CaseQuery& query,
                       const CaseViewer& viewer) {
    KL_TRY(const SearchQuery words, words_of_query(db, query, viewer));
    KL_TRY(const SearchCondition found, viewer.memory->search->condition(db, words));
    if (found.empty) {
        where.add("1 = 0");
        return {};
    }
    where.add("num IN (SELECT ref FROM core_search_doc WHERE id IN (" + found.sql + "))");
    where.params.emplace_back(":search_match", Value(found.match));
    return {};
}

Result<Conditions> conditions_of(const CaseQuery& query, const CaseViewer& viewer) {
    Conditions where;
    KL_CHECK(add_view(where, query, viewer));
    where.equals("state", query.state);
    where.equals("system", query.system);
    where.equals("org", query.org);
    where.equals("grp", query.group);
    if (!query.assignee.empty()) where.add(kOwn);
    if (query.assignee == "-")
        where.add("assignee = ''");
    else
        where.equals("assignee", query.assignee);
    where.equals("type", query.type);
    where.equals("caller_account", query.caller_account);
    if (!query.priority.empty())
        where.add("CAST(priority AS TEXT) = " + where.bind(Value(query.priority)));
    if (!query.numbers.empty()) where.one_of("number", query.numbers);
    if (const ScopeSql scope = scope_sql(viewer.scope, "org"); !viewer.scope.all) {
        where.add(scope.condition);
        where.params.insert(where.params.end(), scope.params.begin(), scope.params.end());
    }
    return where;
}

std::string cursor_of(const CaseItem& item, const Sort& sort) {
    std::string cursor;
    for (const std::string_view column : sort.columns)
        cursor += (cursor.empty() ? "" : ".") + std::to_string(column_value(item, column));
    return cursor;
}

Result<std::vector<std::int64_t>> cursor_values(const std::string& cursor, std::size_t count) {
    std::vector<std::int64_t> values;
    std::size_t at = 0;
    while (at <= cursor.size() && values.size() <= count) {
        const std::size_t end = std::min(cursor.find('.', at), cursor.size());
        char* stop = nullptr;
        const std::string piece = cursor.substr(at, end - at);
        values.push_back(std::strtoll(piece.c_str(), &stop, 10));
        if (piece.empty() || *stop != '\0') break;
        at = end + 1;
        if (end == cursor.size() && values.size() == count) return values;
    }
    Error error = make_error(ErrorCode::invalid_input, "servicedesk.desk.cursor");
    error.field = "cursor";
    return error;
}

// (a, b, c) > (1, 2, 3), written so that both databases use the index.
Result<void> add_cursor(Conditions& where, const CaseQuery& query, const Sort& sort) {
    if (query.cursor.empty()) return {};
    KL_TRY(const auto values, cursor_values(query.cursor, sort.columns.size()));
    std::string columns, marks;
    for (std::size_t i = 0; i < values.size(); ++i) {
        columns += (i == 0 ? "" : ", ") + std::string(sort.columns[i]);
        marks += (i == 0 ? "" : ", ") + where.bind(values[i]);
    }
    where.add("(" + columns + ") " + (sort.descending ? "<" : ">") + " (" + marks + ")");
    return {};
}

}  // namespace

bool is_breached(const CaseItem& item, UtcSecond now) { return item.due_at && *item.due_at < now; }

namespace {

// Of these hits the ones that meet the other conditions, in the order of the hits.
Result<std::vector<CaseItem>> items_of(Connection& db, const std::vector<SearchHit>& hits,
                                       Conditions where) {
    std::string numbers;
    for (const SearchHit& hit : hits)
        numbers += (numbers.empty() ? "" : ", ") + std::to_string(hit.ref);
    where.add("num IN (" + numbers + ")");
    KL_TRY(const auto rows, db.query(std::string(kSelect) + where.sql, where.all()));
    std::map<std::int64_t, CaseItem> found;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) break;
        CaseItem item = item_from(*rows);
        found.emplace(item.num, std::move(item));
    }
    std::vector<CaseItem> items;
    for (const SearchHit& hit : hits) {
        const auto item = found.find(hit.ref);
        items.push_back(item == found.end() ? CaseItem() : std::move(item->second));
    }
    return items;
}

// A case whose number was typed, then the newest: as the index finds them, in steps.
Result<CasePage> list_by_words(Connection& db, const CaseQuery& query, const CaseViewer& viewer) {
    KL_TRY(SearchQuery words, words_of_query(db, query, viewer));
    KL_TRY(const Conditions where, conditions_of(query, viewer));
    words.cursor = query.cursor;
    words.limit = static_cast<int>(query.limit + 1);
    CasePage page;
    std::string shown;  // the cursor behind the last one
    while (true) {
        KL_TRY(const SearchPage found, viewer.memory->search->find(db, words));
        if (found.hits.empty()) return page;
        KL_TRY(auto items, items_of(db, found.hits, where));
        for (std::size_t i = 0; i < items.size(); ++i) {
            if (items[i].number.empty()) continue;
            if (static_cast<std::int64_t>(page.items.size()) == query.limit) {
                page.next = shown;
                return page;
            }
            items[i].breached = is_breached(items[i], viewer.now);
            page.items.push_back(std::move(items[i]));
            shown = found.hits[i].after;
        }
        if (found.next.empty()) return page;
        words.cursor = found.next;
        words.limit = kHitsPerStep;
    }
}

}  // namespace

Result<CasePage> list_cases(Connection& db, const CaseQuery& query, const CaseViewer& viewer) {
    if (asks_words(query) && query.sort.empty()) return list_by_words(db, query, viewer);
    KL_TRY(const Sort sort, sort_of(query));
    KL_TRY(Conditions where, conditions_of(query, viewer));
    if (asks_words(query)) KL_CHECK(add_words(db, where, query, viewer));
    KL_CHECK(add_cursor(where, query, sort));
    std::string order;
    for (const std::string_view column : sort.columns)
        order +=
            (order.empty() ? "" : ", ") + std::string(column) + (sort.descending ? " DESC" : "");
    if (where.sql.empty()) where.add("1 = 1");
    const std::string sql = std::string(kSelect) + where.sql + " ORDER BY " + order + " LIMIT " +
                            where.bind(query.limit + 1);
    KL_TRY(const auto rows, db.query(sql, where.all()));
    CasePage page;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return page;
        if (static_cast<std::int64_t>(page.items.size()) == query.limit) {
            page.next = cursor_of(page.items.back(), sort);
            return page;
        }
        page.items.push_back(item_from(*rows));
        page.items.back().breached = is_breached(page.items.back(), viewer.now);
    }
}

namespace {

// Whether the search index knows all that is asked for: words, open or closed, who may see it.
bool index_answers(const CaseQuery& query) {
    const bool view = query.view == "open" || query.view == "closed" || query.view == "all";
    for (const std::string* one : {&query.state, &query.system, &query.org, &query.group,
                                   &query.assignee, &query.priority, &query.type,
                                   &query.caller_account})
        if (!one->empty()) return false;
    return view && asks_words(query) && query.numbers.empty();
}

}  // namespace

Result<std::int64_t> count_cases(Connection& db, const CaseQuery& query, const CaseViewer& viewer) {
    if (index_answers(query)) {
        KL_TRY(const SearchQuery words, words_of_query(db, query, viewer));
        return viewer.memory->search->total(db, words);
    }
    KL_TRY(Conditions where, conditions_of(query, viewer));
    if (asks_words(query)) KL_CHECK(add_words(db, where, query, viewer));
    if (where.sql.empty()) where.add("1 = 1");
    return query_i64(db, "SELECT COUNT(*) FROM servicedesk_case WHERE " + where.sql, where.all());
}

Result<std::optional<CaseItem>> find_item(Connection& db, std::string_view number,
                                          const OrgScope& scope) {
    KL_TRY(const auto rows,
           db.query(std::string(kSelect) + "number = :number", {{":number", std::string(number)}}));
    KL_TRY(const bool found, rows->next());
    if (!found) return std::optional<CaseItem>();
    CaseItem item = item_from(*rows);
    if (!scope.sees(item.org)) return std::optional<CaseItem>();
    return std::optional(std::move(item));
}

Result<std::vector<std::string>> children_of(Connection& db, std::string_view number,
                                             const OrgScope& scope) {
    const ScopeSql sql = scope_sql(scope, "org");
    Params params = {{":parent", std::string(number)}};
    for (const auto& [name, value] : sql.params) params.emplace_back(name, value);
    KL_TRY(const auto rows, db.query("SELECT number FROM servicedesk_case WHERE parent = :parent"
                                     " AND parent <> '' AND " +
                                         sql.condition + " ORDER BY num",
                                     params));
    std::vector<std::string> children;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return children;
        children.emplace_back(rows->text(0));
    }
}

}  // namespace klarsyn::servicedesk
