#include "protocols/probe/check_process.h"

#include <boost/json.hpp>

#include <algorithm>
#include <array>

#include "protocols/checks/net.h"
#include "protocols/child_process.h"

namespace klarsyn {
namespace {

namespace json = boost::json;

constexpr std::chrono::milliseconds kGrace{1000};
constexpr std::chrono::milliseconds kFarewell{3000};  // a browser's folder takes its time
constexpr std::array<std::string_view, 4> kOutcomes = {"ok", "failed", "timeout", "unable"};

Error unreadable(std::string_view field) {
    Error error = make_error(ErrorCode::invalid_input, "probe.check.unreadable");
    error.field = field;
    return error;
}

const json::object* as_object(const json::value& parsed, const boost::system::error_code& failed) {
    return failed ? nullptr : parsed.if_object();
}

std::int64_t number_of(const json::object& object, std::string_view name, std::int64_t otherwise) {
    const auto* value = object.if_contains(name);
    return value != nullptr && value->is_int64() ? value->get_int64() : otherwise;
}

std::string text_of(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

template <typename T>
std::vector<T> pairs_of(const json::object& object, std::string_view list, std::string_view name,
                        std::int64_t T::*value) {
    std::vector<T> found;
    const auto* all = object.if_contains(list);
    if (all == nullptr || !all->is_array()) return found;
    for (const auto& one : all->get_array()) {
        if (!one.is_object()) continue;
        T next;
        next.name = text_of(one.get_object(), "name");
        next.*value = number_of(one.get_object(), name, 0);
        found.push_back(std::move(next));
    }
    return found;
}

}  // namespace

std::string_view outcome_name(CheckOutcome outcome) {
    return kOutcomes[static_cast<std::size_t>(outcome)];
}

std::string task_json(const NamedTask& task) {
    json::object secrets;
    for (const auto& [name, value] : task.task.secrets) secrets[name] = value;
    return json::serialize(json::object{{"protocol", task.protocol},
                                        {"settings", task.task.settings},
                                        {"secrets", std::move(secrets)},
                                        {"time_limit_ms", task.task.time_limit.count()}});
}

Result<NamedTask> parse_task(std::string_view text) {
    boost::system::error_code failed;
    const json::value parsed = json::parse(text, failed);
    const json::object* object = as_object(parsed, failed);
    if (object == nullptr) return unreadable("");
    NamedTask task;
    task.protocol = text_of(*object, "protocol");
    const auto* settings = object->if_contains("settings");
    if (settings == nullptr || !settings->is_object()) return unreadable("settings");
    task.task.settings = settings->get_object();
    if (const auto* secrets = object->if_contains("secrets"); secrets != nullptr) {
        if (!secrets->is_object()) return unreadable("secrets");
        for (const auto& [name, value] : secrets->get_object())
            if (value.is_string())
                task.task.secrets.emplace(std::string(name), std::string(value.get_string()));
    }
    const std::int64_t limit = number_of(*object, "time_limit_ms", 10'000);
    if (limit < 1 || limit > 86'400'000) return unreadable("time_limit_ms");
    task.task.time_limit = std::chrono::milliseconds(limit);
    return task;
}

std::string answer_json(const CheckAnswer& answer) {
    json::array steps, readings;
    for (const CheckStep& step : answer.steps)
        steps.push_back({{"name", step.name}, {"ms", step.ms}});
    for (const CheckReading& reading : answer.readings)
        readings.push_back({{"name", reading.name}, {"value", reading.value}});
    return json::serialize(json::object{{"outcome", outcome_name(answer.outcome)},
                                        {"ms", answer.ms},
                                        {"reason", short_reason(answer.reason)},
                                        {"steps", std::move(steps)},
                                        {"readings", std::move(readings)}});
}

Result<CheckAnswer> parse_answer(std::string_view text) {
    boost::system::error_code failed;
    const json::value parsed = json::parse(text, failed);
    const json::object* object = as_object(parsed, failed);
    if (object == nullptr) return unreadable("");
    CheckAnswer answer;
    const std::string outcome = text_of(*object, "outcome");
    const auto* known = std::find(kOutcomes.begin(), kOutcomes.end(), outcome);
    if (known == kOutcomes.end()) return unreadable("outcome");
    answer.outcome = static_cast<CheckOutcome>(known - kOutcomes.begin());
    answer.ms = number_of(*object, "ms", -1);
    if (answer.ms < 0 || answer.ms > 86'400'000) return unreadable("ms");
    answer.reason = short_reason(text_of(*object, "reason"));
    answer.steps = pairs_of<CheckStep>(*object, "steps", "ms", &CheckStep::ms);
    answer.readings = pairs_of<CheckReading>(*object, "readings", "value", &CheckReading::value);
    return answer;
}

std::string run_task(std::string_view text, std::span<const CheckProtocol> protocols) {
    const auto task = parse_task(text);
    if (!task.ok()) return answer_json(check_unable(task.error()));
    for (const CheckProtocol& one : protocols) {
        if (one.name != task->protocol) continue;
        if (const auto done = one.complete(task->task.settings); !done.ok())
            return answer_json(check_unable(done.error()));
        return answer_json(one.run(task->task));
    }
    return answer_json(check_unable("this build knows no protocol " + task->protocol));
}

CheckAnswer run_check_process(const std::vector<std::string>& command, const NamedTask& task,
                              const std::atomic<bool>* cancelled) {
    ChildOrder order;
    order.program = command.front();
    order.arguments.assign(command.begin() + 1, command.end());
    order.input = task_json(task);
    order.cancelled = cancelled;
    order.time_limit = task.task.time_limit + kGrace;
    order.farewell = kFarewell;
    const ChildEnd end = run_child(order);
    switch (end.how) {
        case ChildEnd::How::timed_out: return check_timed_out("the check ran; it was killed");
        case ChildEnd::How::by_signal:
            return check_failed("the check broke down with signal " + std::to_string(end.code));
        case ChildEnd::How::too_much_output:
            return check_failed("the check wrote too much and was killed");
        case ChildEnd::How::not_started:
            return check_unable("the check did not start: " + system_reason(end.code));
        case ChildEnd::How::exited: break;
    }
    auto answer = parse_answer(end.output);
    if (!answer.ok())
        return check_failed("the check ended with code " + std::to_string(end.code) +
                            " and no answer");
    if (answer->outcome == CheckOutcome::kOk && answer->ms > task.task.time_limit.count())
        return check_timed_out("the check ran; its answer came too late");
    return *answer;
}

}  // namespace klarsyn
