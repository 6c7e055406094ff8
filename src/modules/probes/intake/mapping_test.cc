// The mapping of foreign samples: rules, units, success, and what is left out and why.
#include "modules/probes/intake/mapping.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "modules/probes/intake/agents.h"
#include "modules/probes/intake/samples.h"

namespace klarsyn::probes {
namespace {

using ::testing::ElementsAre;

constexpr std::string_view kMapping = R"(
[[metric]]
name = "login_seconds"
where = {job = "agents"}
system = "{system}"
action = "login"
site = "Hospital {site}"
seat = "{instance}"
unit = "s"
success = "login_ok"

[[metric]]
name = "rtt"
system = "Net"
action = "ping"
site = "{site}"
)";

IntakeSample sample(const std::string& name, double value, Labels labels = {},
                    const std::string& unit = "") {
    IntakeSample result;
    labels.emplace_back("__name__", name);
    check_labels(labels);
    result.name = name;
    result.labels = labels;
    result.at_ms = 1364810400999;
    result.value = value;
    result.unit = unit;
    return result;
}

const Labels kLogin = {{"job", "agents"}, {"system", "EPM3"}, {"site", "HER"}, {"instance", "pc1"}};

std::vector<std::string> mapped(const std::vector<IntakeSample>& samples) {
    const auto mapping = ProbeMapping::parse(kMapping, "map.toml");
    EXPECT_TRUE(mapping.ok());
    const MappedSamples result = mapping->map(samples, 1364810500);
    std::vector<std::string> list;
    for (const KeptMeasurement& one : result.measurements)
        list.push_back(one.system + '/' + one.action + '/' + one.site + '/' + one.seat + ' ' +
                       std::to_string(one.at) + ' ' + (one.ms ? std::to_string(*one.ms) : "-") +
                       ' ' + std::string(outcome_name(one.outcome)));
    for (const auto& [what, count] : result.unmapped)
        list.push_back(what.metric + ' ' + what.why + ' ' + std::to_string(count.samples) + ' ' +
                       count.labels);
    return list;
}

TEST(ProbeMapping, SamplesBecomeMeasurements) {
    EXPECT_THAT(mapped({sample("login_seconds", 1.2345, kLogin)}),
                ElementsAre("EPM3/login/Hospital HER/pc1 1364810400 1235 ok"));
    EXPECT_THAT(mapped({sample("rtt", 1500, {{"site", "RH"}}, "us")}),
                ElementsAre("Net/ping/RH/ 1364810400 2 ok"));
    EXPECT_THAT(mapped({sample("rtt", 2, {{"site", "RH"}}, "ms")}),
                ElementsAre("Net/ping/RH/ 1364810400 2 ok"));
}

TEST(ProbeMapping, TheUnitThatASampleTellsHoldsBeforeThatOfItsRule) {
    EXPECT_THAT(mapped({sample("login_seconds", 500, kLogin, "ms")}),
                ElementsAre("EPM3/login/Hospital HER/pc1 1364810400 500 ok"));
    EXPECT_THAT(mapped({sample("login_seconds", 2, kLogin, "1")}),  // no unit of time
                ElementsAre("EPM3/login/Hospital HER/pc1 1364810400 2000 ok"));
}

TEST(ProbeMapping, AnotherMetricSaysWhetherItSucceeded) {
    EXPECT_THAT(mapped({sample("login_seconds", 9, kLogin), sample("login_ok", 0, kLogin)}),
                ElementsAre("EPM3/login/Hospital HER/pc1 1364810400 9000 failed"));
    EXPECT_THAT(mapped({sample("login_ok", 1, kLogin), sample("login_seconds", 9, kLogin)}),
                ElementsAre("EPM3/login/Hospital HER/pc1 1364810400 9000 ok"));
    const double none = std::numeric_limits<double>::quiet_NaN();
    EXPECT_THAT(mapped({sample("login_seconds", none, kLogin), sample("login_ok", 0, kLogin)}),
                ElementsAre("EPM3/login/Hospital HER/pc1 1364810400 - failed"));
}

TEST(ProbeMapping, AFailureWithoutItsDurationIsToldApart) {
    const auto mapping = ProbeMapping::parse(kMapping, "map.toml").take();
    const auto failures = [&](const std::vector<IntakeSample>& samples) {
        std::vector<std::string> list;
        for (const auto& [metric, one] : mapping.map(samples, 1364810500).lone_failures)
            list.push_back(one.system + '/' + one.action + '/' + one.site + '/' + one.seat + ' ' +
                           std::to_string(one.at) + ' ' + (one.ms ? "ms " : "- ") +
                           std::string(outcome_name(one.outcome)) + ' ' + metric);
        return list;
    };
    EXPECT_THAT(failures({sample("login_ok", 0, kLogin), sample("login_ok", 0, kLogin)}),
                ElementsAre("EPM3/login/Hospital HER/pc1 1364810400 - failed login_ok"));
    EXPECT_THAT(failures({sample("login_ok", 1, kLogin)}), ElementsAre());
    EXPECT_THAT(failures({sample("login_seconds", 9, kLogin), sample("login_ok", 0, kLogin)}),
                ElementsAre());
    Labels other = kLogin;
    other[0].second = "others";
    EXPECT_THAT(failures({sample("login_ok", 0, other)}), ElementsAre());
    EXPECT_THAT(failures({sample("login_ok", 0, {{"job", "agents"}})}), ElementsAre());
}

TEST(ProbeMapping, WithoutASettingLabelsOfTheSameNamesAreTaken) {
    const auto mapping = ProbeMapping::parse(kUsualMapping, "usual").take();
    const Labels bare = {{"system", "EPM3"}, {"action", "login"}, {"site", "HER"}};
    Labels seated = bare;
    seated.emplace_back("seat", "ward PC");
    const auto found = mapping.map({sample("probe_duration_seconds", 2, bare),
                                    sample("probe_duration_seconds", 3, seated),
                                    sample("probe_success", 0, seated),
                                    sample("probe.duration", 4000, bare, "ms"),
                                    sample("probe_duration_seconds", 2, {{"system", "EPM3"}})},
                                   1364810500);
    ASSERT_EQ(found.measurements.size(), 3U);
    EXPECT_EQ(found.measurements[0].seat, "");
    EXPECT_EQ(found.measurements[0].ms, 2000);
    EXPECT_EQ(found.measurements[1].seat, "ward PC");
    EXPECT_EQ(found.measurements[1].outcome, Outcome::failed);
    EXPECT_EQ(found.measurements[2].ms, 4000);
    EXPECT_EQ(found.unmapped.count({"probe_duration_seconds", "label"}), 1U);
}

TEST(ProbeMapping, WhatIsLeftOutIsCountedByNameAndReason) {
    Labels other = kLogin;
    other[0].second = "others";
    EXPECT_THAT(
        mapped({sample("login_seconds", 1, other), sample("login_seconds", 1, other),
                sample("up", 1)}),
        ElementsAre("login_seconds no_rule 2 instance, job, site, system", "up no_rule 1 "));
    EXPECT_THAT(mapped({sample("rtt", 1, {}, "s")}), ElementsAre("rtt label 1 "));
    EXPECT_THAT(mapped({sample("rtt", 1, {{"site", "RH"}})}), ElementsAre("rtt unit 1 site"));
    EXPECT_THAT(mapped({sample("rtt", 1, {{"site", "RH"}}, "%")}), ElementsAre("rtt unit 1 site"));
    EXPECT_THAT(mapped({sample("rtt", -1, {{"site", "RH"}}, "s")}),
                ElementsAre("rtt value 1 site"));
    EXPECT_THAT(mapped({sample("rtt", 1e300, {{"site", "RH"}}, "s")}),
                ElementsAre("rtt value 1 site"));
    EXPECT_THAT(mapped({sample("rtt", 1, {{"site", "a\nb"}}, "s")}),
                ElementsAre("rtt label 1 site"));
    IntakeSample late = sample("rtt", 1, {{"site", "RH"}}, "s");
    late.at_ms = 1364810501000;
    EXPECT_THAT(mapped({late}), ElementsAre("rtt time 1 site"));
    late.at_ms = -1;
    EXPECT_THAT(mapped({late}), ElementsAre("rtt time 1 site"));
    EXPECT_THAT(mapped({sample("rtt", stale_value(), {{"site", "RH"}}, "s")}), ElementsAre());
}

TEST(ProbeMapping, FaultsNameFileLineAndField) {
    const auto fault = [](const std::string& text) {
        const auto mapping = ProbeMapping::parse(text, "map.toml");
        return mapping.ok() ? "ok"
                            : mapping.error().file + ':' + std::to_string(mapping.error().line) +
                                  ':' + mapping.error().field + ' ' + mapping.error().key;
    };
    const std::string rest = "system='a'\naction='b'\nsite='c'\n";
    EXPECT_EQ(fault(""), "ok");
    EXPECT_EQ(fault("[[metric]]\nname='x'\n" + rest), "ok");
    EXPECT_EQ(fault("metric = 1"), "map.toml:1:metric probes.mapping.unknown");
    EXPECT_EQ(fault("[[metric]]\n" + rest), "map.toml:1:name probes.mapping.missing");
    EXPECT_EQ(fault("[[metric]]\nname='x'\nunit='km'\n" + rest),
              "map.toml:3:unit probes.mapping.unit");
    EXPECT_EQ(fault("[[metric]]\nname='x'\nseat='{a'\n" + rest),
              "map.toml:3:seat probes.mapping.braces");
    EXPECT_EQ(fault("[[metric]]\nname=7\n" + rest), "map.toml:2:name probes.mapping.no_text");
    EXPECT_EQ(fault("[[metric]]\nname='x'\ncolour='x'\n" + rest),
              "map.toml:3:colour probes.mapping.unknown");
    EXPECT_EQ(fault("[[metric]\n").substr(0, 11), "map.toml:1:");
}

TEST(IntakeSamples, EachProtocolGivesItsOwn) {
    OtlpRequest otlp;
    OtlpPoint point;
    point.metric = "m";
    point.unit = "ms";
    point.time_ns = 1364810400123456789U;
    point.value = 5;
    otlp.points = {point, point, point, point};
    otlp.points[1].kind = OtlpKind::sum;
    otlp.points[2].kind = OtlpKind::histogram;
    otlp.points[2].temporality = OtlpTemporality::delta;
    otlp.points[2].count = 1;
    otlp.points[3].no_value = true;
    const auto samples = samples_of(otlp);
    ASSERT_EQ(samples.size(), 3U);
    EXPECT_EQ(samples[0].at_ms, 1364810400123);
    EXPECT_EQ(samples[0].unusable, "");
    EXPECT_EQ(samples[1].unusable, "aggregated");
    EXPECT_EQ(samples[2].unusable, "");
    const auto perf =
        samples_of(*parse_perf_line("TIMET::5\tHOSTNAME::h\tSERVICEDESC::s\tSERVICEPERFDATA::t=3ms "
                                    "n=U\tSERVICESTATE::CRITICAL"));
    ASSERT_EQ(perf.size(), 2U);
    EXPECT_EQ(perf[0].name, "state");
    EXPECT_EQ(perf[0].value, 0);
    EXPECT_EQ(perf[1].name, "t");
    EXPECT_EQ(perf[1].labels, (Labels{{"host", "h"}, {"service", "s"}}));
}

TEST(AgentBatch, WhatCannotBeReadIsNamedAndTheRestIsKept) {
    const auto batch = read_batch(
        R"({"agent":"pc1","epoch":"e","batch":3,"results":[)"
        R"({"time":"2013-04-01T08:00:00Z","system":"EPM3","action":"login","site":"HER","ms":5,"outcome":"ok"},)"
        R"({"time":"2013-04-01T08:00:00Z","system":"","action":"login","site":"HER","ms":5,"outcome":"ok"},)"
        R"({"time":"2013-04-01T08:00:00","system":"s","action":"a","site":"b","ms":5,"outcome":"ok"},)"
        R"({"time":"2013-04-01T08:00:00Z","system":"s","action":"a","site":"b","outcome":"ok"},)"
        R"({"time":"2013-04-01T08:00:00Z","system":"s","action":"a","site":"b","outcome":"odd"},)"
        R"({"time":"2013-04-01T08:00:00Z","system":"s","action":"a","site":"b","outcome":"timeout"},7]})",
        1400000000);
    ASSERT_TRUE(batch.ok());
    EXPECT_EQ(batch->number, 3);
    EXPECT_EQ(batch->measurements.size(), 2U);
    std::vector<std::string> faults;
    for (const AgentFault& fault : batch->faults)
        faults.push_back(std::to_string(fault.result) + ' ' + fault.field);
    EXPECT_THAT(faults, ElementsAre("1 system", "2 time", "3 ms", "4 outcome", "6 "));
    const auto field = [](const char* body) { return read_batch(body, 0).error().field; };
    EXPECT_EQ(field(R"({"epoch":"e","batch":1,"results":[]})"), "agent");
    EXPECT_EQ(field(R"({"agent":"a","batch":1,"results":[]})"), "epoch");
    EXPECT_EQ(field(R"({"agent":"a","epoch":"e","batch":0,"results":[]})"), "batch");
    EXPECT_EQ(field(R"({"agent":"a","epoch":"e","batch":1,"results":{}})"), "results");
    EXPECT_EQ(read_batch("[", 0).error().key, "probes.agents.no_object");
}

}  // namespace
}  // namespace klarsyn::probes
