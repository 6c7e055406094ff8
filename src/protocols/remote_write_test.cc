// Remote-write 1.0 against bytes put together by hand, round trips, hostile messages.
#include "protocols/remote_write.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "protocols/packed.h"

namespace klarsyn {
namespace {

// timeseries{labels{"__name__":"up"}, samples{1.5, 1364810400123 ms}}
const std::string kUp(
    "\x0a\x22\x0a\x0e\x0a\x08\x5f\x5f\x6e\x61\x6d\x65\x5f\x5f\x12\x02\x75\x70\x12\x10"
    "\x09\x00\x00\x00\x00\x00\x00\xf8\x3f\x10\xfb\x82\xa8\xa8\xdc\x27",
    36);

TEST(RemoteWrite, AMessageMadeByHand) {
    const auto request = parse_write_message(kUp);
    ASSERT_TRUE(request.ok());
    ASSERT_EQ(request->series.size(), 1U);
    EXPECT_EQ(request->series[0].labels, (Labels{{"__name__", "up"}}));
    ASSERT_EQ(request->series[0].samples.size(), 1U);
    EXPECT_EQ(request->series[0].samples[0].value, 1.5);
    EXPECT_EQ(request->series[0].samples[0].time_ms, 1364810400123);
    EXPECT_EQ(write_message(request->series), kUp);
}

TEST(RemoteWrite, TheStaleMarkerIsToldFromOtherNaNs) {
    EXPECT_TRUE(is_stale(stale_value()));
    EXPECT_TRUE(std::isnan(stale_value()));
    EXPECT_FALSE(is_stale(std::numeric_limits<double>::quiet_NaN()));
    const auto back =
        parse_write_request(write_request({{{{"__name__", "a"}}, {{stale_value(), 1}}}}));
    ASSERT_TRUE(back.ok());
    EXPECT_TRUE(is_stale(back->series[0].samples[0].value));
}

TEST(RemoteWrite, SeriesThatCannotBeKeptAreFaultsAndTheOthersCount) {
    const std::vector<WriteSeries> series = {
        {{{"site", "x"}}, {{1, 1}, {2, 2}}},                          // no name
        {{{"__name__", "a"}, {"b", "1"}, {"b", "2"}}, {{1, 1}}},      // a label twice
        {{{"__name__", "good"}, {"z", "1"}, {"b", "2"}}, {{1, -5}}},  // not sorted: sorted here
    };
    const auto request = parse_write_message(write_message(series));
    ASSERT_TRUE(request.ok());
    ASSERT_EQ(request->faults.size(), 2U);
    EXPECT_EQ(request->faults[0].key, "reject.sample.no_name");
    EXPECT_EQ(request->faults[0].samples, 2);
    EXPECT_EQ(request->faults[1].series, 1U);
    EXPECT_EQ(request->faults[1].key, "reject.sample.label_twice");
    ASSERT_EQ(request->series.size(), 1U);
    EXPECT_EQ(request->series[0].labels[1].first, "b");
    EXPECT_EQ(request->series[0].samples[0].time_ms, -5);
}

TEST(RemoteWrite, LimitsHold) {
    const std::vector<WriteSeries> two = {{{{"__name__", "a"}}, {{1, 1}, {2, 2}}},
                                          {{{"__name__", "b"}}, {{1, 1}}}};
    const std::string message = write_message(two);
    const auto code = [&](WriteLimits limits) {
        const auto request = parse_write_message(message, limits);
        return request.ok() ? ErrorCode::internal : request.error().code;
    };
    EXPECT_EQ(code({.samples = 2}), ErrorCode::refused);
    EXPECT_EQ(code({.series = 1}), ErrorCode::refused);
    EXPECT_EQ(code({.labels = 1}), ErrorCode::refused);
    EXPECT_TRUE(parse_write_message(message, {.samples = 3, .series = 2, .labels = 2}).ok());
    EXPECT_EQ(parse_write_request(pack_snappy(message), {.bytes = 10}).error().code,
              ErrorCode::refused);
}

TEST(RemoteWrite, DamagedMessagesAreRefusedWhole) {
    for (std::size_t i = 1; i < kUp.size(); ++i)
        EXPECT_FALSE(parse_write_message(kUp.substr(0, i)).ok()) << i;
    EXPECT_FALSE(parse_write_message("\x0b").ok());  // a group
    EXPECT_FALSE(parse_write_message(std::string("\x00\x01", 2)).ok());
    EXPECT_FALSE(parse_write_request("not packed").ok());
    EXPECT_TRUE(parse_write_message("").ok());  // an empty request is one
}

TEST(RemoteWrite, UnknownFieldsAreReadOver) {
    const std::string metadata("\x1a\x03\x08\x01x", 4);
    EXPECT_FALSE(parse_write_message(kUp + metadata).ok());  // cut
    const auto request = parse_write_message(kUp + std::string("\x1a\x02\x08\x01\x58\x07", 6));
    ASSERT_TRUE(request.ok());
    EXPECT_EQ(request->series.size(), 1U);
}

RC_GTEST_PROP(RemoteWrite, WhatIsWrittenReadsBack, ()) {
    const auto label_names = *rc::gen::unique<std::vector<std::string>>(
        rc::gen::nonEmpty(rc::gen::string<std::string>()));
    Labels labels = {{"__name__", "metric"}};
    for (const auto& name : label_names)
        if (well_formed_utf8(name) && name != "__name__" && labels.size() < 60)
            labels.emplace_back(name, "v");
    std::sort(labels.begin(), labels.end());
    WriteSeries series{labels, {}};
    for (const auto& [value, time] :
         *rc::gen::arbitrary<std::vector<std::pair<double, std::int64_t>>>())
        series.samples.push_back({value, time});
    const auto back = parse_write_request(write_request({series}));
    RC_ASSERT(back.ok() && back->series.size() == 1);
    RC_ASSERT(back->series[0].labels == labels);
    RC_ASSERT(back->series[0].samples.size() == series.samples.size());
    for (std::size_t i = 0; i < series.samples.size(); ++i) {
        RC_ASSERT(std::bit_cast<std::uint64_t>(back->series[0].samples[i].value) ==
                  std::bit_cast<std::uint64_t>(series.samples[i].value));
        RC_ASSERT(back->series[0].samples[i].time_ms == series.samples[i].time_ms);
    }
}

}  // namespace
}  // namespace klarsyn
