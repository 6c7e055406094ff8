// The content of the status page: made once per change and minute, and shared. Internal.
#pragma once

#include <memory>

#include "modules/notices/answers.h"
#include "modules/notices/board.h"
#include "web/background.h"
#include "web/context.h"

namespace klarsyn::notices {

struct StatusContent {
    std::int64_t version = -1;
    UtcSecond minute = 0;
    Board board;
    std::vector<MeasuredToday> measured;  // as the board's systems
    std::string main[2];                  // by language
};

// What threads share while it holds, else made anew.
Result<std::shared_ptr<const StatusContent>> status_content(Context& context);

// Makes the page anew when a message changes and when a minute is over, and lays it out for network
// threads in the bytes that leave.
Background status_keeper();

}  // namespace klarsyn::notices
