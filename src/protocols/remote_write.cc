// WriteRequest{1 timeseries{1 labels{1 name, 2 value}, 2 samples{1 double value, 2 int64 ms},
// 4 histograms}, 3 metadata}.
#include "protocols/remote_write.h"

#include <bit>

#include "protocols/packed.h"
#include "protocols/protobuf_wire.h"

namespace klarsyn {
namespace {

using Wire = ProtoReader::Wire;

constexpr std::uint64_t kStaleBits = 0x7ff0000000000002;

Error damaged() { return make_error(ErrorCode::invalid_input, "protocols.write.damaged"); }

Result<std::pair<std::string, std::string>> read_label(std::string_view bytes) {
    std::pair<std::string, std::string> label;
    ProtoReader reader(bytes);
    while (reader.next()) {
        if (reader.is(1, Wire::bytes)) label.first = reader.bytes();
        if (reader.is(2, Wire::bytes)) label.second = reader.bytes();
    }
    if (reader.failed()) return damaged();
    return label;
}

Result<WriteSample> read_sample(std::string_view bytes) {
    WriteSample sample;
    ProtoReader reader(bytes);
    while (reader.next()) {
        if (reader.is(1, Wire::fixed64)) sample.value = reader.real();
        if (reader.is(2, Wire::varint)) sample.time_ms = reader.signed_number();
    }
    if (reader.failed()) return damaged();
    return sample;
}

Error too_many(std::string_view what) {
    return make_error(ErrorCode::refused, "protocols.write.too_many",
                      {{"what", std::string(what)}});
}

}  // namespace

bool is_stale(double value) { return std::bit_cast<std::uint64_t>(value) == kStaleBits; }
double stale_value() { return std::bit_cast<double>(kStaleBits); }

std::string check_write_labels(Labels& labels) {
    std::string fault = check_labels(labels);
    if (fault.empty() && find_label(labels, "__name__").empty()) fault = "reject.sample.no_name";
    return fault;
}

Result<bool> WriteScan::next() {
    while (true) {
        if (!reader_.next()) {
            if (reader_.failed()) return damaged();
            return false;
        }
        if (reader_.is(1, Wire::bytes)) break;
    }
    if (left_.series-- == 0) return too_many("series");
    series_ = reader_.bytes();
    label_bytes_ = {};
    samples_.clear();
    bool others = false;
    ProtoReader reader(series_);
    while (reader.next()) {
        if (reader.is(1, Wire::bytes)) {
            const char* end = reader.bytes().data() + reader.bytes().size();
            label_bytes_ = others ? std::string_view()
                                  : series_.substr(0, static_cast<std::size_t>(end - series_.data()));
            continue;
        }
        others = true;
        if (reader.is(2, Wire::bytes)) {
            if (left_.samples-- == 0) return too_many("samples");
            KL_TRY(const auto sample, read_sample(reader.bytes()));
            samples_.push_back(sample);
        } else if (reader.is(4, Wire::bytes)) {
            ++histograms_;
        }
    }
    if (reader.failed()) return damaged();
    return true;
}

Result<Labels> WriteScan::labels() {
    Labels labels;
    ProtoReader reader(series_);
    while (reader.next()) {
        if (!reader.is(1, Wire::bytes)) continue;
        if (left_.labels-- == 0) return too_many("labels");
        KL_TRY(auto label, read_label(reader.bytes()));
        labels.push_back(std::move(label));
    }
    return labels;
}

Result<WriteRequest> parse_write_message(std::string_view message, const WriteLimits& limits) {
    WriteRequest request;
    WriteScan scan(message, limits);
    for (std::size_t at = 0;; ++at) {
        KL_TRY(const bool more, scan.next());
        if (!more) break;
        WriteSeries series;
        KL_TRY(series.labels, scan.labels());
        series.samples = scan.samples();
        std::string fault = check_write_labels(series.labels);
        if (fault.empty())
            request.series.push_back(std::move(series));
        else
            request.faults.push_back(
                {at, std::move(fault), static_cast<std::int64_t>(series.samples.size())});
    }
    request.histograms = scan.histograms();
    return request;
}

Result<WriteRequest> parse_write_request(std::string_view packed, const WriteLimits& limits) {
    KL_TRY(const std::string message, unpack_snappy(packed, limits.bytes));
    return parse_write_message(message, limits);
}

std::string write_message(const std::vector<WriteSeries>& series) {
    ProtoWriter out;
    for (const auto& one : series) {
        ProtoWriter body;
        for (const auto& [name, value] : one.labels) {
            ProtoWriter label;
            label.bytes(1, name);
            label.bytes(2, value);
            body.bytes(1, label.text());
        }
        for (const auto& sample : one.samples) {
            ProtoWriter item;
            // The default of a field is left out, as every encoder does; -0 is none.
            if (std::bit_cast<std::uint64_t>(sample.value) != 0) item.real(1, sample.value);
            if (sample.time_ms != 0) item.varint(2, static_cast<std::uint64_t>(sample.time_ms));
            body.bytes(2, item.text());
        }
        out.bytes(1, body.text());
    }
    return out.take();
}

std::string write_request(const std::vector<WriteSeries>& series) {
    return pack_snappy(write_message(series));
}

}  // namespace klarsyn
