#include "web/throttle.h"

#include <algorithm>

namespace klarsyn {
namespace {

constexpr int kFreeFailures = 5;
constexpr int kNameWaitMaxSeconds = 60;
constexpr int kAddressWaitMaxSeconds = 15 * 60;
constexpr UtcSecond kForgetSeconds = 3600;
constexpr std::size_t kEntriesMax = 10'000;

std::string name_key(const std::string& name) { return "n:" + name; }
std::string address_key(const std::string& address) { return "a:" + address; }

}  // namespace

int Throttle::wait_seconds(const std::string& name, const std::string& address, UtcSecond now) {
    const std::lock_guard lock(mutex_);
    UtcSecond open_at = now;
    for (const std::string& key : {name_key(name), address_key(address)})
        if (const auto found = attempts_.find(key); found != attempts_.end())
            open_at = std::max(open_at, found->second.open_at);
    return static_cast<int>(open_at - now);
}

void Throttle::failed(const std::string& name, const std::string& address, UtcSecond now) {
    const std::lock_guard lock(mutex_);
    if (attempts_.size() >= kEntriesMax)
        std::erase_if(attempts_, [&](const auto& item) { return item.second.open_at <= now; });
    if (attempts_.size() >= kEntriesMax) attempts_.erase(attempts_.begin());
    count(name_key(name), kNameWaitMaxSeconds, now);
    count(address_key(address), kAddressWaitMaxSeconds, now);
}

void Throttle::succeeded(const std::string& name, const std::string& address) {
    const std::lock_guard lock(mutex_);
    attempts_.erase(name_key(name));
    attempts_.erase(address_key(address));
}

void Throttle::count(const std::string& key, int wait_max_seconds, UtcSecond now) {
    Attempts& attempts = attempts_[key];
    if (now - attempts.last > kForgetSeconds) attempts.failures = 0;
    attempts.last = now;
    ++attempts.failures;
    if (attempts.failures < kFreeFailures) return;
    const int doublings = std::min(attempts.failures - kFreeFailures, 16);
    attempts.open_at = now + std::min(1 << doublings, wait_max_seconds);
}

}  // namespace klarsyn
