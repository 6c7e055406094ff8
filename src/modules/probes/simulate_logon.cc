#include "modules/probes/simulate_logon.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "core/random.h"
#include "core/years.h"
#include "modules/probes/probes.h"

namespace klarsyn::probes {
namespace {

constexpr std::array<std::string_view, 6> kSites{"AHH", "BFH", "HGH", "NOH", "RH", "RHP"};
constexpr double kUnregistered = 0.03, kReplaced = 0.05, kUndated = 0.02, kFailing = 0.01;

struct Machine {
    const LogonModel* model = nullptr;
    Day base = 0;
    bool dated = true;
};

struct Pc {
    std::string name;
    std::string_view site;
    bool registered = true;
    Machine first;
    std::optional<Machine> second;  // from `replaced` on
    Day replaced = 0;
};

Machine make_machine(Random& random, Day newest) {
    std::array<double, kLogonModels.size()> shares{};
    for (std::size_t i = 0; i < shares.size(); ++i) shares[i] = kLogonModels[i].share;
    Machine machine;
    machine.model = &kLogonModels[random.pick(shares)];
    machine.base = newest - static_cast<Day>(random.below(6 * 365));
    machine.dated = !random.chance(kUndated);
    return machine;
}

Pc make_pc(Random& random, int number, Period days) {
    Pc pc;
    pc.name = fmt::format("PC{:05}", number);
    pc.site = kSites[static_cast<std::size_t>(random.below(kSites.size()))];
    pc.first = make_machine(random, days.from - 30);
    if (number <= kRarePcs) pc.first = {&kLogonModels.back(), days.from - 700, true};
    pc.registered = number <= kRarePcs || !random.chance(kUnregistered);
    if (number > kRarePcs && pc.registered && random.chance(kReplaced)) {
        pc.replaced = days.from + 5 + static_cast<Day>(random.below(days.days() - 6));
        pc.second = make_machine(random, pc.replaced);
        pc.second->base = pc.replaced - 1;
        pc.second->dated = true;
    }
    return pc;
}

// asset-csv: a replaced PC keeps its name and gets a new row.
std::string register_rows(const Pc& pc) {
    if (!pc.registered) return {};
    const auto row = [&](const Machine& machine, Day from) {
        return fmt::format("{},pc,{},{},IT,{},in_use,{},\n", pc.name, machine.model->name, pc.site,
                           machine.dated ? iso_date(machine.base) : "", iso_date(from));
    };
    std::string rows = row(pc.first, pc.first.base);
    if (pc.second) rows += row(*pc.second, pc.replaced);
    return rows;
}

// In writing as machines call themselves: the register says PC00017, the agent pc-00017.
std::string seat_of(const Pc& pc, int number) {
    return number % 3 == 0 ? fmt::format("pc-{}", pc.name.substr(2)) : pc.name;
}

std::string log_on(Random& random, const Pc& pc, int number, Day day) {
    const Machine& machine = pc.second && day >= pc.replaced ? *pc.second : pc.first;
    const UtcSecond at = day_start(day) + 7 * 3600 + random.below(2 * 3600);
    const std::int64_t ms = machine.model->base_ms +
                            machine.model->per_year_ms * whole_years(machine.base, day) +
                            random.below(kLogonSpread_ms);
    const bool fails = random.chance(kFailing);
    return fmt::format("{},PC,log-on,{},{},{},{}\n", iso_utc(at), pc.site, seat_of(pc, number),
                       fails ? "" : std::to_string(ms), fails ? "failed" : "ok");
}

constexpr std::string_view kMeasurements = "time,system,action,site,seat,ms,outcome\n";

// Limits hold for all of 2013.
std::string actions_csv(std::string_view kind) {
    return fmt::format("system,action,kind,limit_ms,from,to\nPC,log-on,{},{},2013-01-01,\n", kind,
                       kLogonLimit_ms);
}

bool stays_off(Random& random, Day day) {
    return random.chance(weekday_of(day) > 5 ? 0.8 : 0.15);
}

}  // namespace

std::string logon_actions() { return actions_csv(kOnPc); }

LogonFiles simulate_logon_on(std::uint64_t seed, Period days, const std::vector<LogonPc>& pcs) {
    LogonFiles files;
    files.measurements = kMeasurements;
    for (const LogonPc& one : pcs) {
        const auto model = std::find_if(kLogonModels.begin(), kLogonModels.end(),
                                        [&](const LogonModel& known) { return known.name == one.model; });
        if (model == kLogonModels.end()) continue;
        Pc pc;
        pc.name = one.name;
        pc.site = one.site;
        pc.first = {&*model, one.base, true};
        Random random = Random::stream(seed, "log-on " + one.name + iso_date(days.from));
        for (Day day = days.from; day <= days.to; ++day) {
            if (day < one.base || stays_off(random, day)) continue;
            files.measurements += log_on(random, pc, one.number, day);
            ++files.log_ons;
        }
    }
    return files;
}

LogonFiles simulate_logon(std::uint64_t seed, Period days, int pcs) {
    LogonFiles files;
    files.equipment = "id,kind,model,place,owner,base_date,status,from,to\n";
    files.actions = actions_csv(kStandard);
    files.measurements = kMeasurements;
    Random random = Random::stream(seed, "log-on");
    for (int number = 1; number <= pcs; ++number) {
        const Pc pc = make_pc(random, number, days);
        files.equipment += register_rows(pc);
        for (Day day = days.from; day <= days.to; ++day) {
            if (stays_off(random, day)) continue;
            files.measurements += log_on(random, pc, number, day);
            ++files.log_ons;
        }
    }
    return files;
}

}  // namespace klarsyn::probes
