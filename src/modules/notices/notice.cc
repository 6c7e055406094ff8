#include "modules/notices/notice.h"

#include <boost/json/parse.hpp>

#include <algorithm>

namespace klarsyn::notices {
namespace {

namespace json = boost::json;

std::string text_of(const json::object& body, std::string_view name) {
    const json::value* value = body.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string();
}

void take_text(const json::object& body, std::string_view name, std::string& into) {
    if (body.contains(name)) into = text_of(body, name);
}

void take_words(const json::object& body, std::string_view name, Words& into) {
    take_text(body, name, into.da);
    take_text(body, std::string(name) + "_en", into.en);
}

void take_time(const json::object& body, std::string_view name, std::optional<UtcSecond>& into) {
    const json::value* value = body.if_contains(name);
    if (value == nullptr) return;
    into = value->is_int64() ? std::optional<UtcSecond>(value->as_int64()) : std::nullopt;
}

void take_list(const json::object& body, std::string_view name, std::vector<std::string>& into) {
    const json::value* value = body.if_contains(name);
    if (value == nullptr || !value->is_array()) return;
    into.clear();
    for (const json::value& one : value->as_array())
        if (one.is_string()) into.emplace_back(one.as_string());
}

void take_fields(Notice& notice, const json::object& body) {
    take_text(body, "kind", notice.kind);
    take_text(body, "severity", notice.severity);
    take_text(body, "system", notice.system);
    take_text(body, "case", notice.case_number);
    take_text(body, "major", notice.major);
    take_words(body, "title", notice.title);
    take_words(body, "text", notice.text);
    take_words(body, "advice", notice.advice);
    take_text(body, "change", notice.change);
    take_list(body, "orgs", notice.orgs);
    take_list(body, "roles", notice.roles);
    if (const json::value* ack = body.if_contains("ack_required"); ack && ack->is_bool())
        notice.ack = ack->as_bool();
    std::optional<UtcSecond> starts = notice.starts_at;
    take_time(body, "starts_at", starts);
    notice.starts_at = starts.value_or(notice.starts_at);
    take_time(body, "ends_at", notice.ends_at);
    take_time(body, "next_at", notice.next_at);
}

void take_update(Notice& notice, const NoticeRecord& record) {
    NoticeUpdate update{record.at, record.kind, {}};
    take_words(record.body, "text", update.text);
    notice.updates.push_back(std::move(update));
    take_text(record.body, "severity", notice.severity);
    take_time(record.body, "next_at", notice.next_at);
}

// A correction says how bad it was all along; an update, how bad it is from now on.
void take_severity(Notice& notice, const NoticeRecord& record) {
    if (record.kind == "updated" && record.body.contains("severity"))
        notice.severities.push_back({record.at, notice.severity});
    else if (notice.severities.empty())
        notice.severities.push_back({notice.starts_at, notice.severity});
    else if (record.kind == "changed")
        notice.severities.back().severity = notice.severity;
    notice.severities.front().at = notice.starts_at;
}

}  // namespace

std::string lines_of(const std::vector<std::string>& list) {
    std::string lines;
    for (const std::string& one : list) lines += (lines.empty() ? "\n" : "") + one + "\n";
    return lines;
}

bool is_for_role(const Notice& notice, std::string_view role) {
    return role.empty() || notice.roles.empty() ||
           std::find(notice.roles.begin(), notice.roles.end(), role) != notice.roles.end();
}

Notice replay(std::string_view number, std::span<const NoticeRecord> records) {
    Notice notice;
    notice.number = number;
    for (const NoticeRecord& record : records) {
        notice.version = record.n;
        notice.updated_at = record.at;
        if (record.kind == "opened") notice.created_at = notice.starts_at = record.at;
        if (record.kind == "opened" || record.kind == "changed") {
            take_fields(notice, record.body);
            notice.wording = record.n;
        }
        if (record.kind == "updated" || record.kind == "cleared") take_update(notice, record);
        take_severity(notice, record);
        if (record.kind == "cleared") {
            notice.cleared_at = record.at;
            notice.next_at.reset();
        }
    }
    return notice;
}

Result<std::vector<NoticeRecord>> load_records(Connection& db, std::string_view number) {
    KL_TRY(const auto rows, db.query("SELECT n, at, actor, kind, body FROM notices_record"
                                     " WHERE object = :object ORDER BY n",
                                     {{":object", std::string(number)}}));
    std::vector<NoticeRecord> records;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return records;
        NoticeRecord record{
            rows->i64(0), rows->i64(1), std::string(rows->text(2)), std::string(rows->text(3)), {}};
        json::error_code error;
        json::value body = json::parse(rows->text(4), error);
        if (error || !body.is_object())
            return make_error(ErrorCode::internal, "notices.record_damaged",
                              {{"number", std::string(number)}});
        record.body = std::move(body.as_object());
        records.push_back(std::move(record));
    }
}

Result<Notice> find_notice(Connection& db, std::string_view number) {
    KL_TRY(const auto records, load_records(db, number));
    if (records.empty())
        return make_error(ErrorCode::not_found, "notices.not_found",
                          {{"number", std::string(number)}});
    return replay(number, records);
}

Result<std::vector<Notice>> list_notices(Connection& db, UtcSecond since, std::int64_t limit) {
    std::vector<std::string> numbers;
    {
        KL_TRY(const auto rows,
               db.query("SELECT number FROM core_notice WHERE state = 'open' OR cleared_at > :since"
                        " ORDER BY num DESC LIMIT :limit",
                        {{":since", since}, {":limit", limit}}));
        while (true) {
            KL_TRY(const bool more, rows->next());
            if (!more) break;
            numbers.emplace_back(rows->text(0));
        }
    }
    std::vector<Notice> list;
    for (const std::string& number : numbers) {
        KL_TRY(Notice notice, find_notice(db, number));
        list.push_back(std::move(notice));
    }
    return list;
}

Result<std::int64_t> notices_version(Connection& db) {
    return query_i64(db, "SELECT MAX(seq) FROM core_notice", {}, 0);
}

}  // namespace klarsyn::notices
