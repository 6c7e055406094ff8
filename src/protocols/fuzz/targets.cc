#include "protocols/fuzz/targets.h"

#include <bit>

#include "protocols/check_exports.h"
#include "protocols/hl7.h"
#include "protocols/hl7_log_line.h"
#include "protocols/mllp_tap.h"
#include "protocols/open_metrics.h"
#include "protocols/otlp.h"
#include "protocols/packed.h"
#include "protocols/remote_write.h"

namespace klarsyn {
namespace {

constexpr std::size_t kUnpackedMax = 1 << 20;

bool same(double a, double b) {
    return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

void snappy_block(std::string_view input) {
    const auto bytes = unpack_snappy(input, kUnpackedMax);
    if (!bytes.ok()) return;
    KL_ASSERT(bytes->size() <= kUnpackedMax);
    const auto again = unpack_snappy(pack_snappy(*bytes), kUnpackedMax);
    KL_ASSERT(again.ok() && *again == *bytes);
}

void gzip_bytes(std::string_view input) {
    const auto bytes = unpack_gzip(input, kUnpackedMax);
    KL_ASSERT(!bytes.ok() || bytes->size() <= kUnpackedMax);
}

void remote_write(std::string_view input) {
    const auto request = parse_write_message(input);
    if (!request.ok()) return;
    const auto again = parse_write_message(write_message(request->series));
    KL_ASSERT(again.ok() && again->faults.empty());
    KL_ASSERT(again->series.size() == request->series.size());
    for (std::size_t i = 0; i < again->series.size(); ++i) {
        KL_ASSERT(again->series[i].labels == request->series[i].labels);
        const auto& before = request->series[i].samples;
        const auto& after = again->series[i].samples;
        KL_ASSERT(before.size() == after.size());
        for (std::size_t k = 0; k < before.size(); ++k) {
            KL_ASSERT(same(before[k].value, after[k].value));
            KL_ASSERT(before[k].time_ms == after[k].time_ms);
        }
    }
}

void check_points(const Result<OtlpRequest>& request) {
    if (!request.ok()) return;
    KL_ASSERT(request->rejected >= 0);
    for (const auto& point : request->points) {
        KL_ASSERT(!point.metric.empty());
        KL_ASSERT(point.buckets.empty() || point.buckets.size() == point.bounds.size() + 1);
    }
}

void otlp_protobuf(std::string_view input) {
    check_points(parse_otlp(input, OtlpEncoding::protobuf));
}

void otlp_json(std::string_view input) { check_points(parse_otlp(input, OtlpEncoding::json)); }

void open_metrics(std::string_view input) {
    const auto families = parse_open_metrics(input);
    if (!families.ok()) return;
    const std::string text = write_open_metrics(*families);
    const auto again = parse_open_metrics(text);
    KL_ASSERT(again.ok());
    KL_ASSERT(write_open_metrics(*again) == text);
}

void hl7_message(std::string_view input) {
    const auto message = Hl7Message::parse(input);
    if (!message.ok()) return;
    const std::string escaped = hl7_escape(input, message->marks());
    KL_ASSERT(hl7_unescape(escaped, message->marks()) == input);
    const auto envelope = hl7_envelope(*message);
    if (!envelope.ok()) return;
    const std::string answer = hl7_acknowledge(*message, "AA", "1", "20130401120000");
    const auto read = Hl7Message::parse(answer);
    KL_ASSERT(read.ok());
    KL_ASSERT(read->raw("MSA", 2) == message->raw("MSH", 10));
}

void mllp(std::string_view input) {
    // The same messages whether the bytes come at once or one by one.
    MllpReader whole(4096), slow(4096);
    whole.take(input);
    std::string at_once, one_by_one;
    bool ended = false;
    const auto drain = [&](MllpReader& reader, std::string& into) {
        while (true) {
            const auto next = reader.next();
            if (!next.ok()) return true;
            if (!*next) return false;
            into += **next + '\n';
        }
    };
    const bool whole_ended = drain(whole, at_once);
    for (const char c : input) {
        slow.take(std::string_view(&c, 1));
        if ((ended = drain(slow, one_by_one))) break;
    }
    KL_ASSERT(at_once == one_by_one && whole_ended == ended);
}

void mllp_tap(std::string_view input) {
    // The same headers however the bytes come, nothing but MSH and MSA, and each makes one line.
    MllpTap whole, slow;
    MllpTap::Headers at_once, one_by_one;
    whole.take(input, at_once);
    for (const char c : input) slow.take(std::string_view(&c, 1), one_by_one);
    KL_ASSERT(at_once == one_by_one && whole.stray_bytes() == slow.stray_bytes());
    for (const std::string& header : at_once) {
        KL_ASSERT(header.empty() || (header.starts_with("MSH") && header.ends_with("\r")));
        KL_ASSERT(header.size() <= 2 * (MllpTap::kSegmentMost + 1));
        const std::string line = log_line_of("2026-01-01T00:00:00.000Z", "hop", header);
        if (line.empty()) continue;
        KL_ASSERT(line.find_first_of("\r\n") == std::string::npos);
        KL_ASSERT(log_without_patients(line) == line);
    }
}

void perfdata(std::string_view input) {
    if (const auto line = parse_perf_line(input); line.ok()) KL_ASSERT(!line->host.empty());
    const auto values = parse_perfdata(input);
    if (!values.ok()) return;
    const std::string text = write_perfdata(*values);
    const auto again = parse_perfdata(text);
    KL_ASSERT(again.ok() && write_perfdata(*again) == text);
}

void zabbix(std::string_view input) {
    const auto value = parse_zabbix_line(input);
    if (value.ok()) KL_ASSERT(value->time_s >= 0 && value->ns <= 999'999'999);
}

constexpr FuzzTarget kTargets[] = {
    {"snappy", snappy_block},       {"gzip", gzip_bytes},
    {"remote-write", remote_write}, {"otlp-protobuf", otlp_protobuf},
    {"otlp-json", otlp_json},       {"openmetrics", open_metrics},
    {"hl7", hl7_message},           {"mllp", mllp},
    {"mllp-tap", mllp_tap},         {"perfdata", perfdata},
    {"zabbix", zabbix},
};

}  // namespace

std::span<const FuzzTarget> fuzz_targets() { return kTargets; }

}  // namespace klarsyn
