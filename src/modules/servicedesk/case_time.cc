#include "modules/servicedesk/case_time.h"

#include "protocols/time_text.h"

namespace klarsyn::servicedesk {
namespace {

std::optional<CaseTime> case_time(const std::optional<WrittenTime>& written) {
    if (!written) return std::nullopt;
    return CaseTime{written->at, (written->ambiguous ? kAmbiguous : 0U) |
                                     (written->skipped ? kSkipped : 0U)};
}

}  // namespace

bool is_missing(std::string_view text) { return text.empty() || text == "?"; }

std::string_view trimmed(std::string_view text) { return trimmed_text(text); }

std::optional<CaseTime> parse_case_time(std::string_view text, const Zone& zone) {
    return case_time(parse_written_time(text, zone));
}

std::optional<CaseTime> parse_case_time(std::string_view text, std::string_view pattern,
                                        const Zone& zone) {
    return case_time(parse_written_time(text, pattern, zone));
}

}  // namespace klarsyn::servicedesk
