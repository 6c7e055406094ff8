// Counters of the server itself, written as OpenMetrics 1.0 text. Labels are route patterns and
// status classes, never paths, names or addresses. Thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace klarsyn {

// One measured value with its labels, for what is read at the moment of asking.
struct MetricSample {
    std::vector<std::pair<std::string, std::string>> labels;
    double value = 0;
};

class Metrics {
public:
    void request(std::string_view method, std::string_view route, int status, double seconds);
    void refused();  // answered 503 because a queue was full
    void login(std::string_view outcome);  // "accepted", "wrong", "held"

    void batch_refused(std::string_view reason);  // of a machine that delivers

    // Samples sent on: "sent", "refused" by the receiver, "dropped" after waiting too long.
    void remote_write(std::string_view outcome, std::int64_t samples);

    // The families of this object, without the end mark.
    std::string text() const;

private:
    static constexpr std::array kBoundsSeconds = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                                  0.1,   0.25,   0.5,   1.0,  2.5,   10.0};
    struct Histogram {
        std::array<std::uint64_t, kBoundsSeconds.size() + 1> buckets{};
        double sum = 0;
        std::uint64_t count = 0;
    };
    struct Key {
        std::string method, route, status;
        friend auto operator<=>(const Key&, const Key&) = default;
    };
    mutable std::mutex mutex_;
    std::map<Key, std::uint64_t> requests_;
    std::map<std::string, Histogram> seconds_;  // by route
    std::map<std::string, std::uint64_t> logins_;
    std::map<std::string, std::uint64_t> remote_write_, batches_refused_;
    std::uint64_t refused_ = 0;
};

// "# TYPE name gauge\n# HELP ...\nname{a=\"b\"} 1\n"
std::string gauge_text(std::string_view name, std::string_view help,
                       const std::vector<MetricSample>& samples);

}  // namespace klarsyn
