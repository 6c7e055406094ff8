#include "modules/servicedesk/practice/object.h"

#include <algorithm>

#include "modules/servicedesk/case_facts.h"
#include "modules/servicedesk/desk/live_facts.h"

namespace klarsyn::servicedesk {
namespace {

constexpr std::string_view kColumns[] = {
    "kind", "version", "state",     "open",       "title",     "org",     "systems",
    "orgs", "rank",    "opened_at", "updated_at", "starts_at", "ends_at", "closed_at"};

std::string columns() {
    std::string list = "num, number";
    for (const std::string_view column : kColumns) list += ", " + std::string(column);
    return list;
}

std::string lines(const std::vector<std::string>& list) {
    std::string text;
    for (const std::string& one : list) text += (text.empty() ? "" : "\n") + one;
    return text;
}

std::vector<std::string> split_lines(std::string_view text) {
    std::vector<std::string> list;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        list.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return list;
}

Value optional_value(const std::optional<UtcSecond>& time) { return time ? Value(*time) : Value(); }

Params row_values(const ObjectRow& row) {
    return {{":kind", row.kind},
            {":version", row.version},
            {":state", row.state},
            {":open", std::int64_t{row.open ? 1 : 0}},
            {":title", row.title},
            {":org", row.org},
            {":systems", lines(row.systems)},
            {":orgs", lines(row.orgs)},
            {":rank", row.rank},
            {":opened_at", row.opened_at},
            {":updated_at", row.updated_at},
            {":starts_at", optional_value(row.starts_at)},
            {":ends_at", optional_value(row.ends_at)},
            {":closed_at", optional_value(row.closed_at)}};
}

ObjectRow row_of(const ObjectKind& kind, std::string_view number, std::span<const Record> records) {
    ObjectRow row = kind.project(number, records);
    row.kind = kind.word;
    return row;
}

ObjectRow read_row(const Rows& rows) {
    const auto time = [&](int column) {
        return rows.is_null(column) ? std::optional<UtcSecond>() : rows.i64(column);
    };
    ObjectRow row;
    row.number = rows.text(1);
    row.kind = rows.text(2);
    row.version = rows.i64(3);
    row.state = rows.text(4);
    row.open = rows.i64(5) == 1;
    row.title = rows.text(6);
    row.org = rows.text(7);
    row.systems = split_lines(rows.text(8));
    row.orgs = split_lines(rows.text(9));
    row.rank = rows.text(10);
    row.opened_at = rows.i64(11);
    row.updated_at = rows.i64(12);
    row.starts_at = time(13);
    row.ends_at = time(14);
    row.closed_at = time(15);
    return row;
}

std::string insert_sql() {
    std::string names = "number", values = ":number";
    for (const std::string_view column : kColumns) {
        names += ", " + std::string(column);
        values += ", :" + std::string(column);
    }
    return "INSERT INTO servicedesk_object (num, " + names +
           ") VALUES ((SELECT COALESCE(MAX(num), 0) + 1 FROM servicedesk_object), " + values + ")";
}

std::string update_sql() {
    std::string sets;
    for (const std::string_view column : kColumns)
        sets += (sets.empty() ? "" : ", ") + std::string(column) + " = :" + std::string(column);
    return "UPDATE servicedesk_object SET " + sets + " WHERE number = :number";
}

Result<void> derive_object(FactWriter& facts, const ObjectKind& kind, std::string_view number,
                           std::span<const Record> records, FactWriter::Group group) {
    KL_CHECK(facts.begin_group(case_group(kOwnSource, number), group));
    kind.derive(number, records, facts);
    return facts.end_group();
}

Result<bool> row_differs(Connection& db, const ObjectRow& wanted) {
    KL_TRY(const auto rows, db.query("SELECT " + columns() +
                                         " FROM servicedesk_object"
                                         " WHERE number = :number",
                                     {{":number", wanted.number}}));
    KL_TRY(const bool found, rows->next());
    return !found || read_row(*rows) != wanted;
}

Result<std::vector<std::string>> object_numbers(Connection& db) {
    std::vector<std::string> numbers;
    KL_TRY(const auto rows, db.query("SELECT object FROM servicedesk_record WHERE n = 1"
                                     " UNION SELECT number FROM servicedesk_object ORDER BY 1"));
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return numbers;
        if (object_kind(rows->text(0)) != nullptr) numbers.emplace_back(rows->text(0));
    }
}

}  // namespace

