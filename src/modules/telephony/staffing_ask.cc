#include "modules/telephony/staffing_ask.h"

#include <fmt/format.h>

#include "web/question.h"

namespace klarsyn::telephony {
namespace {

constexpr int kPeriodDaysMax = 366;
constexpr int kQuartersPerHour = 4;

// The whole month before the present one.
Period last_month(UtcSecond now) {
    const Day today = Zone::copenhagen().to_local(now).day;
    const Date date = date_of(today);
    return bucket_of(Bucket::month, day_of({date.year, date.month, 1}) - 1);
}

Result<Wanted> read_wanted(const Request& request, const Context& context) {
    Wanted wanted;
    wanted.question.period = last_month(context.site.clock.now());
    const auto at = [](Error error, std::string_view field) {
        error.field = field;
        return error;
    };
    if (const auto given = request.find("period"); given && !given->empty()) {
        const auto period = parse_period(*given);
        if (!period.ok()) return at(period.error(), "period");
        if (period->days() > kPeriodDaysMax) {
            return at(make_error(ErrorCode::invalid_input, "telephony.page.staffing.too_long"),
                      "period");
        }
        wanted.question.period = *period;
    }
    wanted.queue = request.find("queue").value_or("");
    KL_TRY(wanted.share_percent, read_number(request, "share", 75, 1, 99));
    KL_TRY(wanted.within_s, read_number(request, "within", 300, 0, 3600));
    KL_TRY(wanted.after_call_s, read_number(request, "after", 0, 0, 3600));
    wanted.question.goal = {static_cast<double>(wanted.share_percent) / 100,
                            static_cast<double>(wanted.within_s)};
    wanted.question.after_call_s = static_cast<double>(wanted.after_call_s);
    return wanted;
}

}  // namespace

Pairs query_of(const Wanted& wanted) {
    return {{"queue", wanted.queue},
            {"period", period_label(wanted.question.period)},
            {"share", std::to_string(wanted.share_percent)},
            {"within", std::to_string(wanted.within_s)},
            {"after", std::to_string(wanted.after_call_s)}};
}

// "08:15": sorts, and means the same in both languages.
std::string clock_text(int quarter) {
    return fmt::format("{:02}:{:02}", quarter / kQuartersPerHour, quarter % kQuartersPerHour * 15);
}

Result<StaffingAnswer> answer_staffing(const Request& request, Context& context) {
    StaffingAnswer answer;
    KL_TRY(answer.wanted, read_wanted(request, context));
    Wanted& wanted = answer.wanted;
    KL_TRY(answer.calls, read_staff_calls(context.db(), wanted.question.period, wanted.queue));
    wanted.queue = answer.calls.queue;
    answer.need = staffing_need(answer.calls.calls, wanted.question);
    return answer;
}

}  // namespace klarsyn::telephony
