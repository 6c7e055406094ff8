#include "modules/servicedesk/desk/imported_records.h"

#include "modules/servicedesk/priority.h"

namespace klarsyn::servicedesk {
namespace {

namespace json = boost::json;

json::value known(const std::string& text) {
    return text.empty() ? json::value() : json::value(text);
}

json::value priority_of(const ImportedEvent& event) {
    const auto number = default_priority().find(event.priority);
    return number ? json::value(*number) : known(event.priority);
}

json::value level_of(const ImportedEvent& event) {
    const bool digit = event.level.size() == 1 && event.level[0] >= '1' && event.level[0] <= '9';
    return digit ? json::value(event.level[0] - '0') : known(event.level);
}

// What one event is among records; an empty kind for one that another event tells already.
Record record_of(const ImportedEvent& event) {
    Record record;
    record.at = event.at;
    if (event.kind == "created") {
        record.kind = "opened";
        record.body = {{"type", known(event.type)},       {"system", known(event.system)},
                       {"org", known(event.org)},         {"priority", priority_of(event)},
                       {"contact", known(event.contact)}, {"category", known(event.category)},
                       {"group", known(event.group)},     {"level", level_of(event)}};
    } else if (event.kind == "assigned" || event.kind == "moved_in") {
        record.kind = "moved";
        record.body = {{"group", known(event.group)}, {"level", level_of(event)}};
    } else if (event.kind == "on_hold") {
        record.kind = "held";
        record.body = {{"note", known(event.was)}};
    } else if (event.kind == "priority_changed") {
        record.kind = "changed";
        record.body = {{"priority", priority_of(event)}};
    } else if (event.kind == "category_changed") {
        record.kind = "changed";
        record.body = {{"category", known(event.category)}};
    } else if (event.kind == "system_changed") {
        record.kind = "changed";
        record.body = {{"system", known(event.system)}};
    } else if (event.kind == "resumed" || event.kind == "resolved" || event.kind == "reopened" ||
               event.kind == "closed") {
        record.kind = event.kind;
    }
    return record;
}

}  // namespace

std::vector<Record> imported_records(const ImportedCase& found) {
    std::vector<Record> records;
    const auto tell = [&](json::object& body, std::string_view name, const std::string& text) {
        if (!text.empty()) body[name] = text;
    };
    for (const ImportedEvent& event : found.events) {
        Record record = record_of(event);
        if (record.kind.empty()) continue;
        record.n = static_cast<std::int64_t>(records.size()) + 1;
        record.actor = found.source;
        if (records.empty() && record.kind == "opened") {
            tell(record.body, "title", found.title);
            tell(record.body, "text", found.text);
        }
        records.push_back(std::move(record));
    }
    return records;
}

}  // namespace klarsyn::servicedesk
