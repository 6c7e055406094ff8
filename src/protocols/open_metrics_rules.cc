#include "protocols/open_metrics_rules.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <span>

namespace klarsyn {
namespace {

using Suffixes = std::span<const std::string_view>;

constexpr std::string_view kPlain[] = {""};
constexpr std::string_view kCounter[] = {"_total", "_created"};
constexpr std::string_view kHistogram[] = {"_bucket", "_count", "_sum", "_created"};
constexpr std::string_view kGaugeHistogram[] = {"_bucket", "_gcount", "_gsum"};
constexpr std::string_view kSummary[] = {"", "_count", "_sum", "_created"};
constexpr std::string_view kInfo[] = {"_info"};

Suffixes suffixes(MetricType type) {
    switch (type) {
        case MetricType::counter: return kCounter;
        case MetricType::histogram: return kHistogram;
        case MetricType::gaugehistogram: return kGaugeHistogram;
        case MetricType::summary: return kSummary;
        case MetricType::info: return kInfo;
        case MetricType::unknown:
        case MetricType::gauge:
        case MetricType::stateset: return kPlain;
    }
    return kPlain;
}

// What bounds a bucket; empty for no number. "+Inf" is written exactly so.
std::optional<double> bound(std::string_view text) {
    if (text == "+Inf") return std::numeric_limits<double>::infinity();
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || std::isnan(value))
        return std::nullopt;
    return value;
}

std::string without(const Labels& labels, std::string_view left_out) {
    Labels rest = labels;
    std::erase_if(rest, [&](const auto& label) { return label.first == left_out; });
    return series_text("", rest);
}

// One histogram of a family, told apart from the others by its labels.
struct Buckets {
    bool any = false;
    double bound = 0, reached = 0;
    std::optional<double> infinite, count, sum;
};

std::string_view add_bucket(Buckets& buckets, const OpenSample& sample) {
    const auto le = bound(find_label(sample.labels, "le"));
    if (!le) return "bucket";
    if (buckets.any && (*le <= buckets.bound || sample.value < buckets.reached))
        return "buckets_fall";
    buckets.any = true;
    buckets.bound = *le;
    buckets.reached = sample.value;
    if (std::isinf(*le) && *le > 0) buckets.infinite = sample.value;
    return {};
}

std::string_view histogram_fault(const MetricFamily& family) {
    std::map<std::string, Buckets> all;
    for (const auto& sample : family.samples) {
        std::string key = without(sample.labels, "le");
        if (sample.time_ms) key += " " + std::to_string(*sample.time_ms);
        Buckets& buckets = all[key];
        if (sample.name.ends_with("_bucket")) {
            if (const auto what = add_bucket(buckets, sample); !what.empty()) return what;
        }
        if (sample.name.ends_with("count")) buckets.count = sample.value;
        if (sample.name.ends_with("sum")) buckets.sum = sample.value;
    }
    for (const auto& [labels, buckets] : all) {
        if (!buckets.any && !buckets.count && !buckets.sum) continue;  // "_created" alone
        if (!buckets.infinite) return "no_infinite_bucket";
        if (buckets.count && *buckets.count != *buckets.infinite) return "count_differs";
    }
    return {};
}

bool counts(const MetricFamily& family, const OpenSample& sample) {
    if (sample.name.ends_with("_created")) return false;
    if (family.type == MetricType::counter) return true;
    const bool histogram = family.type == MetricType::histogram ||
                           family.type == MetricType::gaugehistogram ||
                           family.type == MetricType::summary;
    return histogram && (sample.name.ends_with("_bucket") || sample.name.ends_with("count"));
}

}  // namespace

bool belongs(const MetricFamily& family, std::string_view sample) {
    if (!sample.starts_with(family.name)) return false;
    const std::string_view rest = sample.substr(family.name.size());
    const Suffixes allowed = suffixes(family.type);
    return std::find(allowed.begin(), allowed.end(), rest) != allowed.end();
}

std::string_view sample_fault(const MetricFamily& family, const OpenSample& sample) {
    if (!belongs(family, sample.name)) return "suffix";
    if (counts(family, sample) && (std::isnan(sample.value) || sample.value < 0)) return "negative";
    if (family.type == MetricType::info && sample.value != 1) return "info";
    if (family.type == MetricType::stateset) {
        if (sample.value != 0 && sample.value != 1) return "stateset";
        if (find_label(sample.labels, family.name).empty()) return "stateset";
    }
    if (family.type == MetricType::summary && sample.name == family.name) {
        const auto quantile = bound(find_label(sample.labels, "quantile"));
        if (!quantile || *quantile < 0 || *quantile > 1) return "quantile";
    }
    return {};
}

std::string_view family_fault(const MetricFamily& family) {
    const bool histogram =
        family.type == MetricType::histogram || family.type == MetricType::gaugehistogram;
    return histogram ? histogram_fault(family) : std::string_view();
}

}  // namespace klarsyn
