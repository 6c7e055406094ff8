#include "modules/servicedesk/groups.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "modules/servicedesk/case_row.h"
#include "modules/servicedesk/case_time.h"
#include "protocols/csv.h"
#include "store/journal.h"

namespace klarsyn::servicedesk {
namespace {

Error fault(std::string_view file, std::int64_t line, std::string_view field, std::string key,
            TextArgs args = {}) {
    Error error = make_error(ErrorCode::invalid_input, std::move(key), std::move(args));
    error.file = std::string(file);
    error.line = line;
    error.field = std::string(field);
    return error;
}

struct GroupColumns {
    std::size_t group, level;
    std::optional<std::size_t> org, from, to;
};

Result<GroupColumns> group_columns(const CsvReader& reader, std::string_view file) {
    const auto group = reader.column("group");
    const auto level = reader.column("level");
    if (!group || !level) {
        const std::string missing = group ? "level" : "group";
        return fault(file, 1, missing, "servicedesk.error.column_missing", {{"column", missing}});
    }
    return GroupColumns{*group, *level, reader.column("org"), reader.column("from"),
                        reader.column("to")};
}

std::string_view cell(const CsvRow& row, std::optional<std::size_t> column) {
    if (!column) return {};
    const std::string_view text = trimmed(row.fields[*column]);
    return is_missing(text) ? std::string_view() : text;
}

Result<Day> read_day(const CsvRow& row, std::optional<std::size_t> column, std::string_view field,
                     std::string_view file, Day open) {
    const std::string_view text = cell(row, column);
    if (text.empty()) return open;
    const auto time = parse_case_time(text, Zone::copenhagen());
    if (!time) {
        return fault(file, row.line, field, "servicedesk.reject.time_unreadable",
                     {{"value", std::string(text.substr(0, 80))}});
    }
    return Zone::copenhagen().to_local(time->at).day;
}

constexpr Day kOpenBeginning = 0;

bool overlaps(const GroupMap& map, std::string_view group, const GroupSpan& span) {
    const auto found = map.spans().find(group);
    if (found == map.spans().end()) return false;
    return std::any_of(found->second.begin(), found->second.end(), [&](const GroupSpan& other) {
        return other.from <= span.to && span.from <= other.to;
    });
}

Result<void> read_group(const CsvRow& row, const GroupColumns& columns, std::string_view file,
                        GroupMap& map) {
    const std::string_view group = cell(row, columns.group);
    if (group.empty()) return fault(file, row.line, "group", "servicedesk.reject.missing");
    GroupSpan span;
    span.level = std::string(cell(row, columns.level));
    span.org = std::string(cell(row, columns.org));
    KL_TRY(span.from, read_day(row, columns.from, "from", file, kOpenBeginning));
    KL_TRY(span.to, read_day(row, columns.to, "to", file, GroupSpan::kOpenEnd));
    if (span.to < span.from)
        return fault(file, row.line, "to", "servicedesk.error.groups_end_first");
    if (overlaps(map, group, span)) {
        return fault(file, row.line, "from", "servicedesk.error.groups_overlap",
                     {{"group", std::string(group)}});
    }
    map.add(std::string(group), std::move(span));
    return {};
}

struct Alias {
    std::string code;
    Day from = 0;
    Day to = GroupSpan::kOpenEnd;
};
using Aliases = std::multimap<std::string, Alias, std::less<>>;  // by folded text

// Every spelling of a unit that the organisation knows.
Result<Aliases> load_aliases(Connection& db) {
    Aliases aliases;
    KL_TRY(const auto rows,
           db.query("SELECT folded, code, valid_from, valid_to FROM core_org_alias "
                    "WHERE retracted_seq IS NULL ORDER BY folded, valid_from"));
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) break;
        aliases.emplace(
            std::string(rows->text(0)),
            Alias{std::string(rows->text(1)), static_cast<Day>(rows->i64(2)),
                  rows->is_null(3) ? GroupSpan::kOpenEnd : static_cast<Day>(rows->i64(3))});
    }
    return aliases;
}

