// OTLP as JSON: lowerCamelCase names, enumerations as numbers, 64-bit numbers as texts or numbers.
// Unknown members are passed over; a member of another type than it should have is a fault.
#include <fmt/format.h>
#include <boost/json.hpp>

#include <charconv>
#include <cmath>
#include <limits>

#include "protocols/otlp_build.h"

namespace klarsyn {
namespace {

namespace json = boost::json;

Error damaged(std::string_view field) {
    Error error = make_error(ErrorCode::invalid_input, "protocols.otlp.json");
    error.field = field;
    return error;
}

std::string any_value(const json::value& value) {
    const json::object* object = value.if_object();
    if (object == nullptr) return {};
    for (const auto& [kind, inner] : *object) {
        if (kind == "stringValue" && inner.is_string()) return std::string(inner.get_string());
        if (kind == "boolValue" && inner.is_bool()) return inner.get_bool() ? "true" : "false";
        if (kind == "intValue" && inner.is_string()) return std::string(inner.get_string());
        if (kind == "intValue" && inner.is_int64()) return std::to_string(inner.get_int64());
        if (kind == "doubleValue" && inner.is_number())
            return fmt::format("{}", inner.to_number<double>());
    }
    return {};
}

class JsonMessage {
public:
    explicit JsonMessage(const OtlpLimits& limits) : build_(limits) {}

    Result<OtlpRequest> read(const json::value& message) {
        const json::object* object = message.if_object();
        if (object == nullptr) return damaged({});
        for (const json::object* resource_metrics : list(*object, "resourceMetrics")) {
            Labels resource;
            if (const auto* given = member(*resource_metrics, "resource"))
                attributes(*given, resource);
            for (const json::object* scope : list(*resource_metrics, "scopeMetrics"))
                for (const json::object* metric : list(*scope, "metrics"))
                    read_metric(*metric, resource);
        }
        if (build_.full()) return make_error(ErrorCode::refused, "protocols.otlp.too_many");
        if (faulty_) return damaged(fault_);
        return build_.take();
    }

private:
    void fault(std::string_view field) {
        if (!faulty_) fault_ = field;
        faulty_ = true;
    }

    // The objects of a member that is a list; none where it is missing or null.
    std::vector<const json::object*> list(const json::object& object, std::string_view name) {
        std::vector<const json::object*> items;
        const json::value* value = object.if_contains(name);
        if (value == nullptr || value->is_null()) return items;
        if (!value->is_array()) {
            fault(name);
            return items;
        }
        for (const json::value& item : value->get_array()) {
            if (item.is_object())
                items.push_back(&item.get_object());
            else
                fault(name);
        }
        return items;
    }

    const json::object* member(const json::object& object, std::string_view name) {
        const json::value* value = object.if_contains(name);
        if (value == nullptr || value->is_null()) return nullptr;
        if (!value->is_object()) fault(name);
        return value->if_object();
    }

    std::string text(const json::object& object, std::string_view name) {
        const json::value* value = object.if_contains(name);
        if (value == nullptr || value->is_null()) return {};
        if (!value->is_string()) {
            fault(name);
            return {};
        }
        return std::string(value->get_string());
    }

    // A whole number as text or number.
    template <typename Number>
    Number whole(const json::value& value, std::string_view name) {
        Number number = 0;
        if (value.is_string()) {
            const std::string_view digits = value.get_string();
            const auto [end, error] =
                std::from_chars(digits.data(), digits.data() + digits.size(), number);
            if (error == std::errc{} && end == digits.data() + digits.size()) return number;
        } else if (value.is_number()) {
            boost::system::error_code failed;
            number = value.to_number<Number>(failed);
            if (!failed) return number;
        }
        fault(name);
        return 0;
    }
    template <typename Number>
    Number whole(const json::object& object, std::string_view name) {
        const json::value* value = object.if_contains(name);
        return value == nullptr || value->is_null() ? 0 : whole<Number>(*value, name);
    }

    double real(const json::value& value, std::string_view name) {
        if (value.is_number()) return value.to_number<double>();
        const std::string_view word =
            value.is_string() ? std::string_view(value.get_string()) : std::string_view();
        if (word == "NaN") return std::numeric_limits<double>::quiet_NaN();
        if (word == "Infinity") return std::numeric_limits<double>::infinity();
        if (word == "-Infinity") return -std::numeric_limits<double>::infinity();
        fault(name);
        return 0;
    }

