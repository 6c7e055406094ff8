// A question about staffing in an address, and its answer: what /staffing and the API share.
#pragma once

#include <optional>
#include <string>

#include "modules/telephony/staffing.h"
#include "modules/telephony/visit_reads.h"
#include "web/context.h"
#include "web/http.h"

namespace klarsyn::telephony {

struct Wanted {
    StaffingQuestion question;
    std::string queue;  // of the answer: the one with most calls where none was asked for
    std::int64_t share_percent = 75, within_s = 300, after_call_s = 0;
};

struct StaffingAnswer {
    Wanted wanted;
    StaffCalls calls;
    std::optional<StaffingNeed> need;  // none: no call was answered
};

// queue, period (the last whole month), share (75), within (300 s), after (0 s). invalid_input with
// the parameter in `field` for a period that cannot be read or is longer than a year, and for a
// number out of its bounds. A queue without calls is no error.
Result<StaffingAnswer> answer_staffing(const Request& request, Context& context);

Pairs query_of(const Wanted& wanted);

// "08:15": sorts, and means the same in both languages.
std::string clock_text(int quarter);

}  // namespace klarsyn::telephony
