// Login back-off per account name and per address: after five failures every further one doubles the
// wait. A name waits at most a minute, so that nobody can lock another out for long; an address
// waits up to a quarter of an hour. Thread-safe; memory is bounded; forgets on restart.
#pragma once

#include <mutex>
#include <string>
#include <unordered_map>

#include "core/time.h"

namespace klarsyn {

class Throttle {
public:
    // Seconds until the next attempt is heard, 0 = now.
    int wait_seconds(const std::string& name, const std::string& address, UtcSecond now);
    void failed(const std::string& name, const std::string& address, UtcSecond now);
    void succeeded(const std::string& name, const std::string& address);

private:
    struct Attempts {
        int failures = 0;
        UtcSecond last = 0;
        UtcSecond open_at = 0;
    };
    void count(const std::string& key, int wait_max_seconds, UtcSecond now);

    std::mutex mutex_;
    std::unordered_map<std::string, Attempts> attempts_;
};

}  // namespace klarsyn
