// Sends series to a receiver of Prometheus remote-write 1.0, in the order of their time: a request
// goes out once the one before it has ended. What the receiver cannot take now is sent again after a
// growing pause; what it refuses for good is given up. Bounded: of what waits too long the oldest is
// given up. A series that is measured no more gets the marker for that, never a nought. What waits is
// kept before it is sent and forgotten afterwards, so that it is delivered at least once. One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/random.h"
#include "protocols/http_client.h"
#include "protocols/remote_write.h"
#include "web/gates.h"
#include "web/remote_write_store.h"

namespace klarsyn {

class RemoteWriteSender {
public:
    using Time = std::chrono::steady_clock::time_point;
    using Fetch = std::function<Result<HttpAnswer>(const HttpFetch&)>;
    struct Limits {
        std::size_t waiting_max = 240;       // requests
        std::size_t series_of_request = 2000;
        double pause_first_s = 1, pause_most_s = 60;
    };
    // Samples that ended so or so: "sent", "refused" (by the receiver), "dropped" (waited too long).
    using Count = std::function<void(std::string_view outcome, std::int64_t samples)>;
    // Where what waits is kept. What cannot be kept is sent all the same.
    struct Keeping {
        std::function<void(const std::vector<WaitingRequest>&)> keep;
        std::function<void(std::int64_t up_to)> forget;
    };

    RemoteWriteSender(RemoteWriteSettings settings, Fetch fetch, Count count, Keeping keeping,
                      Limits limits, std::uint64_t seed)
        : settings_(std::move(settings)),
          fetch_(std::move(fetch)),
          count_(std::move(count)),
          keeping_(std::move(keeping)),
          limits_(limits),
          random_(seed) {}

    struct Point {
        Labels labels;  // with __name__; sorted
        double value = 0;
    };
    // What was kept and not delivered by who sent before, oldest first; before the first add(). What
    // was measured before `since` is given up: receivers take nothing that old.
    void resume(std::vector<WaitingRequest> kept, UtcSecond since);
    // What was measured at a moment. A moment that is not later than the one before is left out: the
    // clock was set back. Labels that cannot be sent are left out with their sample.
    void add(std::vector<Point> points, std::int64_t time_ms);
    // Sends at most one request; whether another may go at once.
    bool step(Time now);
    std::size_t waiting() const { return queue_.size(); }
    const std::string& trouble() const { return trouble_; }  // why the last try failed; empty: it did not

private:
    void drop_oldest();
    void later(Time now, int retry_after_s, std::string why);

    RemoteWriteSettings settings_;
    Fetch fetch_;
    Count count_;
    Keeping keeping_;
    Limits limits_;
    Random random_;
    std::deque<WaitingRequest> queue_;
    std::int64_t last_number_ = 0;
    std::map<std::string, Labels> known_;  // of the last moment, by their text
    std::int64_t last_ms_ = 0;
    Time not_before_{};
    int failures_ = 0;
    std::string trouble_;
};

}  // namespace klarsyn