    void attributes(const json::object& holder, Labels& labels) {
        for (const json::object* item : list(holder, "attributes")) {
            if (!build_.room(1)) return;
            const json::value* value = item->if_contains("value");
            labels.emplace_back(text(*item, "key"), value == nullptr ? "" : any_value(*value));
        }
    }

    void read_metric(const json::object& metric, const Labels& resource) {
        OtlpPoint like;
        like.metric = text(metric, "name");
        like.unit = text(metric, "unit");
        read_data(metric, "gauge", OtlpKind::gauge, like, resource);
        read_data(metric, "sum", OtlpKind::sum, like, resource);
        read_data(metric, "histogram", OtlpKind::histogram, like, resource);
        unread(metric, "exponentialHistogram", "exponential histograms are not read");
        unread(metric, "summary", "summaries are not read");
    }

    void unread(const json::object& metric, std::string_view name, std::string_view why) {
        if (const auto* data = member(metric, name))
            build_.reject(static_cast<std::int64_t>(list(*data, "dataPoints").size()), why);
    }

    void read_data(const json::object& metric, std::string_view name, OtlpKind kind, OtlpPoint like,
                   const Labels& resource) {
        const json::object* data = member(metric, name);
        if (data == nullptr) return;
        like.kind = kind;
        like.temporality = temporality(*data);
        if (const json::value* value = data->if_contains("isMonotonic"))
            like.monotonic = value->is_bool() && value->get_bool();
        for (const json::object* item : list(*data, "dataPoints")) {
            OtlpPoint point = like;
            read_point(*item, point);
            if (!build_.add(std::move(point), resource)) return;
        }
    }

    OtlpTemporality temporality(const json::object& data) {
        const json::value* value = data.if_contains("aggregationTemporality");
        if (value == nullptr || value->is_null()) return OtlpTemporality::unspecified;
        if (value->is_string()) {
            // Not after the letter, but what some exporters send.
            const std::string_view word = value->get_string();
            if (word == "AGGREGATION_TEMPORALITY_DELTA") return OtlpTemporality::delta;
            if (word == "AGGREGATION_TEMPORALITY_CUMULATIVE") return OtlpTemporality::cumulative;
        }
        const auto number = whole<std::int64_t>(*value, "aggregationTemporality");
        return number == 1   ? OtlpTemporality::delta
               : number == 2 ? OtlpTemporality::cumulative
                             : OtlpTemporality::unspecified;
    }

    void read_point(const json::object& item, OtlpPoint& point) {
        point.start_ns = whole<std::uint64_t>(item, "startTimeUnixNano");
        point.time_ns = whole<std::uint64_t>(item, "timeUnixNano");
        point.no_value = (whole<std::uint64_t>(item, "flags") & 1U) != 0;
        attributes(item, point.labels);
        if (point.kind != OtlpKind::histogram) {
            if (const json::value* value = item.if_contains("asDouble"))
                point.value = real(*value, "asDouble");
            if (const json::value* value = item.if_contains("asInt"))
                point.value = static_cast<double>(whole<std::int64_t>(*value, "asInt"));
            return;
        }
        point.count = whole<std::uint64_t>(item, "count");
        if (const json::value* value = item.if_contains("sum")) point.value = real(*value, "sum");
        each(item, "bucketCounts", [&](const json::value& value) {
            point.buckets.push_back(whole<std::uint64_t>(value, "bucketCounts"));
        });
        each(item, "explicitBounds", [&](const json::value& value) {
            point.bounds.push_back(real(value, "explicitBounds"));
        });
    }

    template <typename Take>
    void each(const json::object& item, std::string_view name, const Take& take) {
        const json::value* value = item.if_contains(name);
        if (value == nullptr || value->is_null()) return;
        if (!value->is_array()) return fault(name);
        if (!build_.room(value->get_array().size())) return;
        for (const json::value& one : value->get_array()) take(one);
    }

    OtlpBuilder build_;
    bool faulty_ = false;
    std::string fault_;
};

}  // namespace

Result<OtlpRequest> parse_otlp_json(std::string_view message, const OtlpLimits& limits) {
    boost::system::error_code failed;
    const json::value value = json::parse(message, failed);
    if (failed) return damaged({});
    return JsonMessage(limits).read(value);
}

}  // namespace klarsyn
