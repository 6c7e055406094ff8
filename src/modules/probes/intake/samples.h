// The samples of each protocol in one shape. Pure; thread-safe. Times become whole milliseconds,
// downwards.
#pragma once

#include <vector>

#include "modules/probes/intake/mapping.h"
#include "protocols/check_exports.h"
#include "protocols/open_metrics.h"
#include "protocols/otlp.h"
#include "protocols/remote_write.h"

namespace klarsyn::probes {

// `damaged` gets the series that the request held and that cannot be read.
std::vector<IntakeSample> samples_of(WriteRequest request, UnmappedCounts& damaged);
// A gauge is a measurement; so is a delta histogram of one value. Sums and histograms of several
// values are "aggregated". A point without value is left out.
std::vector<IntakeSample> samples_of(const OtlpRequest& request);
// Samples of gauges and of unknown type; `at_ms` where a sample states no time.
std::vector<IntakeSample> samples_of(const std::vector<MetricFamily>& families, std::int64_t at_ms);
// Metric: the label of the value; labels: host, service, state. Of a check that was critical or
// unknown a sample "state" of 0 stands beside it, else of 1.
std::vector<IntakeSample> samples_of(const PerfLine& line);
// Metric: the item's name; label: host. None for texts.
std::vector<IntakeSample> samples_of(const ZabbixValue& value);

}  // namespace klarsyn::probes
