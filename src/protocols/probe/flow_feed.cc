#include "protocols/probe/flow_feed.h"

#include <chrono>

#include "core/text.h"
#include "protocols/hl7_log_line.h"
#include "protocols/probe/random_name.h"

namespace klarsyn {
namespace {

constexpr int kRound_ms = 200;
constexpr std::int64_t kFollow_ms = 500;
constexpr std::int64_t kTell_ms = 60'000;
constexpr std::int64_t kPrune_s = 60;
constexpr std::int64_t kBatchMost = 200;  // the server's writer has others to serve
constexpr double kBetweenBatches_s = 0.05;

std::int64_t steady_ms() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

std::int64_t utc_ms() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

// "2026-11-22T03:00:00.123Z"
std::string utc_text(std::int64_t ms) {
    std::string text = iso_utc(ms / 1000);
    std::string fraction = std::to_string(ms % 1000);
    fraction.insert(0, 3 - fraction.size(), '0');
    return text.substr(0, text.size() - 1) + "." + fraction + "Z";
}

DeliverySettings delivery_settings(const FlowFeedSettings& settings) {
    DeliverySettings delivery;
    delivery.server = settings.server;
    delivery.agent = settings.agent;
    delivery.path = "/api/v1/flow";
    delivery.list = "events";
    delivery.batch_most = kBatchMost;
    return delivery;
}

}  // namespace

FlowFeed::FlowFeed(FlowFeedSettings settings, const Clock& clock, std::unique_ptr<LocalStore> store)
    : settings_(std::move(settings)),
      clock_(clock),
      store_(std::move(store)),
      delivery_(*store_, delivery_settings(settings_), fetch, random_seed()) {}

Result<std::unique_ptr<FlowFeed>> FlowFeed::create(FlowFeedSettings settings, const Clock& clock) {
    KL_TRY(auto store, LocalStore::open(settings.directory + "/flow.db", settings.store_limits));
    std::unique_ptr<FlowFeed> feed(new FlowFeed(std::move(settings), clock, std::move(store)));
    for (const FlowRule& rule : feed->settings_.rules) {
        if (!rule.file.empty()) {
            feed->files_.emplace_back(rule);
            continue;
        }
        KL_TRY(auto listener, FlowListener::open(rule, feed->settings_.limits));
        feed->listeners_.push_back(std::move(listener));
    }
    return feed;
}

FlowFeed::~FlowFeed() { stop(); }

void FlowFeed::tell(const std::string& message) {
    {
        const std::lock_guard lock(mutex_);
        if (message == told_) return;
        told_ = message;
    }
    settings_.tell(message);
}

void FlowFeed::start() {
    threads_.emplace_back([this] { look(); });
    threads_.emplace_back([this] { deliver(); });
}

void FlowFeed::stop() {
    stopping_ = true;
    changed_.notify_all();
    for (std::thread& thread : threads_)
        if (thread.joinable()) thread.join();
}

void FlowFeed::round(int timeout_ms) {
    std::vector<pollfd> list;
    for (const auto& listener : listeners_) listener->want(list);
    (void)::poll(list.data(), list.size(), timeout_ms);
    std::vector<SeenMessage> seen;
    const std::int64_t now = utc_ms();
    for (const auto& listener : listeners_) listener->work(list, now, steady_ms(), seen);
    std::vector<LocalStore::Item> items;
    for (const SeenMessage& message : seen) {
        const std::string line = log_line_of(utc_text(message.at_ms), message.hop, message.header);
        if (line.empty())
            ++troubles_.unreadable;
        else
            items.push_back({message.at_ms / 1000, flow_event_json(line, "")});
    }
    Result<void> kept;
    if (!items.empty()) kept = store_->keep_all(LocalStore::Kind::result, items);
    if (!kept.ok())
        tell("THE LOCAL STORE FAILS, MESSAGES THAT PASSED ARE NOT COUNTED: " +
             describe(kept.error(), Language::en));
    for (const auto& listener : listeners_) listener->settle(kept.ok());
}

bool FlowFeed::follow() {
    bool more = false;
    for (FlowFile& file : files_) {
        const auto step = file.step(*store_, clock_.now());
        if (!step.ok()) tell("the local store: " + describe(step.error(), Language::en));
        if (step.ok() && file.missing()) tell("the log is missing: " + file.path());
        more = more || (step.ok() && *step);
    }
    return more;
}

// Not the same again for each connection of an attacker: once a minute, as sums.
void FlowFeed::tell_troubles() {
    for (const auto& listener : listeners_) {
        const auto some = listener->take_troubles();
        troubles_.refused += some.refused;
        troubles_.closed += some.closed;
        troubles_.unreadable += some.unreadable;
        troubles_.unreachable += some.unreachable;
    }
    const auto& all = troubles_;
    if (all.refused + all.closed + all.unreadable + all.unreachable == 0) return;
    if (told_ms_ != 0 && steady_ms() - told_ms_ < kTell_ms) return;
    told_ms_ = steady_ms();
    settings_.tell("message flow: " + std::to_string(all.refused) + " connections refused, " +
                   std::to_string(all.closed) + " closed beyond a limit, " +
                   std::to_string(all.unreadable) + " messages without a readable header, " +
                   std::to_string(all.unreachable) + " times nobody to hand on to");
    troubles_ = {};
}

void FlowFeed::look() {
    std::int64_t follow_at = 0;
    while (!stopping_) {
        round(kRound_ms);
        tell_troubles();
        if (steady_ms() < follow_at) continue;
        if (!follow()) follow_at = steady_ms() + kFollow_ms;
    }
}

void FlowFeed::deliver() {
    using SteadyClock = std::chrono::steady_clock;
    auto prune_at = SteadyClock::now();
    while (!stopping_) {
        if (SteadyClock::now() >= prune_at) {
            const auto dropped = store_->prune(clock_.now());
            if (dropped.ok() && *dropped > 0)
                tell("THE LOCAL STORE IS FULL OR OLD: " + std::to_string(*dropped) +
                     " MESSAGES WERE DROPPED, THE OLDEST FIRST");
            prune_at = SteadyClock::now() + std::chrono::seconds(kPrune_s);
        }
        const DeliveryStep step = delivery_.step();
        for (const std::string& message : step.messages) tell(message);
        double wait_s = kBetweenBatches_s;
        if (step.state == DeliveryStep::State::idle) wait_s = settings_.deliver_s;
        if (step.state == DeliveryStep::State::failed) wait_s = step.wait_s;
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, std::chrono::duration<double>(wait_s),
                          [this] { return stopping_.load(); });
    }
}

bool FlowFeed::once() {
    while (follow()) {
    }
    while (true) {
        const DeliveryStep step = delivery_.step();
        for (const std::string& message : step.messages) tell(message);
        if (step.state == DeliveryStep::State::idle) return true;
        if (step.state == DeliveryStep::State::failed) return false;
    }
}

}  // namespace klarsyn
