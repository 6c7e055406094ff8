// Keeps intake from taking the writer for itself: people at the desk come first. Work is paid for
// with time; who comes when the time is spent is told when to come again, spread out, so that many
// do not return at once. One thread (the writer).
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

namespace klarsyn::probes {

class LoadGate {
public:
    using Time = std::chrono::steady_clock::time_point;

    // 0: come in. Else in how many seconds `who` should come again.
    int wait_seconds(Time now, std::string_view who);
    void spent(Time begin, Time end);

private:
    void refill(Time now);
    std::chrono::microseconds left_{kMost};
    Time filled_{};

    static constexpr std::chrono::microseconds kMost{1'500'000};
    static constexpr std::int64_t kShare = 60;  // per cent of the writer's time
    static constexpr int kSpread_s = 15;
};

}  // namespace klarsyn::probes