// The span with its organisation as the code of the unit it names, cut where that code changes by
// date; days on which no unit has the name keep it as it stands.
std::vector<GroupSpan> resolve(const GroupSpan& span, const Aliases& aliases) {
    std::vector<GroupSpan> pieces;
    const auto put = [&](Day from, Day to, const std::string& org) {
        if (from <= to) pieces.push_back({from, to, span.level, org});
    };
    std::int64_t next = span.from;  // wider than Day: a span may end on the last day there is
    const auto [begin, end] = aliases.equal_range(fold(span.org));
    for (auto it = begin; it != end; ++it) {
        const std::int64_t from = std::max<std::int64_t>(it->second.from, next);
        const std::int64_t to = std::min(it->second.to, span.to);
        if (from > to) continue;
        put(static_cast<Day>(next), static_cast<Day>(from - 1), span.org);
        put(static_cast<Day>(from), static_cast<Day>(to), it->second.code);
        next = to + 1;
    }
    if (next <= span.to) put(static_cast<Day>(next), span.to, span.org);
    return pieces;
}

// The groups that are not the same in both.
std::set<std::string> difference(const GroupMap& before, const GroupMap& after) {
    std::set<std::string> names;
    for (const auto& [group, spans] : before.spans()) {
        const auto other = after.spans().find(group);
        if (other == after.spans().end() || other->second != spans) names.insert(group);
    }
    for (const auto& [group, spans] : after.spans()) {
        if (!before.contains(group)) names.insert(group);
    }
    return names;
}

// The cases that ever were in one of the groups.
Result<std::vector<std::int64_t>> cases_in(Connection& db, std::string_view source,
                                           const std::set<std::string>& groups) {
    std::vector<std::int64_t> keys;
    if (groups.empty()) return keys;
    Names names(db);
    KL_TRY(const auto source_id, names.find(source));
    std::set<std::int64_t> ids;
    for (const std::string& group : groups) {
        KL_TRY(const auto id, names.find(group));
        if (id) ids.insert(*id);
    }
    if (!source_id || ids.empty()) return keys;
    KL_TRY(const auto rows, db.query("SELECT DISTINCT grp, group_key FROM servicedesk_event "
                                     "WHERE retracted_seq IS NULL AND source = :source",
                                     {{":source", Value(*source_id)}}));
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return keys;
        if (ids.contains(rows->i64(0))) keys.push_back(rows->i64(1));
    }
}

Result<void> store_map(Connection& db, std::int64_t seq, std::string_view source,
                       const GroupMap& map, const Aliases& aliases) {
    KL_TRY(const std::int64_t last,
           query_i64(db, "SELECT COALESCE(MAX(id), 0) FROM servicedesk_group"));
    std::int64_t id = last;
    for (const auto& [group, spans] : map.spans()) {
        for (const GroupSpan& span : spans) {
            for (const GroupSpan& piece : resolve(span, aliases)) {
                KL_TRY([[maybe_unused]] const auto added,
                       db.run("INSERT INTO servicedesk_group (id, source, batch, grp, level, org, "
                              "valid_from, valid_to) VALUES (:id, :source, :batch, :grp, :level, "
                              ":org, :from, :to)",
                              {{":id", Value(++id)},
                               {":source", Value(std::string(source))},
                               {":batch", Value(seq)},
                               {":grp", Value(group)},
                               {":level", Value(piece.level)},
                               {":org", Value(piece.org)},
                               {":from", Value(std::int64_t{piece.from})},
                               {":to", Value(std::int64_t{piece.to})}}));
            }
        }
    }
    return {};
}

}  // namespace

Result<GroupMap> parse_groups(std::string_view text, std::string_view file) {
    const auto in_file = [&](Error error) {
        if (error.file.empty()) error.file = std::string(file);
        return error;
    };
    auto decoded = decode_text(text);
    if (!decoded) return in_file(decoded.error());
    auto reader = CsvReader::open(decoded->text);
    if (!reader) return in_file(reader.error());
    KL_TRY(const GroupColumns columns, group_columns(*reader, file));
    GroupMap map;
    CsvRow row;
    while (true) {
        const auto more = reader->next(row);
        if (!more) return in_file(more.error());
        if (!*more) return map;
        if (row.fault != CsvFault::none) {
            auto [key, args] = fault_reason(row, reader->columns().size());
            return fault(file, row.line, "", std::move(key), std::move(args));
        }
        KL_CHECK(read_group(row, columns, file, map));
    }
}

