#include "modules/servicedesk/practice/major_notices.h"

#include "modules/servicedesk/desk/commands.h"
#include "modules/servicedesk/practice/bodies.h"
#include "modules/servicedesk/practice/fields.h"

namespace klarsyn::servicedesk {
namespace {

namespace json = boost::json;
using Lines = JsonBody::TextRule::Lines;

constexpr std::size_t kNoticeTitleMax = 120;  // as the messages' own module has it
constexpr std::size_t kNoticeTextMax = 2'000;
constexpr std::string_view kSystemMark = "{system}";

NoticeWriting& writing() {
    static NoticeWriting kept = {};
    return kept;
}

std::string with_system(std::string text, std::string_view name) {
    for (std::size_t at = 0; (at = text.find(kSystemMark, at)) != std::string::npos;
         at += name.size())
        text.replace(at, kSystemMark.size(), name);
    return text;
}

// What is wrong with one message is wrong with the body that it was made of.
Result<void> take_faults(const JsonBody& from, JsonBody& body) {
    for (const BodyFault& fault : from.faults()) {
        const std::string name = fault.pointer.substr(1);
        body.fault(name == "system" ? "systems" : name, fault.key, fault.args);
    }
    return body.ok() ? Result<void>() : Result<void>(body_faults());
}

json::object notice_body(const MajorState& state, const JsonBody& body, const SystemName& system) {
    json::object notice = body.object();
    notice.erase("systems");
    for (const char* name : {"title", "title_en", "text", "text_en", "advice", "advice_en"}) {
        json::value* value = notice.if_contains(name);
        if (value == nullptr || !value->is_string()) continue;
        const bool english = std::string_view(name).ends_with("_en");
        *value = with_system(std::string(value->as_string()),
                             system.in(english ? Language::en : Language::da));
    }
    notice["kind"] = system.id.empty() ? "message" : "disturbance";
    notice["system"] = system.id;
    notice["major"] = state.number;
    notice["case"] = state.case_number;
    if (!body.has("orgs") || body.is_null("orgs")) notice["orgs"] = json_list(state.orgs);
    if (!body.has("starts_at") || body.is_null("starts_at"))
        notice["starts_at"] = iso_utc(state.started_at);
    return notice;
}

// The systems that the body names, or those of the incident; one without name where there is none.
Result<std::vector<SystemName>> told_systems(WriteTurn& turn, const MajorState& state,
                                             JsonBody& body) {
    std::vector<std::string> ids = state.systems;
    if (body.has("systems") && !body.is_null("systems")) {
        json::object fields;
        take_systems(body, fields);
        ids = body_list(fields, "systems");
    }
    if (ids.empty()) ids.emplace_back();
    KL_TRY(const auto known, load_systems(turn.db, turn.now));
    std::vector<SystemName> systems;
    for (const std::string& id : ids) {
        SystemName system{id, id, ""};
        for (const SystemName& one : known)
            if (one.id == id) system = one;
        systems.push_back(std::move(system));
    }
    return systems;
}

template <typename Command>
Result<void> on_open_notices(WriteTurn& turn, std::string_view number, Command command) {
    KL_TRY(const auto notices, major_notices(turn.db, number));
    for (const MajorNotice& notice : notices)
        if (notice.open) KL_CHECK(command(notice));
    return {};
}

void copy_text(const JsonBody& body, std::string_view from, json::object& fields,
               std::string_view to) {
    if (body.has(from) && !body.is_null(from)) fields[to] = body.object().at(from);
}

}  // namespace

void set_notice_writing(const NoticeWriting& given) { writing() = given; }

const NoticeWriting& notice_writing() { return writing(); }

Result<std::vector<MajorNotice>> major_notices(Connection& db, std::string_view major) {
    KL_TRY(const auto rows,
           db.query("SELECT number, system, title_da, title_en, state, starts_at, next_at,"
                    " cleared_at FROM core_notice WHERE major = :major AND major <> ''"
                    " ORDER BY num DESC",
                    {{":major", std::string(major)}}));
    std::vector<MajorNotice> list;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return list;
        MajorNotice notice;
        notice.number = rows->text(0);
        notice.system = rows->text(1);
        notice.title = {std::string(rows->text(2)), std::string(rows->text(3))};
        notice.open = rows->text(4) == "open";
        notice.starts_at = rows->i64(5);
        if (!rows->is_null(6)) notice.next_at = rows->i64(6);
        if (!rows->is_null(7)) notice.cleared_at = rows->i64(7);
        list.push_back(std::move(notice));
    }
}

Result<void> publish_major(PracticeWork& work, std::string_view number, JsonBody& body) {
    body.allow_only({"systems", "severity", "orgs", "title", "title_en", "text", "text_en",
                     "advice", "advice_en", "starts_at", "next_at"});
    json::object fields;
    if (const auto title = body.text("title", {kNoticeTitleMax, Need::required}))
        fields["title"] = *title;
    if (const auto text = body.text("text", {kNoticeTextMax, Need::required, Lines::many}))
        fields["text"] = *text;
    take_systems(body, fields);
    const auto next = body.time("next_at");
    if (next && *next <= work.now()) body.fault("next_at", "servicedesk.practice.in_past");
    if (next) fields["next_update_at"] = *next;
    if (!body.ok()) return body_faults();
    if (!replay_major(number, **work.entry.find_other(number)).open())
        return object_conflict(number, "major_over");
    return work.entry.record_other(number, "published", std::move(fields));
}

Result<void> publish_notices(WriteTurn& turn, const std::string& actor, std::string_view number,
                             JsonBody& body) {
    KL_ASSERT(writing().publish != nullptr);
    KL_TRY(const auto records, load_records(turn.db, number));
    const MajorState state = replay_major(number, records);
    KL_TRY(const auto systems, told_systems(turn, state, body));
    for (const SystemName& system : systems) {
        JsonBody notice = JsonBody::of(notice_body(state, body, system));
        const auto published = writing().publish(turn, actor, notice);
        if (!notice.ok()) return take_faults(notice, body);
        KL_CHECK(published);
    }
    return {};
}

Result<void> update_notices(WriteTurn& turn, const std::string& actor, std::string_view number,
                            JsonBody& body) {
    if (!body.flag("to_notices").value_or(false)) return {};
    return on_open_notices(turn, number, [&](const MajorNotice& notice) -> Result<void> {
        json::object fields;
        copy_text(body, "text", fields, "text");
        copy_text(body, "text_en", fields, "text_en");
        copy_text(body, "next_update_at", fields, "next_at");
        JsonBody update = JsonBody::of(std::move(fields));
        const auto done = writing().update(turn, actor, notice.number, update);
        if (!update.ok()) return take_faults(update, body);
        return done;
    });
}

Result<void> clear_notices(WriteTurn& turn, const std::string& actor, std::string_view number,
                           JsonBody& body) {
    if (!body.flag("all_clear").value_or(true)) return {};
    return on_open_notices(turn, number, [&](const MajorNotice& notice) -> Result<void> {
        json::object fields;
        copy_text(body, "all_clear_text", fields, "text");
        copy_text(body, "all_clear_text_en", fields, "text_en");
        JsonBody clearing = JsonBody::of(std::move(fields));
        const auto done = writing().clear(turn, actor, notice.number, clearing);
        if (!clearing.ok()) return take_faults(clearing, body);
        return done;
    });
}

}  // namespace klarsyn::servicedesk
