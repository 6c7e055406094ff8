#include "protocols/probe/runner.h"

#include <boost/json.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "core/hash.h"
#include "core/text.h"
#include "protocols/checks/net.h"
#include "protocols/probe/check_process.h"
#include "protocols/probe/random_name.h"

namespace klarsyn {
namespace {

namespace json = boost::json;

constexpr UtcSecond kTellAgain_s = 600;
constexpr std::int64_t kSpreadMost_s = 20;
constexpr std::chrono::milliseconds kLook{200};
constexpr std::string_view kAlone = "browser";

json::object series_json(const PlannedCheck& check, UtcSecond at) {
    return {{"time", iso_utc(at)},
            {"system", check.rule.system},
            {"action", check.rule.action},
            {"site", check.site},
            {"seat", check.seat}};
}

json::object result_json(const PlannedCheck& check, UtcSecond at, const CheckAnswer& answer) {
    json::object object = series_json(check, at);
    object["outcome"] = outcome_name(answer.outcome);
    if (answer.outcome == CheckOutcome::kOk) object["ms"] = answer.ms;
    if (!answer.reason.empty()) object["reason"] = answer.reason;
    json::object steps, readings;
    for (const CheckStep& step : answer.steps) steps[step.name] = step.ms;
    for (const CheckReading& reading : answer.readings) readings[reading.name] = reading.value;
    if (!steps.empty()) object["steps"] = std::move(steps);
    if (!readings.empty()) object["readings"] = std::move(readings);
    return object;
}

// Where in its slot a check begins: the same each time, different between checks and machines, so
// that they do not all knock at once.
std::int64_t offset_s(const PlannedCheck& check, const std::string& agent) {
    const std::int64_t most = std::min(check.every_s / 3, kSpreadMost_s);
    return static_cast<std::int64_t>(hash64(check.key() + '\n' + agent) %
                                     static_cast<std::uint64_t>(most + 1));
}

std::string url_part(std::string_view text) {
    static constexpr char kDigits[] = "0123456789ABCDEF";
    std::string result;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
        if (plain) {
            result += c;
        } else {
            result += '%';
            result += kDigits[byte >> 4];
            result += kDigits[byte & 15];
        }
    }
    return result;
}

DeliverySettings delivery_settings(const RunnerSettings& settings) {
    DeliverySettings delivery;
    delivery.server = settings.server;
    delivery.agent = settings.agent;
    delivery.machine = settings.machine_json;
    return delivery;
}

}  // namespace

Result<std::unique_ptr<Runner>> Runner::create(RunnerSettings settings, const Clock& clock) {
    std::error_code failed;
    std::filesystem::create_directories(settings.directory, failed);
    const std::string lock_name = settings.directory + "/lock";
    const int lock = ::open(lock_name.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    if (lock < 0)
        return make_error(ErrorCode::unavailable, "probe.store.failed",
                          {{"reason", lock_name + ": " + system_reason(errno)}});
    if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
        ::close(lock);
        return make_error(ErrorCode::refused, "probe.store.in_use",
                          {{"directory", settings.directory}});
    }
    auto store = LocalStore::open(settings.directory + "/probe.db", settings.limits);
    if (!store.ok()) {
        ::close(lock);
        return store.error();
    }
    return std::unique_ptr<Runner>(new Runner(std::move(settings), clock, store.take(), lock));
}

Runner::Runner(RunnerSettings settings, const Clock& clock, std::unique_ptr<LocalStore> store,
               int lock)
    : settings_(std::move(settings)),
      clock_(clock),
      store_(std::move(store)),
      lock_(lock),
      delivery_(*store_, delivery_settings(settings_), fetch, random_seed()),
      jitter_(1, 60, random_seed()),
      plan_(std::make_shared<ProbePlan>()) {
    if (store_->put_aside())
        tell(
            "THE LOCAL STORE WAS DAMAGED: it is put aside as probe.db.damaged, a new one is begun");
    if (settings_.clear_up) settings_.clear_up();
    const auto last = store_->recall("plan");
    take_plan(last.ok() ? *last : "");
}

Runner::~Runner() { ::close(lock_); }

void Runner::tell(const std::string& message) {
    const std::lock_guard lock(mutex_);
    if (message == told_) return;  // not the same again every few seconds
    told_ = message;
    settings_.tell(message);
}

std::shared_ptr<const ProbePlan> Runner::plan() {
    const std::lock_guard lock(mutex_);
    return plan_;
}

