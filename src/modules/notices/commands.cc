#include "modules/notices/commands.h"

#include <boost/json/serialize.hpp>

#include <algorithm>

#include "core/cpr.h"
#include "modules/notices/notice_search.h"
#include "modules/notices/telling.h"
#include "web/org_match.h"

namespace klarsyn::notices {
namespace {

namespace json = boost::json;
using Need = JsonBody::Need;
using Lines = JsonBody::TextRule::Lines;

constexpr std::size_t kTitleMax = 120;
constexpr std::size_t kTextMax = 2'000;
constexpr std::size_t kWordMax = 80;
constexpr std::size_t kOrgsMax = 100;

void take_text(JsonBody& body, json::object& fields, std::string_view name,
               JsonBody::TextRule rule) {
    if (body.is_null(name) && rule.need == Need::optional)
        fields[name] = "";
    else if (const auto text = body.text(name, rule))
        fields[name] = mask_cprs(*text).text;
}

void take_words(JsonBody& body, json::object& fields, std::string_view name,
                JsonBody::TextRule rule) {
    take_text(body, fields, name, rule);
    rule.need = Need::optional;
    take_text(body, fields, std::string(name) + "_en", rule);
}

void take_time(JsonBody& body, json::object& fields, std::string_view name) {
    if (body.is_null(name))
        fields[name] = nullptr;
    else if (const auto time = body.time(name))
        fields[name] = *time;
}

Result<void> take_orgs(Connection& db, UtcSecond now, JsonBody& body, json::object& fields) {
    const auto orgs = body.texts("orgs", kOrgsMax);
    if (body.is_null("orgs")) fields["orgs"] = json::array();
    if (!orgs) return {};
    json::array codes;
    for (const std::string& org : *orgs) {
        if (org.empty()) continue;
        KL_TRY(const std::string code,
               take_org_code(db, body, "orgs", org, Zone::copenhagen().to_local(now).day));
        codes.emplace_back(code);
    }
    fields["orgs"] = std::move(codes);
    return {};
}

void take_roles(JsonBody& body, json::object& fields) {
    const auto roles = body.texts("roles", std::size(kRoles));
    if (body.is_null("roles")) fields["roles"] = json::array();
    if (!roles) return;
    json::array words;
    for (const std::string& role : *roles) {
        if (role.empty()) continue;
        if (std::find(std::begin(kRoles), std::end(kRoles), role) == std::end(kRoles))
            body.fault("roles", "notices.fault.role", {{"role", role}});
        words.emplace_back(role);
    }
    fields["roles"] = std::move(words);
}

Result<json::object> take_fields(const Author& author, const Notice& standing, JsonBody& body) {
    body.allow_only({"kind", "system", "severity", "orgs", "title", "title_en", "text", "text_en",
                     "advice", "advice_en", "starts_at", "ends_at", "next_at", "case", "major", "change",
                     "roles", "ack_required"});
    const Need need = standing.version == 0 ? Need::required : Need::optional;
    json::object fields;
    if (const auto kind = body.word("kind", {"message", "information", "disturbance", "planned"}))
        fields["kind"] = *kind == "information" ? std::string("message") : *kind;
    if (const auto severity = body.word("severity", {"down", "unstable"}))
        fields["severity"] = *severity;
    take_text(body, fields, "system", {kWordMax});
    take_text(body, fields, "case", {kWordMax});
    take_text(body, fields, "major", {kWordMax});
    take_text(body, fields, "change", {kWordMax});
    take_roles(body, fields);
    if (const auto ack = body.flag("ack_required")) fields["ack_required"] = *ack;
    take_words(body, fields, "title", {kTitleMax, need});
    take_words(body, fields, "text", {kTextMax, need, Lines::many});
    take_words(body, fields, "advice", {kTextMax, Need::optional, Lines::many});
    for (const std::string_view name : {"starts_at", "ends_at", "next_at"})
        take_time(body, fields, name);
    KL_CHECK(take_orgs(author.turn.db, author.turn.now, body, fields));
    return fields;
}

// What a message as a whole must have.
void check(const Notice& notice, JsonBody& body) {
    if (notice.title.da.empty() && body.ok()) body.fault("title", "web.body.required");
    if (notice.text.da.empty() && body.ok()) body.fault("text", "web.body.required");
    if (notice.kind == "disturbance" && notice.system.empty())
        body.fault("system", "notices.fault.system");
    if (notice.kind == "planned" && !notice.ends_at) body.fault("ends_at", "notices.fault.ends");
    if (notice.ends_at && *notice.ends_at <= notice.starts_at)
        body.fault("ends_at", "notices.fault.ends_first");
}

Notice with(const Notice& standing, UtcSecond now, const json::object& fields) {
    std::vector<NoticeRecord> records = {{1, now, "", "opened", {}}};
    Notice whole = replay(standing.number, records);
    json::object all = {{"kind", standing.kind},     {"severity", standing.severity},
                        {"system", standing.system}, {"title", standing.title.da},
                        {"text", standing.text.da},  {"starts_at", standing.starts_at}};
    if (standing.ends_at) all["ends_at"] = *standing.ends_at;
    if (standing.version == 0) all = {{"kind", "message"}};
    for (const auto& [name, value] : fields) all[name] = value;
    records[0].body = std::move(all);
    return replay(standing.number, records);
}

Value optional_time(const std::optional<UtcSecond>& time) { return time ? Value(*time) : Value(); }

Result<void> write_row(WriteTurn& turn, std::int64_t seq, const Notice& notice) {
    static constexpr const char* kInsert =
        "INSERT INTO core_notice (num, number, version, seq, kind, state, severity, system, orgs,"
        " title_da, title_en, text_da, text_en, advice_da, advice_en, case_number, major, change_no, roles, ack, starts_at, "
        "ends_at, next_at, updated_at, cleared_at)"
        " VALUES (:num, :number, :version, :seq, :kind, :state, :severity, :system, :orgs,"
        " :title_da, :title_en, :text_da, :text_en, :advice_da, :advice_en, :case_number, :major, :change_no, :roles, :ack, "
        ":starts_at, :ends_at, :next_at, :updated_at,"
        " :cleared_at)";
    KL_TRY([[maybe_unused]] const auto gone,
           turn.db.run("DELETE FROM core_notice WHERE number = :number",
                       {{":number", notice.number}}));
    KL_TRY([[maybe_unused]] const auto came,
           turn.db.run(kInsert, {{":num", std::int64_t{std::stoll(notice.number.substr(1))}},
                                 {":number", notice.number},
                                 {":version", notice.version},
                                 {":seq", seq},
                                 {":kind", notice.kind},
                                 {":state", std::string(notice.open() ? "open" : "cleared")},
                                 {":severity", notice.severity},
                                 {":system", notice.system},
                                 {":orgs", lines_of(notice.orgs)},
                                 {":title_da", notice.title.da},
                                 {":title_en", notice.title.en},
                                 {":text_da", notice.text.da},
                                 {":text_en", notice.text.en},
                                 {":advice_da", notice.advice.da},
                                 {":advice_en", notice.advice.en},
                                 {":case_number", notice.case_number},
                                 {":major", notice.major},
                                 {":change_no", notice.change},
                                 {":roles", lines_of(notice.roles)},
                                 {":ack", std::int64_t{notice.ack}},
                                 {":starts_at", notice.starts_at},
                                 {":ends_at", optional_time(notice.ends_at)},
                                 {":next_at", optional_time(notice.next_at)},
                                 {":updated_at", notice.updated_at},
                                 {":cleared_at", optional_time(notice.cleared_at)}}));
    return {};
}

Result<void> append(const Author& author, const std::string& number, std::int64_t n,
                    std::string kind, const json::object& fields) {
    WriteTurn& turn = author.turn;
    KL_TRY(const std::int64_t seq, turn.begin_entry());
    const std::string body = json::serialize(fields);
    const std::string digest = keyed_digest(turn.key, body);
    KL_TRY([[maybe_unused]] const auto rows,
           turn.db.run("INSERT INTO notices_record (seq, object, n, at, actor, kind, body, digest)"
                       " VALUES (:seq, :object, :n, :at, :actor, :kind, :body, :digest)",
                       {{":seq", seq},
                        {":object", number},
                        {":n", n},
                        {":at", turn.now},
                        {":actor", author.name},
                        {":kind", kind},
                        {":body", body},
                        {":digest", digest}}));
    KL_TRY(const Notice notice, find_notice(turn.db, number));
    KL_CHECK(write_row(turn, seq, notice));
    KL_CHECK(index_notice(turn, notice));
    KL_CHECK(tell_others(turn, seq, notice, kind));
    turn.announce(
        {"notice", json::serialize(json::object{{"id", number}, {"version", n}}), "", ""});
    return turn.end_entry(author.name, "notice",
                          json::serialize(json::object{
                              {"number", number}, {"n", n}, {"kind", kind}, {"digest", digest}}));
}

Error faults() { return make_error(ErrorCode::invalid_input, "notices.faults"); }

Result<void> tell(const Author& author, const Notice& notice, JsonBody& body, std::string kind,
                  Need need) {
    body.allow_only(kind == "cleared" ? std::initializer_list<std::string_view>{"text", "text_en"}
                                      : std::initializer_list<std::string_view>{
                                            "text", "text_en", "next_at", "severity"});
    json::object fields;
    take_words(body, fields, "text", {kTextMax, need, Lines::many});
    take_time(body, fields, "next_at");
    if (const auto severity = body.word("severity", {"down", "unstable"}))
        fields["severity"] = *severity;
    if (!body.ok()) return faults();
    if (!notice.open())
        return make_error(ErrorCode::conflict, "notices.cleared_already",
                          {{"number", notice.number}});
    return append(author, notice.number, notice.version + 1, std::move(kind), fields);
}

}  // namespace

Result<std::string> publish(const Author& author, JsonBody& body) {
    KL_TRY(json::object fields, take_fields(author, {}, body));
    if (!fields.contains("kind")) body.fault("kind", "web.body.required");
    if (fields.contains("kind") && fields.at("kind").as_string() == "disturbance" &&
        !fields.contains("severity"))
        fields["severity"] = "unstable";
    const Notice whole = with({}, author.turn.now, fields);
    if (body.ok()) check(whole, body);
    if (!body.ok()) return faults();
    KL_TRY(const std::int64_t last,
           query_i64(author.turn.db, "SELECT MAX(num) FROM core_notice", {}, 0));
    const std::string number = "N" + std::to_string(last + 1);
    KL_CHECK(append(author, number, 1, "opened", fields));
    return number;
}

Result<void> correct(const Author& author, const Notice& notice, JsonBody& body) {
    KL_TRY(const json::object fields, take_fields(author, notice, body));
    if (body.ok()) check(with(notice, author.turn.now, fields), body);
    if (!body.ok()) return faults();
    if (fields.empty()) return {};
    return append(author, notice.number, notice.version + 1, "changed", fields);
}

Result<void> update(const Author& author, const Notice& notice, JsonBody& body) {
    return tell(author, notice, body, "updated", Need::required);
}

Result<void> clear(const Author& author, const Notice& notice, JsonBody& body) {
    return tell(author, notice, body, "cleared", Need::optional);
}

Result<void> show_again(WriteTurn& turn, std::int64_t seq, const std::string& number) {
    KL_TRY(const Notice notice, find_notice(turn.db, number));
    KL_CHECK(index_notice(turn, notice));
    return write_row(turn, seq, notice);
}

}  // namespace klarsyn::notices
