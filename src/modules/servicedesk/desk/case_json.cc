#include "modules/servicedesk/desk/case_json.h"

#include <boost/json/array.hpp>

namespace klarsyn::servicedesk {
namespace {

namespace json = boost::json;

json::value number_json(std::int64_t number) {
    return number == 0 ? json::value() : json::value(number);
}

json::value caller_json(const Caller& caller) {
    if (caller.empty()) return {};
    return json::object{{"name", text_json(caller.name)},
                        {"account", text_json(caller.account)},
                        {"phone", text_json(caller.phone)},
                        {"mail", text_json(caller.mail)}};
}

// Times inside a body are seconds; the API's are texts.
json::object event_body(const Record& record) {
    json::object body = record.body;
    if (const json::value* until = body.if_contains("until"); until && until->is_int64())
        body["until"] = iso_utc(until->as_int64());
    return body;
}

json::array events_json(const CaseDetails& details, Reader reader) {
    json::array events;
    for (const Record& record : details.records) {
        if (reader == Reader::caller && !shown_to_caller(record)) continue;
        const auto name = details.names.find(record.actor);
        events.push_back(
            {{"n", record.n},
             {"at", iso_utc(record.at)},
             {"actor", record.actor},
             {"actor_name", name == details.names.end() ? record.actor : name->second},
             {"kind", record.kind},
             {"body", reader == Reader::caller ? caller_body(record) : event_body(record)},
             {"undone", record.undone}});
    }
    return events;
}

json::array attachments_json(const CaseState& state, Reader reader) {
    json::array list;
    for (const CaseAttachment& one : state.attachments) {
        if (reader == Reader::caller && one.visibility != "public") continue;
        list.push_back(attachment_json(one));
    }
    return list;
}

}  // namespace

bool shown_to_caller(const Record& record) {
    static constexpr std::string_view kShown[] = {"opened",   "moved",    "held",   "resumed",
                                                  "resolved", "reopened", "closed", "survey"};
    if (record.undone) return false;
    if (record.kind == "commented" || record.kind == "attached")
        return body_text(record.body, "visibility") == "public";
    for (const std::string_view kind : kShown)
        if (record.kind == kind) return true;
    return false;
}

// A caller reads what was said to them, not how the house works.
json::object caller_body(const Record& record) {
    static constexpr std::string_view kFields[] = {"title", "text",  "visibility", "reason",
                                                   "level", "until", "resolution", "name",
                                                   "file",  "score"};
    const json::object whole = event_body(record);
    json::object body;
    for (const std::string_view field : kFields)
        if (const json::value* value = whole.if_contains(field)) body[field] = *value;
    if (record.kind == "moved") body.erase("reason");
    return body;
}

json::object attachment_json(const CaseAttachment& file) {
    return {{"id", file.id},
            {"name", file.name},
            {"size", file.size},
            {"type", file.type},
            {"visibility", file.visibility},
            {"at", iso_utc(file.at)},
            {"actor", file.actor}};
}

json::value time_json(const std::optional<UtcSecond>& time) {
    return time ? json::value(iso_utc(*time)) : json::value();
}

json::value text_json(const std::string& text) {
    return text.empty() ? json::value() : json::value(text);
}

json::object item_json(const CaseItem& item) {
    return {{"number", item.number},
            {"version", item.version},
            {"state", item.state},
            {"type", text_json(item.type)},
            {"title", item.title},
            {"system", text_json(item.system)},
            {"org", text_json(item.org)},
            {"impact", number_json(item.impact)},
            {"urgency", number_json(item.urgency)},
            {"priority", number_json(item.priority)},
            {"contact", text_json(item.contact)},
            {"caller", caller_json({item.caller_name, item.caller_account, item.caller_phone,
                                    item.caller_mail})},
            {"category", text_json(item.category)},
            {"group", text_json(item.group)},
            {"level", number_json(item.level)},
            {"assignee", text_json(item.assignee)},
            {"hold_reason", text_json(item.hold_reason)},
            {"wake_at", time_json(item.wake_at)},
            {"opened_at", iso_utc(item.opened_at)},
            {"updated_at", iso_utc(item.updated_at)},
            {"resolved_at", time_json(item.resolved_at)},
            {"closed_at", time_json(item.closed_at)},
            {"due_at", time_json(item.due_at)},
            {"breached", item.breached},
            {"parent", text_json(item.parent)},
            {"merged_into", text_json(item.merged_into)},
            {"problem", text_json(item.problem)},
            {"change", text_json(item.change)},
            {"major", text_json(item.major)},
            {"call", text_json(item.call)},
            {"reopen_count", item.reopen_count},
            {"open", item.open},
            {"source", item.source}};
}

json::object base_json(const CaseState& state) {
    return {{"number", state.number},
            {"version", state.version},
            {"state", status_name(state.status)},
            {"type", text_json(state.type)},
            {"title", state.title},
            {"text", state.text},
            {"system", text_json(state.system)},
            {"org", text_json(state.org)},
            {"place", text_json(state.place)},
            {"equipment", text_json(state.equipment)},
            {"impact", state.impact},
            {"urgency", state.urgency},
            {"priority", state.priority},
            {"priority_reason", text_json(state.priority_reason)},
            {"contact", text_json(state.contact)},
            {"caller", caller_json(state.caller)},
            {"category", text_json(state.category)},
            {"group", text_json(state.group)},
            {"level", number_json(state.level)},
            {"assignee", text_json(state.assignee)},
            {"hold_reason", text_json(state.hold_reason)},
            {"wake_at", time_json(state.wake_at)}};
}

json::object case_json(const CaseDetails& details, Reader reader) {
    const CaseState& state = details.state;
    json::object body = item_json(details.item);
    body["text"] = state.text;
    body["equipment"] = text_json(state.equipment);
    body["place"] = text_json(state.place);
    body["priority_reason"] = text_json(state.priority_reason);
    body["resolution"] = text_json(state.resolution);
    body["code"] = text_json(state.resolution_code);
    body["close_reason"] = text_json(state.close_reason);
    body["undo_until"] = time_json(details.undo_until);
    json::array affected;
    for (const AffectedPerson& one : state.affected)
        affected.push_back({{"person", one.person}, {"at", iso_utc(one.at)}});
    body["affected"] = std::move(affected);
    json::array links;
    if (reader == Reader::agent)
        for (const CaseLink& link : state.links)
            links.push_back({{"to", link.to}, {"relation", link.relation}});
    body["links"] = std::move(links);
    body["children"] = json::array(details.children.begin(), details.children.end());
    body["attachments"] = attachments_json(state, reader);
    body["events"] = events_json(details, reader);
    return body;
}

}  // namespace klarsyn::servicedesk
