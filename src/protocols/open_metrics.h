// OpenMetrics 1.0 as text, read and written. Times are seconds since 1970, kept as milliseconds.
// One fault makes the whole text unusable, as the standard has it: a text that was cut must not
// pass for a whole one. Pure; thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "protocols/sample.h"

namespace klarsyn {

enum class MetricType : std::uint8_t {
    unknown,
    gauge,
    counter,
    histogram,
    gaugehistogram,
    summary,
    info,
    stateset,
};
std::string_view metric_type_name(MetricType type);  // "gauge", ...

struct OpenSample {
    std::string name;  // with its suffix: "_total", "_bucket", ...
    Labels labels;     // sorted
    double value = 0;
    std::optional<std::int64_t> time_ms;
};

struct MetricFamily {
    std::string name;
    MetricType type = MetricType::unknown;
    std::string unit, help;
    std::vector<OpenSample> samples;
};

// invalid_input with the line. Checked beside the grammar: "# EOF" and nothing behind it, families
// whole and not interleaved, their metadata before their samples and once, suffixes after the type,
// counters not negative, buckets cumulative with "+Inf" equal to the count, no sample twice.
// Exemplars are read over.
Result<std::vector<MetricFamily>> parse_open_metrics(std::string_view text);

// Ends with "# EOF". The families must be such as parse_open_metrics would accept.
std::string write_open_metrics(const std::vector<MetricFamily>& families);

}  // namespace klarsyn
