#include "web/metrics.h"

#include <fmt/format.h>

namespace klarsyn {
namespace {

std::string label_value(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '\\' || c == '"') out += '\\';
        if (c == '\n')
            out += "\\n";
        else
            out += c;
    }
    return out;
}

std::string family(std::string_view name, std::string_view type, std::string_view help) {
    return fmt::format("# TYPE {0} {1}\n# HELP {0} {2}\n", name, type, help);
}

// OpenMetrics wants bucket bounds as floating-point numbers: 1.0, not 1.
std::string bound_text(double bound) {
    std::string text = fmt::format("{}", bound);
    if (text.find('.') == std::string::npos) text += ".0";
    return text;
}

}  // namespace

void Metrics::request(std::string_view method, std::string_view route, int status,
                      double seconds) {
    const std::lock_guard lock(mutex_);
    ++requests_[{std::string(method), std::string(route), fmt::format("{}xx", status / 100)}];
    Histogram& histogram = seconds_[std::string(route)];
    std::size_t bucket = 0;
    while (bucket < kBoundsSeconds.size() && seconds > kBoundsSeconds[bucket]) ++bucket;
    ++histogram.buckets[bucket];
    histogram.sum += seconds;
    ++histogram.count;
}

void Metrics::refused() {
    const std::lock_guard lock(mutex_);
    ++refused_;
}

void Metrics::login(std::string_view outcome) {
    const std::lock_guard lock(mutex_);
    ++logins_[std::string(outcome)];
}

void Metrics::batch_refused(std::string_view reason) {
    const std::lock_guard lock(mutex_);
    ++batches_refused_[std::string(reason)];
}

void Metrics::remote_write(std::string_view outcome, std::int64_t samples) {
    const std::lock_guard lock(mutex_);
    remote_write_[std::string(outcome)] += static_cast<std::uint64_t>(samples);
}

std::string Metrics::text() const {
    const std::lock_guard lock(mutex_);
    std::string out = family("klarsyn_http_requests", "counter", "Requests answered.");
    for (const auto& [key, count] : requests_)
        out += fmt::format(
            "klarsyn_http_requests_total{{method=\"{}\",route=\"{}\",status=\"{}\"}} {}\n",
            label_value(key.method), label_value(key.route), key.status, count);
    out += family("klarsyn_http_request_duration_seconds", "histogram",
                  "Time from the whole request to the answer.");
    out += "# UNIT klarsyn_http_request_duration_seconds seconds\n";
    for (const auto& [route, histogram] : seconds_) {
        const std::string label = label_value(route);
        std::uint64_t running = 0;
        for (std::size_t i = 0; i <= kBoundsSeconds.size(); ++i) {
            running += histogram.buckets[i];
            out += fmt::format(
                "klarsyn_http_request_duration_seconds_bucket{{route=\"{}\",le=\"{}\"}} {}\n", label,
                i < kBoundsSeconds.size() ? bound_text(kBoundsSeconds[i]) : "+Inf", running);
        }
        out += fmt::format("klarsyn_http_request_duration_seconds_count{{route=\"{}\"}} {}\n", label,
                           histogram.count);
        out += fmt::format("klarsyn_http_request_duration_seconds_sum{{route=\"{}\"}} {}\n", label,
                           histogram.sum);
    }
    out += family("klarsyn_http_refused", "counter", "Requests refused because a queue was full.");
    out += fmt::format("klarsyn_http_refused_total {}\n", refused_);
    out += family("klarsyn_logins", "counter", "Attempts to log in.");
    for (const auto& [outcome, count] : logins_)
        out += fmt::format("klarsyn_logins_total{{outcome=\"{}\"}} {}\n", outcome, count);
    if (!batches_refused_.empty())
        out += family("klarsyn_batches_refused", "counter", "Batches of agents refused as a whole.");
    for (const auto& [reason, count] : batches_refused_)
        out += fmt::format("klarsyn_batches_refused_total{{reason=\"{}\"}} {}\n", reason, count);
    if (!remote_write_.empty())
        out += family("klarsyn_remote_write_samples", "counter",
                      "Samples sent on to another monitor.");
    for (const auto& [outcome, count] : remote_write_)
        out += fmt::format("klarsyn_remote_write_samples_total{{outcome=\"{}\"}} {}\n", outcome, count);
    return out;
}

std::string gauge_text(std::string_view name, std::string_view help,
                       const std::vector<MetricSample>& samples) {
    std::string out = family(name, "gauge", help);
    for (const MetricSample& sample : samples) {
        std::string labels;
        for (const auto& [label, value] : sample.labels)
            labels += fmt::format("{}{}=\"{}\"", labels.empty() ? "" : ",", label,
                                  label_value(value));
        out += fmt::format("{}{} {}\n", name, labels.empty() ? "" : "{" + labels + "}",
                           sample.value);
    }
    return out;
}

}  // namespace klarsyn
