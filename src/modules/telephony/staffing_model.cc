#include "modules/telephony/staffing_model.h"

#include <array>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "core/hash.h"
#include "modules/telephony/staffing.h"

namespace klarsyn::telephony {
namespace {

// The columns of a row: the indicator's dimensions, then what the model reads.
enum : std::size_t {
    kQueue,
    kWeekday,
    kHour,
    kQuarter,
    kEntered,
    kAnswered,
    kAbandoned,
    kWait,
    kBusy
};
constexpr int kQuartersPerHour = 4;
constexpr std::int64_t kQuarter_s = 900;

using Need = std::shared_ptr<const std::optional<StaffingNeed>>;

std::optional<std::int64_t> maybe(std::int64_t value) {
    return value == kModelNull ? std::nullopt : std::optional(value);
}

StaffCall call_of(const ModelRow& row) {
    StaffCall call;
    call.entered = row[kEntered];
    call.answered = row[kAnswered] == 1;
    call.abandoned = row[kAbandoned] == 1;
    call.wait_s = maybe(row[kWait]);
    call.busy_s = maybe(row[kBusy]);
    return call;
}

std::string digest_of(const std::vector<StaffCall>& calls, Period period) {
    std::vector<std::int64_t> words = {period.from, period.to};
    words.reserve(words.size() + calls.size() * 4);
    for (const auto& call : calls) {
        words.insert(words.end(), {call.entered, (call.answered ? 1 : 0) + (call.abandoned ? 2 : 0),
                                   call.wait_s.value_or(-1), call.busy_s.value_or(-1)});
    }
    return sha256_hex(
        {reinterpret_cast<const char*>(words.data()), words.size() * sizeof(std::int64_t)});
}

// The same calls are asked for six numbers, and for each hour: the last needs are kept.
class KnownNeeds {
public:
    Need of(const std::vector<StaffCall>& calls, Period period) {
        const std::string digest = digest_of(calls, period);
        {
            const std::scoped_lock lock(mutex_);
            for (const auto& [known, need] : needs_)
                if (known == digest) return need;
        }
        StaffingQuestion question;
        question.period = period;
        auto need =
            std::make_shared<const std::optional<StaffingNeed>>(staffing_need(calls, question));
        const std::scoped_lock lock(mutex_);
        needs_[next_++ % needs_.size()] = {digest, need};
        return need;
    }

private:
    std::mutex mutex_;
    std::array<std::pair<std::string, Need>, 64> needs_;
    std::size_t next_ = 0;
};

void add_parts(std::vector<ModelPart>& parts, std::int64_t queue, const StaffingNeed& need,
               std::int64_t (*number)(const QuarterNeed&)) {
    for (const auto& quarter : need.quarters) {
        ModelPart& part = parts.emplace_back();
        part.dims = {queue, quarter.weekday, quarter.quarter / kQuartersPerHour, quarter.quarter};
        if (!need.beyond || quarter.agents_high < kAgentsMax) part.num = number(quarter);
    }
}

// Nothing says how long a call takes: nothing can be said of any of its quarter hours.
void add_unknown(std::vector<ModelPart>& parts, const std::vector<const ModelRow*>& rows) {
    std::set<std::array<std::int64_t, 4>> places;
    for (const ModelRow* row : rows) {
        places.insert({(*row)[kQueue], (*row)[kWeekday], (*row)[kHour], (*row)[kQuarter]});
    }
    for (const auto& place : places) {
        ModelPart& part = parts.emplace_back();
        std::copy(place.begin(), place.end(), part.dims.begin());
    }
}

std::vector<ModelPart> reckon(std::span<const ModelRow> rows, Period period,
                              std::int64_t (*number)(const QuarterNeed&)) {
    static KnownNeeds known;
    std::map<std::int64_t, std::vector<const ModelRow*>> by_queue;
    for (const ModelRow& row : rows) by_queue[row[kQueue]].push_back(&row);
    std::vector<ModelPart> parts;
    for (const auto& [queue, own] : by_queue) {
        std::vector<StaffCall> calls;
        calls.reserve(own.size());
        for (const ModelRow* row : own) calls.push_back(call_of(*row));
        const Need need = known.of(calls, period);
        if (*need)
            add_parts(parts, queue, **need, number);
        else
            add_unknown(parts, own);
    }
    return parts;
}

template <int QuarterNeed::*Agents>
std::vector<ModelPart> agents(std::span<const ModelRow> rows, Period period) {
    return reckon(rows, period, [](const QuarterNeed& need) { return std::int64_t{need.*Agents}; });
}

template <int QuarterNeed::*Agents>
std::vector<ModelPart> agent_time(std::span<const ModelRow> rows, Period period) {
    return reckon(rows, period, [](const QuarterNeed& need) {
        return std::int64_t{need.*Agents} * need.days * kQuarter_s;
    });
}

}  // namespace

std::vector<Model> staffing_models() {
    std::vector<Model> models;
    const auto add = [&](const char* name, auto* function) {
        models.push_back(
            {name, {"entered", "answered", "abandoned", "wait_s", "busy_s"}, "queue", function});
    };
    add("telephony.agents", &agents<&QuarterNeed::agents>);
    add("telephony.agents_low", &agents<&QuarterNeed::agents_low>);
    add("telephony.agents_high", &agents<&QuarterNeed::agents_high>);
    add("telephony.agent_time", &agent_time<&QuarterNeed::agents>);
    add("telephony.agent_time_low", &agent_time<&QuarterNeed::agents_low>);
    add("telephony.agent_time_high", &agent_time<&QuarterNeed::agents_high>);
    return models;
}

}  // namespace klarsyn::telephony