Result<void> write_object(WriteTurn& turn, std::string_view number, std::span<const Record> records,
                          ObjectIs is) {
    static const std::string kInsert = insert_sql();
    static const std::string kUpdate = update_sql();
    static const Format kFormat = practice_format();
    const ObjectKind* kind = object_kind(number);
    KL_ASSERT(kind != nullptr);
    Params values = row_values(row_of(*kind, number, records));
    values.emplace_back(":number", std::string(number));
    const bool fresh = is == ObjectIs::fresh;
    KL_TRY(const auto changed, turn.db.run(fresh ? kInsert : kUpdate, values));
    KL_ASSERT(changed == 1);
    KL_TRY(FactWriter* const facts, turn.facts(kFormat));
    KL_CHECK(derive_object(*facts, *kind, number, records,
                           fresh ? FactWriter::Group::fresh : FactWriter::Group::may_exist));
    return cover_days(turn, records.back().seq);
}

Result<std::int64_t> count_object_faults(Connection& db, std::int64_t seq, Names& names) {
    const Format format = practice_format();
    KL_TRY(const auto facts, FactWriter::open(db, format, seq, names));
    KL_TRY(const auto numbers, object_numbers(db));
    std::int64_t faults = 0;
    for (const std::string& number : numbers) {
        const ObjectKind& kind = *object_kind(number);
        KL_TRY(const auto records, load_records(db, number));
        KL_TRY(const bool differs, row_differs(db, row_of(kind, number, records)));
        faults += differs ? 1 : 0;
        KL_CHECK(derive_object(*facts, kind, number, records, FactWriter::Group::may_exist));
    }
    KL_CHECK(facts->flush());
    return faults + facts->digest().rows_came + facts->digest().rows_went;
}

Result<ObjectPage> list_objects(Connection& db, const ObjectQuery& query, const OrgScope& scope) {
    std::string sql = "SELECT " + columns() + " FROM servicedesk_object WHERE kind = :kind";
    Params params = {{":kind", std::string(query.kind)}};
    const auto where = [&](std::string condition, std::string_view name, Value value) {
        sql += " AND " + condition;
        params.emplace_back(name, std::move(value));
    };
    if (query.open) where("open = :open", ":open", std::int64_t{*query.open ? 1 : 0});
    if (!query.state.empty()) where("state = :state", ":state", query.state);
    if (query.before > 0) where("num < :before", ":before", query.before);
    if (query.overlaps_to) where("starts_at < :window_to", ":window_to", *query.overlaps_to);
    if (query.overlaps_from)
        where("(ends_at IS NULL OR ends_at > :window_from)", ":window_from", *query.overlaps_from);
    const ScopeSql seen = scope_sql(scope, "org");
    sql += " AND " + seen.condition + " ORDER BY num DESC";
    for (const auto& [name, value] : seen.params) params.emplace_back(name, value);
    KL_TRY(const auto rows, db.query(sql, params));
    ObjectPage page;
    std::int64_t last = 0;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return page;
        ObjectRow row = read_row(*rows);
        if (!query.system.empty() &&
            std::find(row.systems.begin(), row.systems.end(), query.system) == row.systems.end())
            continue;
        if (static_cast<std::int64_t>(page.items.size()) == query.limit) {
            page.next = last;
            return page;
        }
        last = rows->i64(0);
        page.items.push_back(std::move(row));
    }
}

Result<std::optional<ObjectRow>> find_object(Connection& db, std::string_view number,
                                             const OrgScope& scope) {
    KL_TRY(const auto rows, db.query("SELECT " + columns() +
                                         " FROM servicedesk_object"
                                         " WHERE number = :number",
                                     {{":number", std::string(number)}}));
    KL_TRY(const bool found, rows->next());
    if (!found) return std::optional<ObjectRow>();
    ObjectRow row = read_row(*rows);
    if (!scope.sees(row.org)) return std::optional<ObjectRow>();
    return std::optional<ObjectRow>(std::move(row));
}

}  // namespace klarsyn::servicedesk
