// OTLP metrics in both encodings: the same points from hand-made bytes and from JSON, temporality,
// what is rejected with a reason, and hostile requests.
#include "protocols/otlp.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <bit>
#include <fstream>
#include <iterator>

#include "protocols/protobuf_wire.h"

namespace klarsyn {
namespace {

std::string corpus(const std::string& name) {
    std::ifstream file(std::string(KLARSYN_SOURCE_DIR) + "/src/protocols/fuzz/corpus/" + name,
                       std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string message(std::uint32_t field, const std::string& body) {
    ProtoWriter out;
    out.bytes(field, body);
    return out.take();
}

std::string attribute(std::uint32_t field, const std::string& key, const std::string& value) {
    return message(field, message(1, key) + message(2, message(1, value)));
}

// A request of one metric with the parts of its data.
std::string request_of(std::uint32_t kind, const std::string& data,
                       const std::string& resource = "") {
    const std::string metric = message(2, message(1, "m") + message(3, "ms") + message(kind, data));
    return message(1, resource + message(2, metric));
}

std::string number_point(std::uint64_t time_ns, double value, const std::string& more = "") {
    ProtoWriter out;
    out.fixed64(3, time_ns);
    out.real(4, value);
    return message(1, out.take() + more);
}

void expect_all(const Result<OtlpRequest>& request) {
    ASSERT_TRUE(request.ok());
    EXPECT_EQ(request->rejected, 3);
    EXPECT_EQ(request->why, "exponential histograms are not read");
    ASSERT_EQ(request->points.size(), 3U);
    const OtlpPoint& gauge = request->points[0];
    EXPECT_EQ(gauge.metric, "login.duration");
    EXPECT_EQ(gauge.unit, "ms");
    EXPECT_EQ(gauge.labels, (Labels{{"host.name", "pc-1"}, {"site", "Herlev"}}));
    EXPECT_EQ(gauge.time_ns, 1364810400123456789U);
    EXPECT_EQ(gauge.value, 812.5);
    EXPECT_EQ(gauge.kind, OtlpKind::gauge);
    const OtlpPoint& sum = request->points[1];
    EXPECT_EQ(sum.kind, OtlpKind::sum);
    EXPECT_EQ(sum.temporality, OtlpTemporality::delta);
    EXPECT_TRUE(sum.monotonic);
    EXPECT_EQ(sum.value, 7);
    EXPECT_EQ(sum.time_ns - sum.start_ns, 60'000'000'000U);
    const OtlpPoint& histogram = request->points[2];
    EXPECT_EQ(histogram.kind, OtlpKind::histogram);
    EXPECT_EQ(histogram.temporality, OtlpTemporality::cumulative);
    EXPECT_EQ(histogram.count, 3U);
    EXPECT_EQ(histogram.value, 4.5);
    EXPECT_EQ(histogram.buckets, (std::vector<std::uint64_t>{1, 1, 1}));
    EXPECT_EQ(histogram.bounds, (std::vector<double>{1, 3}));
}

TEST(Otlp, BothEncodingsSayTheSame) {
    expect_all(parse_otlp(corpus("otlp-protobuf/all"), OtlpEncoding::protobuf));
    expect_all(parse_otlp(corpus("otlp-json/all"), OtlpEncoding::json));
}

TEST(Otlp, TheResourceMayStandBehindAndThePointWins) {
    const std::string resource = message(1, attribute(1, "site", "far") + attribute(1, "os", "x"));
    const std::string metric = message(
        2,
        message(2, message(1, "m") + message(5, number_point(1, 2, attribute(7, "site", "near")))));
    const auto request = parse_otlp(message(1, metric + resource), OtlpEncoding::protobuf);
    ASSERT_TRUE(request.ok() && request->points.size() == 1);
    EXPECT_EQ(request->points[0].labels, (Labels{{"os", "x"}, {"site", "near"}}));
}

TEST(Otlp, PointsThatCannotBeReadAreRejectedWithAReason) {
    const auto reject = [](const std::string& bytes) {
        const auto request = parse_otlp(bytes, OtlpEncoding::protobuf);
        EXPECT_TRUE(request.ok());
        return request.ok() ? std::pair(request->rejected, request->why)
                            : std::pair(std::int64_t{-1}, std::string());
    };
    EXPECT_EQ(reject(request_of(7, number_point(1, 2))).second,
              "a sum or histogram does not say whether it is delta or cumulative");
    EXPECT_EQ(reject(request_of(5, number_point(1, 2, attribute(7, "", "x")))).second,
              "attributes of a point cannot be kept");
    ProtoWriter histogram;
    histogram.fixed64(4, 3);
    ProtoWriter bucket;
    bucket.fixed64(6, 3);  // one bucket and a bound
    bucket.real(7, 1);
    ProtoWriter delta;
    delta.varint(2, 1);
    EXPECT_EQ(
        reject(request_of(9, message(1, histogram.text() + bucket.text()) + delta.text())),
        (std::pair(std::int64_t{1},
                   std::string("the buckets of a histogram do not fit its bounds and count"))));
}

TEST(Otlp, NoRecordedValueIsToldFromNought) {
    ProtoWriter flags;
    flags.varint(8, 1);
    const auto request =
        parse_otlp(request_of(5, number_point(1, 0, flags.text())), OtlpEncoding::protobuf);
    ASSERT_TRUE(request.ok());
    EXPECT_TRUE(request->points.at(0).no_value);
}

TEST(Otlp, JsonTakesNumbersAsTextAndRefusesWhatIsNone) {
    const auto parse = [](const std::string& point) {
        return parse_otlp(R"({"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"m","gauge":)"
                          R"({"dataPoints":[)" +
                              point + "]}}]}]}]}",
                          OtlpEncoding::json);
    };
    EXPECT_EQ(parse(R"({"asInt":"9007199254740993"})")->points.at(0).value, 9007199254740992.0);
    EXPECT_EQ(parse(R"({"asDouble":"-Infinity","timeUnixNano":18446744073709551615})")
                  ->points.at(0)
                  .time_ns,
              18446744073709551615U);
    EXPECT_TRUE(parse(R"({"asDouble":1,"unheardOf":{"x":[1]}})").ok());
    EXPECT_EQ(parse(R"({"timeUnixNano":"1.5"})").error().field, "timeUnixNano");
    EXPECT_EQ(parse(R"({"timeUnixNano":-1})").error().field, "timeUnixNano");
    EXPECT_EQ(parse(R"({"asDouble":"x"})").error().field, "asDouble");
    EXPECT_EQ(parse("7").error().field, "dataPoints");
    EXPECT_FALSE(parse_otlp("[]", OtlpEncoding::json).ok());
    EXPECT_FALSE(parse_otlp("{", OtlpEncoding::json).ok());
    EXPECT_FALSE(parse_otlp(std::string(100'000, '['), OtlpEncoding::json).ok());
}

TEST(Otlp, LimitsHoldAgainstWhatPointsRepeat) {
    std::string points;
    for (int i = 0; i < 100; ++i) points += message(1, "");
    const std::string resource = message(1, attribute(1, "k", std::string(1000, 'x')));
    const std::string bytes = request_of(5, points, resource);
    EXPECT_TRUE(parse_otlp(bytes, OtlpEncoding::protobuf).ok());
    for (const OtlpLimits& limits :
         {OtlpLimits{.points = 99}, OtlpLimits{.values = 50}, OtlpLimits{.bytes = 50'000}})
        EXPECT_EQ(parse_otlp(bytes, OtlpEncoding::protobuf, limits).error().code,
                  ErrorCode::refused);
}

TEST(Otlp, CutMessagesAreRefusedWhole) {
    const std::string bytes = corpus("otlp-protobuf/all");
    for (std::size_t i = 1; i < bytes.size(); ++i)
        EXPECT_FALSE(parse_otlp(bytes.substr(0, i), OtlpEncoding::protobuf).ok()) << i;
    EXPECT_TRUE(parse_otlp("", OtlpEncoding::protobuf).ok());
}

TEST(Otlp, AnswersTellOfWhatWasRejected) {
    EXPECT_EQ(otlp_answer(OtlpEncoding::protobuf, 0, ""), "");
    EXPECT_EQ(otlp_answer(OtlpEncoding::json, 0, ""), "{}");
    EXPECT_EQ(otlp_answer(OtlpEncoding::protobuf, 3, "no"), "\x0a\x06\x08\x03\x12\x02no");
    EXPECT_EQ(otlp_answer(OtlpEncoding::json, 3, "no"),
              R"({"partialSuccess":{"rejectedDataPoints":"3","errorMessage":"no"}})");
    EXPECT_EQ(otlp_status(OtlpEncoding::protobuf, 3, "x"), "\x08\x03\x12\x01x");
    EXPECT_EQ(otlp_status(OtlpEncoding::json, 3, "x"), R"({"code":3,"message":"x"})");
}

// Nanoseconds are whole in both encodings, whatever the time.
RC_GTEST_PROP(Otlp, TimesAndValuesArriveAsSent, (std::uint64_t time_ns, double value)) {
    const auto request =
        parse_otlp(request_of(5, number_point(time_ns, value)), OtlpEncoding::protobuf);
    RC_ASSERT(request.ok() && request->points.size() == 1);
    RC_ASSERT(request->points[0].time_ns == time_ns);
    RC_ASSERT(std::bit_cast<std::uint64_t>(request->points[0].value) ==
              std::bit_cast<std::uint64_t>(value));
    const auto json = parse_otlp(
        R"({"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"m","gauge":{"dataPoints":[)"
        R"({"timeUnixNano":")" +
            std::to_string(time_ns) + R"("}]}}]}]}]})",
        OtlpEncoding::json);
    RC_ASSERT(json.ok() && json->points.at(0).time_ns == time_ns);
}

}  // namespace
}  // namespace klarsyn
