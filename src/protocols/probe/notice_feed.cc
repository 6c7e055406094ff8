#include "protocols/probe/notice_feed.h"

#include <boost/json.hpp>

#include <algorithm>

namespace klarsyn {
namespace {

namespace json = boost::json;

constexpr std::size_t kItemsMax = 1000;

std::string member(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

std::optional<UtcSecond> moment(const json::object& object, std::string_view name) {
    const auto at = parse_iso_utc(member(object, name));
    return at.ok() ? std::optional<UtcSecond>(*at) : std::nullopt;
}

std::optional<NoticeItem> read_item(const json::value& value) {
    const json::object* object = value.if_object();
    if (object == nullptr) return std::nullopt;
    NoticeItem item;
    item.id = member(*object, "id");
    item.title = member(*object, "title");
    item.text = member(*object, "text");
    item.severity = member(*object, "severity");
    item.state = member(*object, "state");
    item.places = member(*object, "places");
    const json::value* version = object->if_contains("version");
    if (item.id.empty() || item.title.empty() || version == nullptr || !version->is_int64())
        return std::nullopt;
    item.version = version->get_int64();
    item.since = moment(*object, "since");
    item.next_message_at = moment(*object, "next_message_at");
    const json::value* ack = object->if_contains("ack_required");
    item.ack_required = ack != nullptr && ack->is_bool() && ack->get_bool();
    if (const json::value* systems = object->if_contains("systems"); systems && systems->is_array())
        for (const json::value& one : systems->get_array())
            if (one.is_string()) item.systems.emplace_back(one.get_string());
    return item;
}

}  // namespace

Result<std::vector<NoticeItem>> parse_notice_feed(std::string_view text) {
    boost::system::error_code failed;
    const json::value parsed = json::parse(text, failed);
    if (failed || !parsed.is_array() || parsed.get_array().size() > kItemsMax)
        return make_error(ErrorCode::invalid_input, "probe.notice.unreadable");
    std::vector<NoticeItem> items;
    for (const json::value& one : parsed.get_array())
        if (auto item = read_item(one)) items.push_back(std::move(*item));
    return items;
}

ShownNotices::ShownNotices(std::string_view kept) {
    boost::system::error_code failed;
    const json::value parsed = json::parse(kept, failed);
    if (failed || !parsed.is_object()) return;
    for (const auto& [id, version] : parsed.get_object())
        if (version.is_int64()) versions_[std::string(id)] = version.get_int64();
}

std::vector<NoticeItem> ShownNotices::take(const std::vector<NoticeItem>& feed) {
    std::vector<NoticeItem> fresh;
    std::map<std::string, std::int64_t> now;
    for (const NoticeItem& item : feed) {
        const auto before = versions_.find(item.id);
        const bool known = before != versions_.end();
        // An all-clear means nothing to whom the disturbance was never told.
        const bool shows = known ? before->second < item.version : item.state != "cleared";
        if (shows) fresh.push_back(item);
        now[item.id] = known ? std::max(before->second, item.version) : item.version;
    }
    versions_ = std::move(now);
    return fresh;
}

std::string ShownNotices::kept() const {
    json::object object;
    for (const auto& [id, version] : versions_) object[id] = version;
    return json::serialize(object);
}

NoticeWords words_of(const NoticeItem& item, Language language) {
    NoticeWords words;
    const bool cleared = item.state == "cleared";
    words.title = item.title;
    words.body = item.text;
    const auto add = [&](const std::string& line) {
        words.body += (words.body.empty() ? "" : "\n") + line;
    };
    if (!item.places.empty())
        add(text(language, "probe.notice.where", {{"places", item.places}}));
    if (!cleared && item.since)
        add(text(language, item.state == "upcoming" ? "probe.notice.begins" : "probe.notice.since",
                 {{"time", format_timestamp(*item.since, language)}}));
    if (!cleared && item.next_message_at)
        add(text(language, "probe.notice.next",
                 {{"time", format_timestamp(*item.next_message_at, language)}}));
    if (item.ack_required) add(text(language, "probe.notice.ack"));
    words.urgency = cleared || item.severity == "information"                ? "low"
                    : item.severity == "critical" || item.severity == "down" ? "critical"
                                                                             : "normal";
    return words;
}

}  // namespace klarsyn
