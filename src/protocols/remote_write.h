// Prometheus remote-write 1.0: a snappy block of one protobuf WriteRequest. Times are milliseconds
// since 1970. Hand-decoded and bounded; pure; thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "protocols/protobuf_wire.h"
#include "protocols/sample.h"

namespace klarsyn {

struct WriteSample {
    double value = 0;
    std::int64_t time_ms = 0;
};

struct WriteSeries {
    Labels labels;  // with __name__; sorted
    std::vector<WriteSample> samples;
};

struct WriteRequest {
    std::vector<WriteSeries> series;
    // Series that cannot be kept; the others can.
    struct Fault {
        std::size_t series = 0;    // 0-based, as sent
        std::string key;           // text key
        std::int64_t samples = 0;  // lost with it
    };
    std::vector<Fault> faults;
    std::int64_t histograms = 0;  // native ones, which 1.0 senders may add and nobody reads here
};

struct WriteLimits {
    std::size_t bytes = std::size_t{32} << 20;  // unpacked
    std::size_t samples = 1'000'000;
    std::size_t series = 200'000;
    std::size_t labels = 2'000'000;  // of all series together
};

// The marker that a series has ended: a NaN of its own, told from others by its bits.
bool is_stale(double value);
double stale_value();

// invalid_input: no snappy block, no readable message. refused: more than the limits. Series with
// labels that cannot be kept are no error but faults; so are those without a name.
Result<WriteRequest> parse_write_request(std::string_view packed, const WriteLimits& limits = {});
// The message unpacked.
Result<WriteRequest> parse_write_message(std::string_view message, const WriteLimits& limits = {});

// Why labels of remote-write cannot be kept, as a text key; empty where they can. Sorts them.
std::string check_write_labels(Labels& labels);

// A message series by series, for those who know labels by their bytes. One thread; the message
// must outlive it. Errors as parse_write_message has them.
class WriteScan {
public:
    explicit WriteScan(std::string_view message, const WriteLimits& limits = {})
        : reader_(message), left_(limits) {}

    Result<bool> next();  // false at the end
    // The bytes of the series' labels; empty where they do not stand together at its beginning.
    std::string_view label_bytes() const { return label_bytes_; }
    Result<Labels> labels();  // read; neither checked nor sorted
    const std::vector<WriteSample>& samples() const { return samples_; }
    std::int64_t histograms() const { return histograms_; }

private:
    ProtoReader reader_;
    WriteLimits left_;
    std::string_view series_, label_bytes_;
    std::vector<WriteSample> samples_;
    std::int64_t histograms_ = 0;
};

// `series` as parse_write_request gives them.
std::string write_message(const std::vector<WriteSeries>& series);
std::string write_request(const std::vector<WriteSeries>& series);  // packed

}  // namespace klarsyn