// An empty text: no plan of the server's is known.
void Runner::take_plan(const std::string& text) {
    ProbePlan plan;
    plan.site = settings_.site;
    plan.seat = settings_.seat;
    if (!text.empty()) {
        const auto parsed = parse_plan(text);
        if (parsed.ok())
            plan = *parsed;
        else
            tell("the plan cannot be read: " + describe(parsed.error(), Language::en));
    }
    plan = with_machine(std::move(plan), settings_.machine, settings_.site, settings_.seat);
    const std::lock_guard lock(mutex_);
    plan_ = std::make_shared<ProbePlan>(std::move(plan));
    changed_.notify_all();
}

void Runner::refresh_plan() {
    const std::string path = "/api/v1/probes/schedule?agent=" + url_part(settings_.agent) +
                             "&site=" + url_part(settings_.site) +
                             "&seat=" + url_part(settings_.seat);
    const auto answer = fetch(ask(settings_.server, path));
    if (!answer.ok()) return tell("no new plan: " + describe(answer.error(), Language::en));
    if (answer->status != 200)
        return tell("no new plan: the server answers with status " +
                    std::to_string(answer->status));
    const auto before = store_->recall("plan");
    if (before.ok() && *before == answer->body) return;
    if (const auto parsed = parse_plan(answer->body); !parsed.ok())
        return tell("the plan cannot be read: " + describe(parsed.error(), Language::en));
    if (const auto kept = store_->remember("plan", answer->body); !kept.ok())
        tell("THE LOCAL STORE FAILS: " + describe(kept.error(), Language::en));
    take_plan(answer->body);
}

void Runner::keep_unable(const PlannedCheck& check, UtcSecond at, UtcSecond slot,
                         const std::string& reason) {
    {
        const std::lock_guard lock(mutex_);
        Told& told = unable_[check.key()];
        if (told.reason == reason && at < told.at + kTellAgain_s && at >= told.at) return;
        told = {reason, at};
    }
    tell(check.rule.system + " " + check.rule.action + " cannot be measured: " + reason);
    json::object object = series_json(check, at);
    object["reason"] = reason;
    const auto kept =
        store_->keep(LocalStore::Kind::unable, at, json::serialize(object), check.key(), slot);
    if (!kept.ok()) tell("THE LOCAL STORE FAILS: " + describe(kept.error(), Language::en));
}

void Runner::measure(const PlannedCheck& check, UtcSecond at, UtcSecond slot) {
    const auto task = task_of(check, settings_.machine);
    if (!task.ok()) return keep_unable(check, at, slot, describe(task.error(), Language::en));
    const CheckAnswer answer =
        run_check_process(settings_.check_command, {check.rule.protocol, *task}, &stopping_);
    if (answer.outcome != CheckOutcome::kOk && settings_.clear_up) settings_.clear_up();
    if (stopping_) return;  // it did not end by itself
    if (answer.outcome == CheckOutcome::kUnable) return keep_unable(check, at, slot, answer.reason);
    const std::string body = json::serialize(result_json(check, at, answer));
    const auto kept = store_->keep(LocalStore::Kind::result, at, body, check.key(), slot);
    if (!kept.ok())
        tell("THE LOCAL STORE FAILS, A MEASUREMENT IS LOST: " +
             describe(kept.error(), Language::en));
}

void Runner::join_ended(bool all) {
    std::erase_if(running_, [&](Running& one) {
        if (!all && !*one.ended) return false;
        one.thread.join();
        return true;
    });
}

void Runner::start(const PlannedCheck& check, UtcSecond at, UtcSecond slot) {
    join_ended(false);
    if (running_.size() >= static_cast<std::size_t>(settings_.parallel_max))
        return keep_unable(check, at, slot, "the probe has too much to do at once");
    auto ended = std::make_shared<std::atomic<bool>>(false);  // shared: with the thread
    try {
        std::thread thread([this, check, at, slot, ended] {
            measure(check, at, slot);
            *ended = true;
        });
        running_.push_back({std::move(thread), std::move(ended), check.key()});
    } catch (const std::system_error&) {
        keep_unable(check, at, slot, "the machine has no thread left for the check");
    }
}

bool Runner::due(const PlannedCheck& check, UtcSecond now, UtcSecond& slot) {
    const auto begun = check.slot_at(now);
    if (!begun || now < *begun + offset_s(check, settings_.agent)) return false;
    slot = *begun;
    const std::string key = check.key();
    auto last = last_slot_.find(key);
    if (last == last_slot_.end()) {
        const auto stored = store_->last_slot(key);
        const UtcSecond before = stored.ok() && *stored ? **stored : -1;
        last = last_slot_.emplace(key, before).first;
    }
    if (last->second == slot || held_up(check, slot)) return false;
    last->second = slot;
    return true;
}

bool Runner::is_running(const std::string& key) const {
    return std::any_of(running_.begin(), running_.end(),
                       [&](const Running& one) { return one.key == key && !*one.ended; });
}

