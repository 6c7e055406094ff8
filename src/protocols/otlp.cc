// ExportMetricsServiceRequest{1 resource_metrics{1 resource{1 attributes}, 2 scope_metrics{
// 2 metrics{1 name, 3 unit, 5 gauge, 7 sum, 9 histogram, 10 exponential, 11 summary}}}}.
#include "protocols/otlp.h"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>
#include <bit>
#include <cmath>

#include "protocols/otlp_build.h"
#include "protocols/protobuf_wire.h"

namespace klarsyn {
namespace {

using Wire = ProtoReader::Wire;

Error damaged() { return make_error(ErrorCode::invalid_input, "protocols.otlp.damaged"); }
Error too_many() { return make_error(ErrorCode::refused, "protocols.otlp.too_many"); }

// AnyValue as text. Arrays, lists and bytes are told by nothing that a label could hold.
std::string any_value(std::string_view bytes) {
    std::string text;
    ProtoReader reader(bytes);
    while (reader.next()) {
        if (reader.is(1, Wire::bytes)) text = reader.bytes();
        if (reader.is(2, Wire::varint)) text = reader.number() != 0 ? "true" : "false";
        if (reader.is(3, Wire::varint)) text = std::to_string(reader.signed_number());
        if (reader.is(4, Wire::fixed64)) text = fmt::format("{}", reader.real());
    }
    return text;
}

// Reads one message; every step says whether to go on.
class Message {
public:
    explicit Message(const OtlpLimits& limits) : build_(limits) {}

    Result<OtlpRequest> read(std::string_view bytes) {
        ProtoReader reader(bytes);
        while (reader.next())
            if (reader.is(1, Wire::bytes)) resource_metrics(reader.bytes());
        if (build_.full()) return too_many();
        if (reader.failed() || damaged_) return damaged();
        return build_.take();
    }

private:
    // False once nothing that follows can help.
    bool going() const { return !damaged_ && !build_.full(); }
    void note(const ProtoReader& reader) { damaged_ = damaged_ || reader.failed(); }

    void key_value(std::string_view bytes, Labels& labels) {
        if (!build_.room(1)) return;
        std::pair<std::string, std::string> label;
        ProtoReader reader(bytes);
        while (reader.next()) {
            if (reader.is(1, Wire::bytes)) label.first = reader.bytes();
            if (reader.is(2, Wire::bytes)) label.second = any_value(reader.bytes());
        }
        note(reader);
        labels.push_back(std::move(label));
    }

    void resource_metrics(std::string_view bytes) {
        Labels resource;
        ProtoReader first(bytes);  // the resource may stand behind its metrics
        while (going() && first.next()) {
            if (!first.is(1, Wire::bytes)) continue;
            ProtoReader attributes(first.bytes());
            while (going() && attributes.next())
                if (attributes.is(1, Wire::bytes)) key_value(attributes.bytes(), resource);
            note(attributes);
        }
        ProtoReader reader(bytes);
        while (going() && reader.next()) {
            if (!reader.is(2, Wire::bytes)) continue;
            ProtoReader scope(reader.bytes());
            while (going() && scope.next())
                if (scope.is(2, Wire::bytes)) metric(scope.bytes(), resource);
            note(scope);
        }
        note(first);
        note(reader);
    }

    void metric(std::string_view bytes, const Labels& resource) {
        OtlpPoint like;
        ProtoReader first(bytes);
        while (first.next()) {
            if (first.is(1, Wire::bytes)) like.metric = first.bytes();
            if (first.is(3, Wire::bytes)) like.unit = first.bytes();
        }
        ProtoReader reader(bytes);
        while (going() && reader.next()) {
            if (reader.wire() != Wire::bytes) continue;
            if (reader.field() == 5) data(reader.bytes(), OtlpKind::gauge, like, resource);
            if (reader.field() == 7) data(reader.bytes(), OtlpKind::sum, like, resource);
            if (reader.field() == 9) data(reader.bytes(), OtlpKind::histogram, like, resource);
            if (reader.field() == 10) unread(reader.bytes(), "exponential histograms are not read");
            if (reader.field() == 11) unread(reader.bytes(), "summaries are not read");
        }
        note(first);
        note(reader);
    }

    void unread(std::string_view bytes, std::string_view why) {
        std::int64_t points = 0;
        ProtoReader reader(bytes);
        while (reader.next()) points += reader.is(1, Wire::bytes) ? 1 : 0;
        note(reader);
        build_.reject(points, why);
    }

    void data(std::string_view bytes, OtlpKind kind, OtlpPoint like, const Labels& resource) {
        like.kind = kind;
        ProtoReader first(bytes);
        while (first.next()) {
            if (first.is(2, Wire::varint) && first.number() <= 2)
                like.temporality = static_cast<OtlpTemporality>(first.number());
            if (first.is(3, Wire::varint)) like.monotonic = first.number() != 0;
        }
        ProtoReader reader(bytes);
        while (going() && reader.next()) {
            if (!reader.is(1, Wire::bytes)) continue;
            OtlpPoint point = like;
            if (kind == OtlpKind::histogram)
                histogram_point(reader.bytes(), point);
            else
                number_point(reader.bytes(), point);
            build_.add(std::move(point), resource);
        }
        note(first);
        note(reader);
    }

    void number_point(std::string_view bytes, OtlpPoint& point) {
        ProtoReader reader(bytes);
        while (going() && reader.next()) {
            if (reader.is(2, Wire::fixed64)) point.start_ns = reader.number();
            if (reader.is(3, Wire::fixed64)) point.time_ns = reader.number();
            if (reader.is(4, Wire::fixed64)) point.value = reader.real();
            if (reader.is(6, Wire::fixed64))
                point.value = static_cast<double>(reader.signed_number());
            if (reader.is(7, Wire::bytes)) key_value(reader.bytes(), point.labels);
            if (reader.is(8, Wire::varint)) point.no_value = (reader.number() & 1U) != 0;
        }
        note(reader);
    }

