#include "modules/probes/intake/load_gate.h"

#include <algorithm>

#include "core/hash.h"

namespace klarsyn::probes {

void LoadGate::refill(Time now) {
    if (filled_ == Time{}) filled_ = now;
    const auto passed = std::chrono::duration_cast<std::chrono::microseconds>(now - filled_);
    filled_ = now;
    const auto most = kMost * 100 / kShare;  // a long pause must not overflow
    left_ = std::min(kMost, left_ + std::min(passed, most) * kShare / 100);
}

int LoadGate::wait_seconds(Time now, std::string_view who) {
    refill(now);
    if (left_.count() > 0) return 0;
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(-left_ * 100 / kShare);
    return static_cast<int>(seconds.count()) + 1 + static_cast<int>(hash64(who) % kSpread_s);
}

void LoadGate::spent(Time begin, Time end) {
    left_ -= std::chrono::duration_cast<std::chrono::microseconds>(end - begin);
}

}  // namespace klarsyn::probes
