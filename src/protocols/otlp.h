// OTLP/HTTP metrics as protobuf and as JSON: what ExportMetricsServiceRequest says, point by point.
// Times are nanoseconds since 1970. Hand-decoded and bounded; pure; thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "protocols/sample.h"

namespace klarsyn {

enum class OtlpEncoding { protobuf, json };

enum class OtlpKind : std::uint8_t { gauge, sum, histogram };
// Of a sum or histogram: since the last report, or since the start.
enum class OtlpTemporality : std::uint8_t { unspecified = 0, delta = 1, cumulative = 2 };

struct OtlpPoint {
    std::string metric, unit;
    Labels labels;  // attributes of the resource and of the point, which win; sorted
    OtlpKind kind = OtlpKind::gauge;
    OtlpTemporality temporality = OtlpTemporality::unspecified;
    bool monotonic = false;
    bool no_value = false;  // the flag "no recorded value": the series has ended
    std::uint64_t start_ns = 0, time_ns = 0;
    double value = 0;                    // of a histogram its sum
    std::uint64_t count = 0;             // histogram
    std::vector<std::uint64_t> buckets;  // histogram: bounds.size() + 1, or none
    std::vector<double> bounds;          // histogram: ascending
};

struct OtlpRequest {
    std::vector<OtlpPoint> points;
    // Points that are not read here: exponential histograms, summaries, labels that cannot be kept,
    // histograms whose buckets do not fit.
    std::int64_t rejected = 0;
    std::string why;  // of the first, in English: it goes back to the sender
};

struct OtlpLimits {
    std::size_t points = 1'000'000;
    std::size_t values = 4'000'000;              // attributes, buckets and bounds together
    std::size_t bytes = std::size_t{256} << 20;  // of what points repeat: names, the resource
};

// invalid_input where the message cannot be read; refused for more than the limits. Rejected points
// are no error: the others count, and the answer tells of them.
Result<OtlpRequest> parse_otlp(std::string_view message, OtlpEncoding encoding,
                               const OtlpLimits& limits = {});

// ExportMetricsServiceResponse, empty where nothing was rejected.
std::string otlp_answer(OtlpEncoding encoding, std::int64_t rejected, std::string_view why);
// google.rpc.Status, the body of a refusal.
std::string otlp_status(OtlpEncoding encoding, int code, std::string_view why);

}  // namespace klarsyn
