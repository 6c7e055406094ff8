// The response times that the reports of the tests show.
#include "reports/report_fake.h"

#include <string>

namespace klarsyn {
namespace {

constexpr const char* kSystems = "kind=standard,kind=data_heavy,kind=unknown";  // not PCs themselves

}  // namespace

// Two systems at two hospitals, of which one has no measurement of the second system.
void FakeFigures::set_probes() {
    struct Measured {
        const char* where;
        std::int64_t met[3];
        std::int64_t all;
    };
    static constexpr Measured kWithin[] = {
        {"kind=standard", {2810, 2816, 2840}, 2880},
        {"kind=data_heavy", {1290, 1301, 1330}, 1440},
        {"kind=standard,system=EPM3", {1381, 1399, 1400}, 1440},
        {"kind=standard,system=Webmail", {1429, 1417, 1440}, 1440},
        {"kind=data_heavy,system=EPM3", {1290, 1301, 1330}, 1440},
        {"kind=standard,system=EPM3,action=søg", {1381, 1399, 1400}, 1440},
        {"kind=standard,system=Webmail,action=åbn", {1429, 1417, 1440}, 1440},
        {"kind=data_heavy,system=EPM3,action=login", {1290, 1301, 1330}, 1440},
        {"kind=standard,system=EPM3,site=NOH", {690, 699, 640}, 720},
        {"kind=standard,system=EPM3,site=RH", {691, 700, 690}, 720},
        {"kind=standard,system=Webmail,site=RH", {1429, 1417, 1440}, 1440},
        {"kind=data_heavy,system=EPM3,site=RH", {1290, 1301, 1330}, 1440},
    };
    static constexpr const char* kMonths[] = {"2013-02", "2013-03", "2013-04"};
    const std::string within = "probes.within_limit|";
    for (const Measured& row : kWithin) {
        for (int i = 0; i < 3; ++i)
            set(within + row.where + "|" + kMonths[i], {row.met[i], row.all, {}});
        set(within + row.where + "|2013-02..2013-04",
            {row.met[0] + row.met[1] + row.met[2], 3 * row.all, {}});
    }
    for (int i = 0; i < 3; ++i) {
        const std::string end = std::string(kSystems) + "|" + kMonths[i];
        set("probes.within_limit_net|" + end, {4160 + i, 4290, {}});
        set("probes.failed|" + end, {9 - i, {}, {}});
        set("probes.missing|" + end, {12 * i, {}, {}});
        set("probes.available|" + end, {4311 + i, 4320, {}});
        set("probes.available_net|" + end, {4283 + i, 4290, {}});
        for (const char* system : {"EPM3", "Webmail"}) {
            const std::string where = std::string(kSystems) + ",system=" + system + "|" + kMonths[i];
            set("probes.available|" + where, {2155 + i, 2160, {}});
            set("probes.available_net|" + where, {2143 + i, 2145, {}});
        }
    }
    for (const char* site : {"NOH", "RH"}) {
        const std::string at = std::string(kSystems) + ",site=" + site;
        const std::string where = at + "|2013-04";
        set("probes.within_limit|" + where, {2050, 2160, {}});
        set("probes.within_limit|" + at + "|2013-02..2013-04", {2050, 2160, {}});
        set("probes.available|" + where, {2156, 2160, {}});
        set("probes.available_net|" + where, {2143, 2145, {}});
        set("probes.measured|" + where, {2160, {}, {}});
        set("probes.missing|" + where, {24, {}, {}});
        const std::string standard = std::string("|kind=standard,site=") + site + "|2013-04";
        set("probes.p95" + standard, {*site == 'N' ? 3410 : 2950, {}, {}});
        set("probes.median" + standard, {1210, {}, {}});
    }
    for (const char* of : {"", ",model=OptiPlex 780", ",model=Rare", ",age=1", ",age=5+"}) {
        const std::string where = "action=log-on" + std::string(of) + "|2013-04";
        set("probes.pc_median|" + where, {38'400, {}, {}});
        set("probes.pc_p95|" + where, {45'120, {}, {}});
        set("probes.pc_within_limit|" + where, {1710, 1860, {}});
        set("probes.pcs|" + where, {where.find("Rare") != std::string::npos ? 3 : 118, {}, {}});
    }
    for (int hour = 7; hour < 16; ++hour) {
        const std::string where = std::string(kSystems) + ",hour=" + std::to_string(hour) + "|2013-04";
        set("probes.within_limit|" + where, {180 - 3 * (hour % 5), 190, {}});
        set("probes.p95|" + where, {2500 + 100 * hour, {}, {}});
    }
    for (const char* figure : {"probes.available|", "probes.available_net|"})
        for (const char* system : {"EPM3", "Webmail"})
            set(std::string(figure) + kSystems + ",system=" + system + "|2013-02..2013-04", {6460, 6480, {}});
}

}  // namespace klarsyn
