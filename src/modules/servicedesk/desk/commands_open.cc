// Opening a case and changing its fields.
#include <array>

#include "modules/servicedesk/desk/commands.h"
#include "modules/servicedesk/desk/notice_join.h"
#include "web/org_match.h"

namespace klarsyn::servicedesk {
namespace {

namespace json = boost::json;
using Need = JsonBody::Need;
using Lines = JsonBody::TextRule::Lines;

constexpr std::size_t kTitleMax = 200;
constexpr std::size_t kTextMax = 20'000;
constexpr std::size_t kWordMax = 120;
constexpr std::string_view kFirstContact = "phone";

// What people and systems say for the same way in.
constexpr std::array<std::pair<std::string_view, std::string_view>, 14> kContacts = {{
    {"phone", "phone"},
    {"mail", "mail"},
    {"email", "mail"},
    {"e-mail", "mail"},
    {"self_service", "self_service"},
    {"self-service", "self_service"},
    {"web", "self_service"},
    {"monitoring", "monitoring"},
    {"in_person", "in_person"},
    {"walk_in", "in_person"},
    {"chat", "chat"},
    {"api", "api"},
    {"import", "import"},
    {"telephone", "phone"},
}};

void take_text(JsonBody& body, json::object& fields, std::string_view name,
               JsonBody::TextRule rule) {
    if (body.is_null(name)) {
        fields[name] = "";
    } else if (const auto text = body.text(name, rule)) {
        fields[name] = *text;
    }
}

void take_contact(JsonBody& body, json::object& fields) {
    const auto word = body.text("contact", {kWordMax});
    if (!word) return;
    for (const auto& [said, meant] : kContacts) {
        if (*word != said) continue;
        fields["contact"] = meant;
        return;
    }
    body.fault("contact", "web.body.word",
               {{"words", "phone, mail, self_service, monitoring, in_person, chat, api"}});
}

// A name alone, or an object of name, account, phone and mail.
void take_caller(JsonBody& body, json::object& fields) {
    if (!body.has("caller")) return;
    const json::value& given = body.object().at("caller");
    if (given.is_object()) {
        JsonBody caller = JsonBody::of(given.as_object());
        caller.allow_only({"name", "account", "phone", "mail"});
        json::object kept;
        for (const std::string_view name : {"name", "account", "phone", "mail"})
            if (const auto text = caller.text(name, {kWordMax}); text && !text->empty())
                kept[name] = *text;
        for (const BodyFault& fault : caller.faults())
            body.fault("caller" + fault.pointer, fault.key, fault.args);
        fields["caller"] = std::move(kept);
    } else if (const auto name = body.text("caller", {kWordMax})) {
        fields["caller"] = json::object{{"name", *name}};
    } else if (body.is_null("caller")) {
        fields["caller"] = json::object();
    }
}

void take_numbers(JsonBody& body, json::object& fields) {
    for (const std::string_view name : {"impact", "urgency"})
        if (const auto number = body.integer(name, 1, kImpactLevels)) fields[name] = *number;
}

Result<void> take_org(DeskEntry& entry, JsonBody& body, json::object& fields,
                      std::string_view standing) {
    take_text(body, fields, "org", {kWordMax});
    if (!fields.contains("org")) return {};
    const Day today = Zone::copenhagen().to_local(entry.turn().now).day;
    KL_TRY(const std::string code,
           take_org_code(entry.turn().db, body, "org", body_text(fields, "org"), today, standing));
    fields["org"] = code;
    if (!entry.actor().scope.sees(code)) body.fault("org", "servicedesk.desk.foreign_org");
    return {};
}

// Priority follows from impact and urgency unless somebody says otherwise, with a reason.
void take_priority(const PriorityRules& rules, JsonBody& body, json::object& fields,
                   const CaseState& standing_case) {
    const auto wanted = body.integer("priority", 1, kPriorities);
    const auto reason = body.text("priority_reason", {500});
    const auto number = [&](std::string_view name, std::int64_t standing) {
        return fields.contains(name) ? fields.at(name).as_int64() : standing;
    };
    const auto by_table =
        std::int64_t{rules.of(static_cast<int>(number("impact", standing_case.impact)),
                              static_cast<int>(number("urgency", standing_case.urgency)))};
    if (wanted && *wanted != by_table) {
        if (!reason || reason->empty())
            body.fault("priority_reason", "servicedesk.desk.priority_reason");
        else
            fields["priority_reason"] = *reason;
        fields["priority"] = *wanted;
        return;
    }
    const bool rated = fields.contains("impact") || fields.contains("urgency") || wanted;
    if (!standing_case.exists() || (rated && standing_case.priority_reason.empty()) || wanted) {
        fields["priority"] = by_table;
        fields["priority_reason"] = "";
    }
}

void take_group(const DeskRules& rules, JsonBody& body, json::object& fields) {
    const auto name = body.text("group", {kWordMax});
    const SupportGroupInfo* group = nullptr;
    if (name && !name->empty()) {
        fields["group"] = *name;
        group = rules.group(*name);
    } else if ((group = rules.first_of_level(1)) != nullptr) {
        fields["group"] = group->name;
    }
    if (group != nullptr) fields["level"] = group->level;
}

json::object changed_only(const json::object& fields, const json::object& standing) {
    json::object changed;
    for (const auto& [name, value] : fields) {
        const json::value* now = standing.if_contains(name);
        if (now == nullptr || *now != value) changed[name] = value;
    }
    return changed;
}

// The fields of a case as a body has them.
json::object fields_of(const CaseState& state) {
    json::object caller;
    for (const auto& [name, text] :
         {std::pair<std::string_view, const std::string&>{"name", state.caller.name},
          {"account", state.caller.account},
          {"phone", state.caller.phone},
          {"mail", state.caller.mail}})
        if (!text.empty()) caller[name] = text;
    return {{"type", state.type},
            {"title", state.title},
            {"text", state.text},
            {"system", state.system},
            {"org", state.org},
            {"place", state.place},
            {"equipment", state.equipment},
            {"category", state.category},
            {"contact", state.contact},
            {"call", state.call},
            {"impact", state.impact},
            {"urgency", state.urgency},
            {"priority", state.priority},
            {"priority_reason", state.priority_reason},
            {"caller", std::move(caller)}};
}

Result<void> take_plain(DeskEntry& entry, JsonBody& body, json::object& fields, Need title,
                        std::string_view standing_org = {}) {
    if (const auto type = body.word("type", {"incident", "request"})) fields["type"] = *type;
    if (const auto text = body.text("title", {kTitleMax, title})) fields["title"] = *text;
    take_text(body, fields, "text", {kTextMax, Need::optional, Lines::many});
    for (const std::string_view name : {"system", "place", "equipment", "category", "call"})
        take_text(body, fields, name, {kWordMax});
    take_contact(body, fields);
    take_caller(body, fields);
    take_numbers(body, fields);
    return take_org(entry, body, fields, standing_org);
}

}  // namespace

Result<std::string> open_case(DeskEntry& entry, JsonBody& body,
                              const std::vector<std::string>& apart) {
    body.allow_only({"type", "title", "text", "system", "org", "place", "equipment", "category",
                     "impact", "urgency", "priority", "priority_reason", "contact", "call",
                     "caller", "group", "assignee", "template"});
    json::object fields = {{"type", "incident"}, {"impact", 3}, {"urgency", 3}};
    KL_CHECK(take_plain(entry, body, fields, Need::required));
    if (!fields.contains("contact")) {
        const bool rings = !body_text(fields, "call").empty();
        fields["contact"] = rings ? kFirstContact : std::string_view("api");
    }
    take_priority(entry.rules().priority_at(entry.turn().now), body, fields, {});
    take_group(entry.rules(), body, fields);
    KL_TRY(const std::string assignee, take_assignee(entry, body));
    if (!assignee.empty()) fields["assignee"] = assignee;
    if (!body.ok()) return body_faults();
    KL_TRY(std::string number, entry.open(std::move(fields)));
    KL_CHECK(join_notices(entry, number, apart));
    return number;
}

Result<void> change_case(DeskEntry& entry, std::string_view number, JsonBody& body) {
    KL_TRY(const CaseState* state, entry.find(number));
    body.allow_only({"type", "title", "text", "system", "org", "place", "equipment", "category",
                     "impact", "urgency", "priority", "priority_reason", "contact", "call",
                     "caller"});
    json::object fields;
    KL_CHECK(take_plain(entry, body, fields, Need::optional, state->org));
    if (fields.contains("title") && body_text(fields, "title").empty())
        body.fault("title", "web.body.required");
    take_priority(entry.rules().priority_at(state->opened_at), body, fields, *state);
    if (!body.ok()) return body_faults();
    if (!state->open()) return state_conflict(*state, "change");
    json::object changed = changed_only(fields, fields_of(*state));
    if (changed.empty()) return {};
    json::object was;
    const json::object standing = fields_of(*state);
    for (const auto& [name, value] : changed) was[name] = standing.at(name);
    changed["was"] = std::move(was);
    return entry.record(number, "changed", std::move(changed));
}

}  // namespace klarsyn::servicedesk