    void histogram_point(std::string_view bytes, OtlpPoint& point) {
        ProtoReader reader(bytes);
        while (going() && reader.next()) {
            if (reader.is(2, Wire::fixed64)) point.start_ns = reader.number();
            if (reader.is(3, Wire::fixed64)) point.time_ns = reader.number();
            if (reader.is(4, Wire::fixed64)) point.count = reader.number();
            if (reader.is(5, Wire::fixed64)) point.value = reader.real();
            if (reader.field() == 6)
                fixed_values(reader, [&](std::uint64_t bits) { point.buckets.push_back(bits); });
            if (reader.field() == 7)
                fixed_values(reader, [&](std::uint64_t bits) {
                    point.bounds.push_back(std::bit_cast<double>(bits));
                });
            if (reader.is(9, Wire::bytes)) key_value(reader.bytes(), point.labels);
            if (reader.is(10, Wire::varint)) point.no_value = (reader.number() & 1U) != 0;
        }
        note(reader);
    }

    // Repeated 64-bit values, packed or one by one.
    template <typename Take>
    void fixed_values(const ProtoReader& reader, const Take& take) {
        if (reader.wire() == Wire::fixed64 && build_.room(1)) take(reader.number());
        if (reader.wire() != Wire::bytes) return;
        const std::string_view bytes = reader.bytes();
        if (bytes.size() % 8 != 0) damaged_ = true;
        if (damaged_ || !build_.room(bytes.size() / 8)) return;
        for (std::size_t at = 0; at < bytes.size(); at += 8) {
            std::uint64_t bits = 0;
            for (std::size_t i = 8; i-- > 0;)
                bits = bits << 8 | static_cast<unsigned char>(bytes[at + i]);
            take(bits);
        }
    }

    OtlpBuilder build_;
    bool damaged_ = false;
};

bool buckets_fit(const OtlpPoint& point) {
    if (point.buckets.empty()) return point.bounds.empty();
    if (point.buckets.size() != point.bounds.size() + 1) return false;
    std::uint64_t sum = 0;
    for (const auto count : point.buckets) {
        if (count > point.count - sum) return false;
        sum += count;
    }
    if (sum != point.count) return false;
    for (std::size_t i = 0; i < point.bounds.size(); ++i) {
        if (std::isnan(point.bounds[i])) return false;
        if (i > 0 && point.bounds[i] <= point.bounds[i - 1]) return false;
    }
    return true;
}

}  // namespace

bool OtlpBuilder::room(std::size_t values) {
    if (left_.values < values) {
        full_ = true;
        return false;
    }
    left_.values -= values;
    return true;
}

void OtlpBuilder::reject(std::int64_t points, std::string_view why) {
    if (points == 0) return;
    if (request_.rejected == 0) request_.why = why;
    request_.rejected += points;
}

bool OtlpBuilder::add(OtlpPoint point, const Labels& resource) {
    if (left_.points == 0 || !room(resource.size())) {
        full_ = true;
        return false;
    }
    --left_.points;
    std::size_t repeated = point.metric.size() + point.unit.size();
    for (const auto& [name, value] : resource) repeated += name.size() + value.size();
    if (repeated > left_.bytes) {
        full_ = true;
        return false;
    }
    left_.bytes -= repeated;
    // Of a name on both sides the point's own value holds.
    const std::size_t own = point.labels.size();
    for (const auto& label : resource) {
        const auto begin = point.labels.begin();
        const bool said = std::any_of(begin, begin + static_cast<std::ptrdiff_t>(own),
                                      [&](const auto& mine) { return mine.first == label.first; });
        if (!said) point.labels.push_back(label);
    }
    if (point.metric.empty() || !well_formed_utf8(point.metric) || !well_formed_utf8(point.unit))
        reject(1, "a metric has no readable name");
    else if (!check_labels(point.labels).empty())
        reject(1, "attributes of a point cannot be kept");
    else if (point.kind != OtlpKind::gauge && point.temporality == OtlpTemporality::unspecified)
        reject(1, "a sum or histogram does not say whether it is delta or cumulative");
    else if (point.kind == OtlpKind::histogram && !buckets_fit(point))
        reject(1, "the buckets of a histogram do not fit its bounds and count");
    else
        request_.points.push_back(std::move(point));
    return true;
}

Result<OtlpRequest> parse_otlp(std::string_view message, OtlpEncoding encoding,
                               const OtlpLimits& limits) {
    if (encoding == OtlpEncoding::json) return parse_otlp_json(message, limits);
    return Message(limits).read(message);
}

std::string otlp_answer(OtlpEncoding encoding, std::int64_t rejected, std::string_view why) {
    if (encoding == OtlpEncoding::json) {
        boost::json::object answer;
        if (rejected > 0)
            answer["partialSuccess"] = {{"rejectedDataPoints", std::to_string(rejected)},
                                        {"errorMessage", why}};
        return boost::json::serialize(answer);
    }
    ProtoWriter answer;
    if (rejected > 0) {
        ProtoWriter partial;
        partial.varint(1, static_cast<std::uint64_t>(rejected));
        partial.bytes(2, why);
        answer.bytes(1, partial.text());
    }
    return answer.take();
}

std::string otlp_status(OtlpEncoding encoding, int code, std::string_view why) {
    if (encoding == OtlpEncoding::json)
        return boost::json::serialize(boost::json::object{{"code", code}, {"message", why}});
    ProtoWriter status;
    status.varint(1, static_cast<std::uint64_t>(code));
    status.bytes(2, why);
    return status.take();
}

}  // namespace klarsyn
