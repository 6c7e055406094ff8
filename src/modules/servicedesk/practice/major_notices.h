// What users are told of a major incident: the messages that its room publishes, updates and
// clears. The messages belong to another module (web/notice_writing.h); each names its incident.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "modules/servicedesk/practice/commands.h"
#include "web/notice_writing.h"
#include "web/systems.h"

namespace klarsyn::servicedesk {

// Who writes messages; without it none can be published. Before any thread runs.
void set_notice_writing(const NoticeWriting& given);
const NoticeWriting& notice_writing();

// A message that tells of a major incident, as it stands.
struct MajorNotice {
    std::string number, system;
    Words title;
    bool open = false;
    UtcSecond starts_at = 0;
    std::optional<UtcSecond> next_at, cleared_at;
};
// Newest first.
Result<std::vector<MajorNotice>> major_notices(Connection& db, std::string_view major);

// The command "publish" {systems, severity, orgs, title, title_en, text, text_en, advice,
// advice_en, starts_at, next_at}: one message for each system; {system} in a text is its name.
Result<void> publish_major(PracticeWork& work, std::string_view number, JsonBody& body);

// What follows a command in the same part of the turn, once its own entry is written.
Result<void> publish_notices(WriteTurn& turn, const std::string& actor, std::string_view number,
                             JsonBody& body);
// Of "communicate" with to_notices.
Result<void> update_notices(WriteTurn& turn, const std::string& actor, std::string_view number,
                            JsonBody& body);
// Of "resolve", unless all_clear is false.
Result<void> clear_notices(WriteTurn& turn, const std::string& actor, std::string_view number,
                           JsonBody& body);

}  // namespace klarsyn::servicedesk
