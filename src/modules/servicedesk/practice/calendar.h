// Changes and freezes as an iCalendar text (RFC 5545). Pure.
#pragma once

#include <span>
#include <string>

#include "modules/servicedesk/practice/object.h"
#include "modules/servicedesk/practice/practice_rules.h"

namespace klarsyn::servicedesk {

struct CalendarText {
    std::string name;           // of the calendar
    std::string freeze_prefix;  // "Ændringsstop: "
    Language language = Language::da;
    UtcSecond now = 0;
    std::string address;  // of the site, in front of /changes/C1; may be empty
};
// Changes without a time are left out.
std::string calendar_text(const CalendarText& about, std::span<const ObjectRow> changes,
                          std::span<const Freeze> freezes);

}  // namespace klarsyn::servicedesk
