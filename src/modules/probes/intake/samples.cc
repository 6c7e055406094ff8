#include "modules/probes/intake/samples.h"

#include <algorithm>

namespace klarsyn::probes {
namespace {

constexpr std::uint64_t kNsPerMs = 1'000'000;
constexpr std::string_view kAggregated = "aggregated";

bool single(const OtlpPoint& point) {
    if (point.kind == OtlpKind::gauge) return true;
    return point.kind == OtlpKind::histogram && point.count == 1 &&
           point.temporality == OtlpTemporality::delta;
}

std::string_view state_name(CheckState state) {
    switch (state) {
        case CheckState::ok: return "ok";
        case CheckState::warning: return "warning";
        case CheckState::critical: return "critical";
        case CheckState::unknown: return "unknown";
        case CheckState::unsaid: return "";
    }
    return "";
}

}  // namespace

std::vector<IntakeSample> samples_of(WriteRequest request, UnmappedCounts& damaged) {
    std::vector<IntakeSample> samples;
    samples.reserve(request.series.size());
    for (WriteSeries& series : request.series) {
        if (series.samples.empty()) continue;
        IntakeSample sample;
        sample.name = find_label(series.labels, "__name__");
        sample.labels = std::move(series.labels);
        for (std::size_t i = 0; i < series.samples.size(); ++i) {
            sample.at_ms = series.samples[i].time_ms;
            sample.value = series.samples[i].value;
            if (i + 1 < series.samples.size())
                samples.push_back(sample);
            else
                samples.push_back(std::move(sample));
        }
    }
    for (const auto& fault : request.faults)
        damaged[{"?", "damaged"}].samples += std::max<std::int64_t>(fault.samples, 1);
    return samples;
}

std::vector<IntakeSample> samples_of(const OtlpRequest& request) {
    std::vector<IntakeSample> samples;
    for (const OtlpPoint& point : request.points) {
        if (point.no_value) continue;
        IntakeSample sample;
        sample.name = point.metric;
        sample.labels = point.labels;
        sample.at_ms = static_cast<std::int64_t>(point.time_ns / kNsPerMs);
        sample.value = point.value;
        sample.unit = point.unit;
        if (!single(point)) sample.unusable = kAggregated;
        samples.push_back(std::move(sample));
    }
    return samples;
}

std::vector<IntakeSample> samples_of(const std::vector<MetricFamily>& families,
                                     std::int64_t at_ms) {
    std::vector<IntakeSample> samples;
    for (const MetricFamily& family : families) {
        const bool plain = family.type == MetricType::gauge || family.type == MetricType::unknown;
        for (const OpenSample& one : family.samples) {
            IntakeSample sample;
            sample.name = one.name;
            sample.labels = one.labels;
            sample.at_ms = one.time_ms.value_or(at_ms);
            sample.value = one.value;
            sample.unit = family.unit;
            if (!plain) sample.unusable = kAggregated;
            samples.push_back(std::move(sample));
        }
    }
    return samples;
}

std::vector<IntakeSample> samples_of(const PerfLine& line) {
    std::vector<IntakeSample> samples;
    IntakeSample like;
    like.at_ms = line.time * 1000;
    like.labels = {{"host", line.host}};
    if (!line.service.empty()) like.labels.emplace_back("service", line.service);
    const Labels plain = like.labels;
    if (line.state != CheckState::unsaid) {
        IntakeSample state = like;
        state.name = "state";
        state.value =
            line.state == CheckState::critical || line.state == CheckState::unknown ? 0 : 1;
        state.unit = std::string(state_name(line.state));
        samples.push_back(std::move(state));
    }
    for (const PerfValue& value : line.values) {
        if (!value.value) continue;
        IntakeSample sample = like;
        sample.name = value.label;
        sample.value = *value.value;
        sample.unit = value.unit;
        samples.push_back(std::move(sample));
    }
    return samples;
}

std::vector<IntakeSample> samples_of(const ZabbixValue& value) {
    if (!value.value) return {};
    IntakeSample sample;
    sample.name = value.item;
    sample.labels = {{"host", value.host}};
    sample.at_ms = value.time_s * 1000 + value.ns / static_cast<std::int64_t>(kNsPerMs);
    sample.value = *value.value;
    return {sample};
}

}  // namespace klarsyn::probes
