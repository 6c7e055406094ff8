// What OpenMetrics demands of samples and families beyond their grammar. Internal to open_metrics.
#pragma once

#include "protocols/open_metrics.h"

namespace klarsyn {

// Whether a sample of this name is one of the family's, by the suffixes of its type.
bool belongs(const MetricFamily& family, std::string_view sample);

// The last part of a text key that says what is wrong; empty where all is well.
std::string_view sample_fault(const MetricFamily& family, const OpenSample& sample);
// Of a family that is whole: its buckets and quantiles.
std::string_view family_fault(const MetricFamily& family);

}  // namespace klarsyn
