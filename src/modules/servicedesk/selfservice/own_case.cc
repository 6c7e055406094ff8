// What a caller sees of their case: words and JSON.
#include <fmt/format.h>

#include "modules/servicedesk/selfservice/self_service.h"
#include "web/moment.h"

namespace klarsyn::servicedesk {
namespace {

namespace json = boost::json;

constexpr std::string_view kShown[] = {
    "number",      "version",    "state",        "type",        "title",       "text",
    "system",      "org",        "opened_at",    "updated_at",  "resolved_at", "closed_at",
    "hold_reason", "resolution", "close_reason", "merged_into", "attachments"};

json::object shown_part(const json::object& whole) {
    json::object part;
    for (const std::string_view name : kShown)
        if (const json::value* value = whole.if_contains(name)) part[name] = *value;
    return part;
}

}  // namespace

std::string own_state_text(const Context& context, const CaseItem& item) {
    std::string key = item.state;
    if (item.state == "on_hold" && item.hold_reason == "awaiting_user") key = "awaiting_user";
    return context.text("servicedesk.my.state." + key);
}

std::string next_step_text(const Context& context, const CaseItem& item) {
    const UtcSecond now = context.site.clock.now();
    const auto at = [&](UtcSecond when) {
        return TextArgs{{"when", moment_text(context.language, when, now)}};
    };
    const auto say = [&](std::string_view key, const TextArgs& args = {}) {
        return context.text("servicedesk.my.next." + std::string(key), args);
    };
    if (item.state == "resolved" || item.state == "closed")
        return say(item.merged_into.empty() ? item.state : std::string("merged"),
                   {{"number", item.merged_into}});
    if (item.state == "on_hold") {
        const std::string words = say(item.hold_reason.empty() ? "planned" : item.hold_reason);
        return item.wake_at ? words + " " + say("wake", at(*item.wake_at)) : words;
    }
    if (!item.due_at) return say(item.state);
    if (*item.due_at <= now) return say("late");
    return say(item.state + "_by", at(*item.due_at));
}

json::object own_item_json(const Context& context, const CaseItem& item) {
    json::object body = shown_part(item_json(item));
    body["due_at"] = time_json(item.due_at);
    body["next_step"] = next_step_text(context, item);
    return body;
}

json::object own_case_json(const Context& context, const ReadCase& read) {
    json::object body = own_item_json(context, read.item);
    for (const auto& [name, value] : shown_part(case_json(read.details(), Reader::caller)))
        body[name] = value;
    json::array events;
    for (const Record& record : read.records) {
        if (!shown_to_caller(record)) continue;
        events.push_back(
            {{"n", record.n},
             {"at", iso_utc(record.at)},
             {"actor_name",
              read.names.contains(record.actor) ? read.names.at(record.actor) : record.actor},
             {"mine", record.actor == context.account.name},
             {"kind", record.kind},
             {"body", caller_body(record)}});
    }
    body["events"] = std::move(events);
    const auto& survey = read.state.survey;
    body["survey"] = json::object{{"open", survey_open(read.state, context.site.clock.now())},
                                  {"score", survey ? json::value(survey->score) : json::value()}};
    return body;
}

}  // namespace klarsyn::servicedesk