// Two browsers of one check would slow each other down and measure that. A slot waits for the check
// of the slot before; where that lasts until the next one, it is missing, with the reason.
bool Runner::held_up(const PlannedCheck& check, UtcSecond slot) {
    if (check.rule.protocol != kAlone) return false;
    const std::string key = check.key();
    const bool runs = is_running(key);
    const auto waiting = held_up_.find(key);
    if (waiting != held_up_.end() && waiting->second != slot) {
        const UtcSecond missed = waiting->second;
        keep_unable(check, missed, missed, "the check of the slot before was still running");
        held_up_.erase(waiting);
    }
    if (runs)
        held_up_[key] = slot;
    else
        held_up_.erase(key);
    return runs;
}

UtcSecond Runner::start_due(UtcSecond now) {
    const auto plan = this->plan();
    UtcSecond next = now + 60;
    UtcSecond slot = 0;
    for (const PlannedCheck& check : plan->checks) {
        if (due(check, now, slot)) start(check, now, slot);
        const UtcSecond first = std::max(check.anchor, check.from);
        const UtcSecond begun = check.slot_at(now).value_or(std::max(now + 1, first));
        const UtcSecond soonest = begun + offset_s(check, settings_.agent);
        next = std::min(next, soonest > now ? soonest : soonest + check.every_s);
    }
    if (!held_up_.empty()) next = now + 1;
    std::erase_if(held_up_, [&](const auto& one) { return !is_running(one.first); });
    for (const PlannedCheck& check : plan->without_check)
        if (due(check, now, slot))
            keep_unable(check, now, slot, "nobody has said how it is checked (probe_checks)");
    return std::max(next, now + 1);
}

// Fetches the plan and delivers, each after its own pause.
void Runner::uplink() {
    using Seconds = std::chrono::duration<double>;
    using SteadyClock = std::chrono::steady_clock;
    const auto in = [](double seconds) {
        return SteadyClock::now() +
               std::chrono::duration_cast<SteadyClock::duration>(Seconds(seconds));
    };
    auto plan_at = SteadyClock::now();
    // Machines that start at the same hour do not all deliver in the same second.
    auto deliver_at = in(jitter_.spread(std::min(settings_.deliver_s, 30.0)));
    auto prune_at = SteadyClock::now();
    while (!stopping_) {
        const auto now = SteadyClock::now();
        if (now >= plan_at) {
            refresh_plan();
            plan_at = in(settings_.refresh_s + jitter_.spread(settings_.refresh_s / 10));
        }
        if (now >= prune_at) {
            const auto dropped = store_->prune(clock_.now());
            if (dropped.ok() && *dropped > 0)
                tell("THE LOCAL STORE IS FULL OR OLD: " + std::to_string(*dropped) +
                     " MEASUREMENTS WERE DROPPED, THE OLDEST FIRST");
            prune_at = in(60);
        }
        if (now >= deliver_at) {
            const DeliveryStep step = delivery_.step();
            for (const std::string& message : step.messages) tell(message);
            deliver_at = now;
            if (step.state == DeliveryStep::State::idle) deliver_at = in(settings_.deliver_s);
            if (step.state == DeliveryStep::State::failed) deliver_at = in(step.wait_s);
        }
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, kLook, [this] { return stopping_.load(); });
    }
}

bool Runner::run_once() {
    refresh_plan();
    const auto plan = this->plan();
    const UtcSecond now = clock_.now();
    for (const PlannedCheck& check : plan->checks) {
        while (running_.size() >= static_cast<std::size_t>(settings_.parallel_max)) {
            join_ended(false);
            ::usleep(10'000);
        }
        if (const auto slot = check.slot_at(now)) start(check, clock_.now(), *slot);
    }
    for (const PlannedCheck& check : plan->without_check)
        if (const auto slot = check.slot_at(now))
            keep_unable(check, now, *slot, "nobody has said how it is checked (probe_checks)");
    join_ended(true);
    while (true) {
        const DeliveryStep step = delivery_.step();
        for (const std::string& message : step.messages) tell(message);
        if (step.state == DeliveryStep::State::idle) return true;
        if (step.state == DeliveryStep::State::failed) return false;
    }
}

bool Runner::run(const std::function<bool()>& stop_asked) {
    if (settings_.once) return run_once();
    std::thread uplink([this] { this->uplink(); });
    UtcSecond next = 0;
    std::shared_ptr<const ProbePlan> seen;
    while (!stop_asked()) {
        const UtcSecond now = clock_.now();
        const auto current = plan();
        // Also where the clock was set back: what is due then is found anew.
        if (now >= next || now + 61 < next || current != seen) {
            seen = current;
            next = start_due(now);
        }
        join_ended(false);
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, kLook);
    }
    stopping_ = true;
    changed_.notify_all();
    join_ended(true);
    uplink.join();
    return true;
}

}  // namespace klarsyn
