// OpenMetrics 1.0: what it says, each rule broken on its own, and round trips.
#include "protocols/open_metrics.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>

namespace klarsyn {
namespace {

// "key line" of the fault, or "ok".
std::string fault(const std::string& text) {
    const auto families = parse_open_metrics(text);
    if (families.ok()) return "ok";
    const std::string prefix = "protocols.openmetrics.";
    return families.error().key.substr(prefix.size()) + " " + std::to_string(families.error().line);
}

TEST(OpenMetrics, FamiliesWithTheirSamples) {
    const auto families = parse_open_metrics(
        "# TYPE login_seconds histogram\n"
        "# UNIT login_seconds seconds\n"
        "# HELP login_seconds From \\\"password\\\" to\\nusable.\n"
        "login_seconds_bucket{site=\"Herlev\",le=\"3.0\"} 95 # {trace=\"a\"} 2.5 1.5\n"
        "login_seconds_bucket{site=\"Herlev\",le=\"+Inf\"} 100\n"
        "login_seconds_count{site=\"Herlev\"} 100\n"
        "up{b=\"2\",a=\"1\\\\\\\"\\n\"} 1 1364810400.123\n"
        "# EOF\n");
    ASSERT_TRUE(families.ok());
    ASSERT_EQ(families->size(), 2U);
    const MetricFamily& login = families->at(0);
    EXPECT_EQ(login.type, MetricType::histogram);
    EXPECT_EQ(login.unit, "seconds");
    EXPECT_EQ(login.help, "From \"password\" to\nusable.");
    ASSERT_EQ(login.samples.size(), 3U);
    EXPECT_EQ(login.samples[0].labels, (Labels{{"le", "3.0"}, {"site", "Herlev"}}));
    EXPECT_EQ(login.samples[0].value, 95);
    EXPECT_FALSE(login.samples[0].time_ms);
    const OpenSample& up = families->at(1).samples.at(0);
    EXPECT_EQ(up.labels, (Labels{{"a", "1\\\"\n"}, {"b", "2"}}));
    EXPECT_EQ(up.time_ms, 1364810400123);
}

TEST(OpenMetrics, WithoutItsEndNothingCounts) {
    EXPECT_EQ(fault("a 1\n# EOF"), "ok");
    EXPECT_EQ(fault("a 1\n"), "cut 1");
    EXPECT_EQ(fault("a 1\n# EO"), "cut 2");
    EXPECT_EQ(fault(""), "cut 0");
    EXPECT_EQ(fault("# EOF\n\n"), "behind_end 2");
    EXPECT_EQ(fault("# EOF\na 1\n"), "behind_end 2");
}

TEST(OpenMetrics, RulesOfMetadata) {
    const auto after = [](const std::string& text) { return fault(text + "# EOF\n"); };
    EXPECT_EQ(after("# TYPE a gauge\n# TYPE a gauge\n"), "metadata_twice 2");
    EXPECT_EQ(after("a 1\n# HELP a x\n"), "metadata_late 2");
    EXPECT_EQ(after("# TYPE a gauge\na 1\n# TYPE b gauge\nb 1\na{x=\"1\"} 2\n"), "interleaved 5");
    EXPECT_EQ(after("# TYPE a speed\n"), "type 1");
    EXPECT_EQ(after("# UNIT a_seconds bytes\n"), "unit 1");
    EXPECT_EQ(after("# WHAT a x\n"), "metadata 1");
    EXPECT_EQ(after("# TYPE 1a gauge\n"), "name 1");
    EXPECT_EQ(after("# HELP a\n"), "ok");
}

TEST(OpenMetrics, RulesOfSamples) {
    const auto after = [](const std::string& text) { return fault(text + "# EOF\n"); };
    EXPECT_EQ(after("# TYPE a counter\na_total 1\na_created 5\n"), "ok");
    EXPECT_EQ(after("# TYPE a counter\na 1\n"), "interleaved 2");  // without _total it is not a's
    EXPECT_EQ(after("# TYPE a counter\na_total -1\n"), "negative 2");
    EXPECT_EQ(after("# TYPE a counter\na_total NaN\n"), "negative 2");
    EXPECT_EQ(after("a 1\na 2\n"), "sample_twice 2");
    EXPECT_EQ(after("a 1 5\na 2 6\n"), "ok");
    EXPECT_EQ(after("# TYPE a info\na_info{v=\"1\"} 2\n"), "info 2");
    EXPECT_EQ(after("# TYPE a stateset\na{a=\"on\"} 0.5\n"), "stateset 2");
    EXPECT_EQ(after("# TYPE a summary\na{quantile=\"2\"} 1\n"), "quantile 2");
    EXPECT_EQ(after("a{b=\"1\" ,c=\"2\"} 1\n"), "labels 1");
    EXPECT_EQ(after("a{b=\"1\",b=\"2\"} 1\n"), "labels 1");
    EXPECT_EQ(after("a{b=\"1} 1\n"), "labels 1");
    EXPECT_EQ(after("a 1x\n"), "value 1");
    EXPECT_EQ(after("a\n"), "value 1");
    EXPECT_EQ(after("a 1 then\n"), "time 1");
    EXPECT_EQ(after("a 1 # {} 1\n"), "exemplar 1");
    EXPECT_EQ(after("\n"), "sample 1");
    EXPECT_EQ(after("a 1\r\n"), "value 1");
    EXPECT_EQ(after("a{b=\"\xff\"} 1\n"), "not_utf8 0");
}

TEST(OpenMetrics, BucketsAreCumulativeAndEndAtInfinity) {
    const auto after = [](const std::string& text) {
        return fault("# TYPE a histogram\n" + text + "# EOF\n");
    };
    EXPECT_EQ(after("a_bucket{le=\"1\"} 2\na_bucket{le=\"+Inf\"} 3\na_count 3\na_sum 4\n"), "ok");
    EXPECT_EQ(after("a_bucket{le=\"1\"} 2\na_bucket{le=\"+Inf\"} 1\n"), "buckets_fall 4");
    EXPECT_EQ(after("a_bucket{le=\"2\"} 1\na_bucket{le=\"1\"} 1\n"), "buckets_fall 4");
    EXPECT_EQ(after("a_bucket{le=\"1\"} 2\n"), "no_infinite_bucket 3");
    EXPECT_EQ(after("a_count 3\n"), "no_infinite_bucket 3");
    EXPECT_EQ(after("a_bucket{le=\"+Inf\"} 3\na_count 4\n"), "count_differs 4");
    EXPECT_EQ(after("a_bucket 3\n"), "bucket 3");
    EXPECT_EQ(after("a_bucket{s=\"1\",le=\"1\"} 9\na_bucket{s=\"1\",le=\"+Inf\"} 9\n"
                    "a_bucket{s=\"2\",le=\"+Inf\"} 1\n"),
              "ok");
}

TEST(OpenMetrics, NumbersAndTimesInEveryNotation) {
    const auto value = [](const std::string& number) {
        const auto families = parse_open_metrics("a " + number + "\n# EOF\n");
        return families.ok() ? families->at(0).samples.at(0).value : -99.0;
    };
    EXPECT_EQ(value("+1.5e3"), 1500);
    EXPECT_EQ(value("-.5"), -0.5);
    EXPECT_EQ(value("+Inf"), INFINITY);
    EXPECT_EQ(value("-inf"), -INFINITY);
    EXPECT_TRUE(std::isnan(value("NaN")));
    EXPECT_EQ(value("0x10"), -99);
    EXPECT_EQ(value("nan(1)"), -99);
    const auto time = [](const std::string& number) {
        const auto families = parse_open_metrics("a 1 " + number + "\n# EOF\n");
        return families.ok() ? families->at(0).samples.at(0).time_ms.value_or(-1) : -99;
    };
    EXPECT_EQ(time("1364810400"), 1364810400000);
    EXPECT_EQ(time("1364810400.1239"), 1364810400123);
    EXPECT_EQ(time("1.3648104e9"), 1364810400000);
    EXPECT_EQ(time("-0.0001"), -1);
    EXPECT_EQ(time("1e40"), -99);
    EXPECT_EQ(time("Inf"), -99);
}

// Seconds here, milliseconds inside: each whole millisecond arrives as it was.
RC_GTEST_PROP(OpenMetrics, WhatIsWrittenReadsBack, ()) {
    MetricFamily family;
    family.name = "a_seconds";
    family.type = MetricType::gauge;
    family.unit = "seconds";
    family.help = *rc::gen::string<std::string>();
    if (!well_formed_utf8(family.help) || family.help.find('\0') != std::string::npos)
        family.help = "æ\\n\"";
    const auto times = *rc::gen::unique<std::vector<std::int64_t>>(
        rc::gen::inRange<std::int64_t>(-1'000'000'000'000, 4'000'000'000'000));
    for (const auto time : times) {
        OpenSample sample;
        sample.name = family.name;
        sample.labels = {{"site", *rc::gen::element<std::string>("Herlev", "R\"ø\\", "a\nb")}};
        sample.value = *rc::gen::arbitrary<double>();
        sample.time_ms = time;
        family.samples.push_back(sample);
    }
    const std::string text = write_open_metrics({family});
    const auto back = parse_open_metrics(text);
    RC_ASSERT(back.ok() && back->size() == 1);
    RC_ASSERT(back->at(0).help == family.help);
    RC_ASSERT(back->at(0).samples.size() == family.samples.size());
    for (std::size_t i = 0; i < times.size(); ++i) {
        RC_ASSERT(back->at(0).samples[i].time_ms == family.samples[i].time_ms);
        RC_ASSERT(back->at(0).samples[i].value == family.samples[i].value);
        RC_ASSERT(back->at(0).samples[i].labels == family.samples[i].labels);
    }
}

}  // namespace
}  // namespace klarsyn