Result<GroupMap> load_groups(Connection& db, std::string_view source) {
    GroupMap map;
    KL_TRY(const auto rows,
           db.query("SELECT g.grp, g.level, g.org, g.valid_from, g.valid_to "
                    "FROM servicedesk_group AS g "
                    "JOIN (SELECT grp, MAX(batch) AS newest FROM servicedesk_group "
                    "      WHERE source = :source AND withdrawn_seq IS NULL GROUP BY grp) AS n "
                    "  ON n.grp = g.grp AND n.newest = g.batch "
                    "WHERE g.source = :source AND g.withdrawn_seq IS NULL "
                    "ORDER BY g.grp, g.valid_from",
                    {{":source", Value(std::string(source))}}));
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return map;
        GroupSpan span;
        span.level = std::string(rows->text(1));
        span.org = std::string(rows->text(2));
        span.from = static_cast<Day>(rows->i64(3));
        span.to = static_cast<Day>(rows->i64(4));
        map.add(std::string(rows->text(0)), std::move(span));
    }
}

Result<std::vector<std::int64_t>> apply_groups(Connection& db, std::int64_t seq,
                                               const ImportOptions& options,
                                               std::vector<Reject>& /*rejects*/) {
    if (options.source == kOwnSource)
        return make_error(ErrorCode::invalid_input, "servicedesk.error.own_source");
    if (options.groups.empty() && options.groups_name.empty()) return std::vector<std::int64_t>{};
    KL_TRY(const GroupMap given, parse_groups(options.groups, options.groups_name));
    KL_TRY(const Aliases aliases, load_aliases(db));
    KL_TRY(const GroupMap before, load_groups(db, options.source));
    KL_CHECK(store_map(db, seq, options.source, given, aliases));
    KL_TRY(const GroupMap after, load_groups(db, options.source));
    return cases_in(db, options.source, difference(before, after));
}

Result<std::vector<std::int64_t>> withdraw_groups(Connection& db, std::int64_t seq,
                                                  std::int64_t withdrawn_batch,
                                                  std::string_view source) {
    KL_TRY(const GroupMap before, load_groups(db, source));
    KL_TRY([[maybe_unused]] const auto changed,
           db.run("UPDATE servicedesk_group SET withdrawn_seq = :seq "
                  "WHERE source = :source AND batch = :batch AND withdrawn_seq IS NULL",
                  {{":seq", Value(seq)},
                   {":source", Value(std::string(source))},
                   {":batch", Value(withdrawn_batch)}}));
    KL_TRY(const GroupMap after, load_groups(db, source));
    return cases_in(db, source, difference(before, after));
}

Result<std::vector<std::string>> unmapped_groups(Connection& db, std::string_view source,
                                                 Period days) {
    std::vector<std::string> names;
    KL_TRY(const auto rows,
           db.query("SELECT DISTINCT g.text FROM servicedesk_event AS e "
                    "JOIN core_name AS g ON g.id = e.grp JOIN core_name AS s ON s.id = e.source "
                    "WHERE e.day BETWEEN :from AND :to AND e.retracted_seq IS NULL "
                    "AND e.level = 0 AND e.grp <> 0 AND s.text = :source ORDER BY g.text",
                    {{":from", Value(std::int64_t{days.from})},
                     {":to", Value(std::int64_t{days.to})},
                     {":source", Value(std::string(source))}}));
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return names;
        names.emplace_back(rows->text(0));
    }
}

Result<std::vector<Notice>> notice_unmapped(const ImportOptions& options,
                                            const std::set<std::string, std::less<>>& named) {
    std::vector<Notice> notices;
    if (options.groups.empty() && options.groups_name.empty()) return notices;
    KL_TRY(const GroupMap map, parse_groups(options.groups, options.groups_name));
    std::string list;
    for (const std::string& group : named) {
        if (map.contains(group)) continue;
        if (!list.empty()) list += ", ";
        list += group;
    }
    if (!list.empty())
        notices.push_back({"servicedesk.notice.groups_unmapped", {{"groups", list}}});
    return notices;
}

}  // namespace klarsyn::servicedesk
