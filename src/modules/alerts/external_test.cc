#include "modules/alerts/external.h"

#include <gtest/gtest.h>
#include <boost/json/parse.hpp>

namespace klarsyn::alerts {
namespace {

AlertRules rules() {
    auto read = parse_alert_rules(R"(
[[rule]]
name = "db"
kind = "external"
match = {team = "db"}
labels = {system = "service", site = "hospital"}
[[rule]]
name = "rest"
kind = "external"
labels = {system = "system"}
)",
                                  "test");
    EXPECT_TRUE(read.ok());
    return read.take();
}

Delivery read(const std::string& text, bool good = true) {
    JsonBody body = JsonBody::of(boost::json::parse(text).as_object());
    static const AlertRules kRules = rules();
    Delivery delivery = read_delivery(kRules, body);
    EXPECT_EQ(body.ok(), good) << text;
    return delivery;
}

TEST(External, AlertmanagersWebhookIsUnderstood) {
    const Delivery delivery = read(R"({"version":"4","groupKey":"{}:{alertname=\"x\"}",
        "status":"firing","truncatedAlerts":2,"commonLabels":{"team":"db","hospital":"HER"},
        "alerts":[{"status":"firing","labels":{"alertname":"Slow","service":"EPM3"},
          "startsAt":"2026-11-21T12:00:00.123456789Z","endsAt":"0001-01-01T00:00:00Z","fingerprint":"ab"},
         {"status":"resolved","labels":{"alertname":"Slow","service":"EPM3","team":"x","system":"SP"}}]})");
    ASSERT_EQ(delivery.alerts.size(), 2U);
    EXPECT_EQ(delivery.cut, 2);
    const ExternalAlert& one = delivery.alerts[0];
    EXPECT_EQ(one.rule, "db");
    EXPECT_EQ(one.group.system, "EPM3");
    EXPECT_EQ(one.group.site, "HER");
    EXPECT_EQ(one.group.action, "Slow");
    EXPECT_EQ(one.fingerprint, "ab");
    EXPECT_TRUE(one.firing);
    EXPECT_EQ(iso_utc(one.starts_at), "2026-11-21T12:00:00Z");
    EXPECT_EQ(delivery.alerts[1].rule, "rest");
    EXPECT_EQ(delivery.alerts[1].group.system, "SP");
    EXPECT_EQ(delivery.alerts[1].fingerprint.size(), 64U);
    EXPECT_FALSE(delivery.alerts[1].firing);
}

TEST(External, WhatCannotBeUsedIsNamedAndTheRestStays) {
    const Delivery delivery = read(R"({"version":"4","groupKey":"k","alerts":[7,
        {"status":"on","labels":{"a":"b"}},{"status":"firing","labels":{}},
        {"status":"firing","labels":{"a":"b"},"startsAt":"yesterday"},
        {"status":"firing","labels":{"a":"b"}}]})");
    ASSERT_EQ(delivery.alerts.size(), 1U);
    ASSERT_EQ(delivery.faults.size(), 4U);
    EXPECT_EQ(delivery.faults[1].index, 1U);
    EXPECT_EQ(delivery.faults[1].field, "status");
    EXPECT_EQ(delivery.faults[3].field, "startsAt");
}

TEST(External, AForeignBodyIsRefusedWhole) {
    read("{}", false);
    read(R"({"version":"3","groupKey":"k","alerts":[]})", false);
    read(R"({"version":"4","groupKey":"k","alerts":{}})", false);
    read(R"({"version":"4","alerts":[]})", false);
}

}  // namespace
}  // namespace klarsyn::alerts
