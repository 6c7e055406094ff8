// Performance data and Zabbix' export: the documented forms, and each way to be broken.
#include "protocols/check_exports.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace klarsyn {
namespace {

std::string fault(const std::string& text) {
    const auto values = parse_perfdata(text);
    return values.ok() ? "ok" : values.error().key + " " + values.error().field;
}

TEST(Perfdata, AsTheGuidelinesWriteIt) {
    const auto values =
        parse_perfdata("time=0.812s;3;15;0; 'a ''b'' c'=12%;@10:20;~:5 size=1,5KB users=U n=-3");
    ASSERT_TRUE(values.ok());
    ASSERT_EQ(values->size(), 5U);
    EXPECT_EQ(values->at(0).label, "time");
    EXPECT_EQ(values->at(0).value, 0.812);
    EXPECT_EQ(values->at(0).unit, "s");
    EXPECT_EQ(values->at(0).warn, "3");
    EXPECT_EQ(values->at(0).min, "0");
    EXPECT_EQ(values->at(1).label, "a 'b' c");
    EXPECT_EQ(values->at(1).warn, "@10:20");
    EXPECT_EQ(values->at(1).crit, "~:5");
    EXPECT_EQ(values->at(2).value, 1.5);
    EXPECT_EQ(values->at(2).unit, "KB");
    EXPECT_FALSE(values->at(3).value);
    EXPECT_EQ(values->at(4).value, -3);
    EXPECT_TRUE(parse_perfdata("  ")->empty());
}

TEST(Perfdata, WhatIsBrokenIsNamed) {
    EXPECT_EQ(fault("time"), "protocols.exports.no_value label");
    EXPECT_EQ(fault("'time=1"), "protocols.exports.quote_open label");
    EXPECT_EQ(fault("time=fast"), "protocols.exports.no_number time");
    EXPECT_EQ(fault("time="), "protocols.exports.no_number time");
    EXPECT_EQ(fault("time=1.2.3"), "protocols.exports.no_number time");
    EXPECT_EQ(fault("=1"), "protocols.exports.no_value label");
}

TEST(PerfLine, IcingaAndNagiosWriteTheSame) {
    for (const std::string line :
         {"DATATYPE::SERVICEPERFDATA\tTIMET::1364810400\tHOSTNAME::pc1\tSERVICEDESC::login\t"
          "SERVICEPERFDATA::time=812ms;3000\tSERVICECHECKCOMMAND::x\tHOSTSTATE::UP",
          "[SERVICEPERFDATA]\t1364810400\tpc1\tlogin\t0.1\t0.2\tOK - fine\ttime=812ms;3000"}) {
        const auto read = parse_perf_line(line);
        ASSERT_TRUE(read.ok()) << line;
        EXPECT_EQ(read->time, 1364810400);
        EXPECT_EQ(read->host, "pc1");
        EXPECT_EQ(read->service, "login");
        ASSERT_EQ(read->values.size(), 1U);
        EXPECT_EQ(read->values[0].value, 812);
        EXPECT_EQ(read->values[0].unit, "ms");
    }
}

TEST(PerfLine, StateAndFaults) {
    const auto state = parse_perf_line(
        "TIMET::5\tHOSTNAME::h\tSERVICEDESC::s\tSERVICEPERFDATA::\tSERVICESTATE::CRITICAL\r");
    ASSERT_TRUE(state.ok());
    EXPECT_EQ(state->state, CheckState::critical);
    EXPECT_TRUE(state->values.empty());
    EXPECT_EQ(parse_perf_line("TIMET::5x\tHOSTNAME::h").error().field, "TIMET");
    EXPECT_EQ(parse_perf_line("HOSTNAME::h").error().field, "TIMET");
    EXPECT_EQ(parse_perf_line("TIMET::5").error().field, "HOSTNAME");
    EXPECT_EQ(parse_perf_line("HOSTNAME::h\tTIMET::5\tHOSTPERFDATA::rta=x").error().field, "rta");
}

RC_GTEST_PROP(Perfdata, WhatIsWrittenReadsBack, (double number)) {
    PerfValue value;
    value.label = *rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::inRange(' ', '~')));
    value.value = number;
    value.unit = *rc::gen::element<std::string>("s", "ms", "us", "%", "B", "c", "");
    value.crit = *rc::gen::element<std::string>("", "10:", "@1:2");
    const auto back = parse_perfdata(write_perfdata({value, value}));
    RC_ASSERT(back.ok() && back->size() == 2);
    RC_ASSERT(back->at(1).label == value.label);
    RC_ASSERT(back->at(1).value == value.value);
    RC_ASSERT(back->at(1).unit == value.unit);
    RC_ASSERT(back->at(1).crit == value.crit);
}

TEST(Zabbix, NumbersTextsAndFaults) {
    const auto number = parse_zabbix_line(
        R"({"host":{"host":"pc1","name":"PC 1"},"groups":["Herlev"],"itemid":37,)"
        R"("name":"Login time","clock":1364810400,"ns":123456789,"value":0.812,"type":0})");
    ASSERT_TRUE(number.ok());
    EXPECT_EQ(number->host, "pc1");
    EXPECT_EQ(number->item, "Login time");
    EXPECT_EQ(number->itemid, 37);
    EXPECT_EQ(number->time_s, 1364810400);
    EXPECT_EQ(number->ns, 123456789);
    EXPECT_EQ(number->value, 0.812);
    const auto text =
        parse_zabbix_line(R"({"host":"pc1","name":"Version","clock":5,"value":"7.0","type":4})");
    ASSERT_TRUE(text.ok());
    EXPECT_EQ(text->host, "pc1");
    EXPECT_FALSE(text->value);
    const auto field = [](const char* line) { return parse_zabbix_line(line).error().field; };
    EXPECT_EQ(field(R"({"name":"x","clock":5,"value":1})"), "host");
    EXPECT_EQ(field(R"({"host":"h","clock":5,"value":1})"), "name");
    EXPECT_EQ(field(R"({"host":"h","name":"x","clock":-5,"value":1})"), "clock");
    EXPECT_EQ(field(R"({"host":"h","name":"x","clock":5,"ns":1000000000,"value":1})"), "ns");
    EXPECT_EQ(field(R"({"host":"h","name":"x","clock":5})"), "value");
    EXPECT_EQ(parse_zabbix_line("[1]").error().key, "protocols.exports.no_object");
}

}  // namespace
}  // namespace klarsyn
