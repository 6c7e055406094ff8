// GET /api/v1/staffing: the agents that a queue needs per weekday and quarter hour, with their
// uncertainty; the numbers of /staffing.
#include <cmath>

#include "modules/telephony/call_json.h"
#include "modules/telephony/phone_routes.h"
#include "modules/telephony/staffing_ask.h"
#include "web/figure_view.h"
#include "web/question.h"

namespace klarsyn::telephony {
namespace {

namespace json = boost::json;

constexpr double kConfidence = 0.95;

json::value finite(double value) {
    return std::isfinite(value) ? json::value(value) : json::value(nullptr);
}
json::object range(double value, double low, double high) {
    return {{"value", finite(value)}, {"low", finite(low)}, {"high", finite(high)}};
}
json::object range(const Estimate& estimate) {
    return range(estimate.value, estimate.low, estimate.high);
}
json::object range(int value, int low, int high) {
    return {{"value", value}, {"low", low}, {"high", high}};
}

// The calls behind a number.
std::string records_of(const Wanted& wanted, std::string id, std::vector<DimFilter> where = {}) {
    FigureQuestion question;
    question.id = std::move(id);
    question.period = wanted.question.period;
    question.where = std::move(where);
    question.where.push_back({"queue", wanted.queue});
    return "/api/v1/figures/" + question.id + "/records" + build_query(question_query(question));
}

json::object quarter_json(const Wanted& wanted, const QuarterNeed& need) {
    return {{"weekday", need.weekday},
            {"time", clock_text(need.quarter)},
            {"days", need.days},
            {"offered", need.offered},
            {"calls_per_hour", range(need.arrivals_per_hour)},
            {"handling_s", range(need.handling_s)},
            {"handling_of", need.own_handling ? "quarter" : "period"},
            {"agents", range(need.agents, need.agents_low, need.agents_high)},
            {"records", records_of(wanted, "telephony.agents_needed",
                                   {{"weekday", std::to_string(need.weekday)},
                                    {"quarter_hour", std::to_string(need.quarter)}})}};
}

// Every number of the period; null where no call was answered and nothing can be said.
void add_need(json::object& body, const StaffingNeed& need) {
    const Estimate& rate = need.hang_ups_per_s;
    body["offered"] = need.offered;
    body["answered"] = need.answered;
    body["answered_in_time"] = need.answered_in_time;
    body["abandoned"] = need.hang_ups;
    body["waited_s"] = need.waited_seconds;
    body["patience_s"] = range(1 / rate.value, 1 / rate.high, 1 / rate.low);
    body["handling_s"] = range(need.handling_s);
    body["agent_hours"] = range(need.agent_hours, need.agent_hours_low, need.agent_hours_high);
    body["beyond"] = need.beyond;
}

}  // namespace

Result<Response> get_staffing(const Request& request, Context& context) {
    KL_TRY(const StaffingAnswer answer, answer_staffing(request, context));
    const Wanted& wanted = answer.wanted;
    json::array queues, quarters;
    for (const auto& queue : answer.calls.queues) queues.emplace_back(queue);
    json::object body = {{"queue", text_json(wanted.queue)},
                         {"queues", std::move(queues)},
                         {"period", period_label(wanted.question.period)},
                         {"share_percent", wanted.share_percent},
                         {"within_s", wanted.within_s},
                         {"after_call_s", wanted.after_call_s},
                         {"model", "erlang-a"},
                         {"confidence", kConfidence},
                         {"records", records_of(wanted, "telephony.offered")}};
    if (answer.need) {
        add_need(body, *answer.need);
        for (const auto& item : answer.need->quarters)
            quarters.emplace_back(quarter_json(wanted, item));
    } else {
        for (const char* name : {"offered", "answered", "answered_in_time", "abandoned", "waited_s",
                                 "patience_s", "handling_s", "agent_hours", "beyond"})
            body[name] = nullptr;
    }
    body["quarters"] = std::move(quarters);
    return json_answer(200, body);
}

}  // namespace klarsyn::telephony
