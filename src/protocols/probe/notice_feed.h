// Messages to the people of a place, as the server's feed tells them, and which of them a PC must
// still show: each version once, and the all-clear of what was shown. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/text.h"
#include "core/time.h"

namespace klarsyn {

struct NoticeItem {
    std::string id, severity, title, text, places;
    std::string state;  // open, upcoming, cleared
    std::int64_t version = 0;
    std::vector<std::string> systems;
    std::optional<UtcSecond> since, next_message_at;
    bool ack_required = false;
};

// GET /api/v1/notices/feed; the title says itself when it is over. invalid_input: no list. Items that cannot be read are left out.
Result<std::vector<NoticeItem>> parse_notice_feed(std::string_view json);

// What was shown, kept as text on the machine; an unreadable text: nothing was.
class ShownNotices {
public:
    explicit ShownNotices(std::string_view kept);
    // Those to show now, in the feed's order. What left the feed is forgotten.
    std::vector<NoticeItem> take(const std::vector<NoticeItem>& feed);
    std::string kept() const;

private:
    std::map<std::string, std::int64_t> versions_;
};

struct NoticeWords {
    std::string title, body;
    std::string_view urgency;  // "low", "normal", "critical"
};
NoticeWords words_of(const NoticeItem& item, Language language);

}  // namespace klarsyn
