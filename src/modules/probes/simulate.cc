#include "modules/probes/simulate.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace klarsyn::probes {
namespace {

constexpr std::int64_t kIncident_s = 37 * 60;
constexpr double kIncidentsPerDay = 0.06;  // of one system at one site
constexpr double kIncidentSlower = 5;
constexpr double kIncidentFailing = 0.15;
constexpr double kFailing = 0.001;
constexpr std::int64_t kTimeoutMs = 60'000;

// How much slower than at night a system is at an hour of a working day.
constexpr std::array<double, 24> kLoad{0.86, 0.85, 0.85, 0.85, 0.86, 0.88, 0.94, 1.08,
                                       1.22, 1.30, 1.28, 1.20, 1.12, 1.16, 1.18, 1.10,
                                       1.00, 0.96, 0.95, 0.94, 0.93, 0.91, 0.89, 0.87};
constexpr double kWeekendLoad = 0.88;

// How long the way to each site is, by its place in the list.
constexpr std::array<double, 8> kWay{1.00, 1.03, 1.24, 0.98, 1.08, 0.96, 1.05, 1.10};

std::vector<SimulatedAction> ten_actions() {
    return {{"login", true},   {"åbn patient", false},  {"hent svar", true},
            {"søg", false},    {"vis liste", false},    {"gem", false},
            {"rapport", true}, {"skift bruger", false}, {"udskriv", false},
            {"log ud", false}};
}

UtcSecond local(int year, int month, int day, int hour) {
    return Zone::copenhagen().to_utc({day_of({year, month, day}), hour * 3600}).utc;
}

std::string csv_text(std::string_view text) {
    if (text.find_first_of(",\"\n") == std::string_view::npos) return std::string(text);
    std::string quoted = "\"";
    for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    return quoted + '"';
}

}  // namespace

ProbeWorld world_2013() {
    ProbeWorld world;
    // EPM3's login was halved in January 2013 and went on improving; Webmail got more servers.
    world.systems = {{"OPUS", 1150, 8200, 0.36, 0},          {"GS", 700, 5200, 0.40, 0},
                     {"EPM3", 1300, 12600, 0.115, -0.0011},  {"ORBIT", 1000, 7400, 0.38, 0},
                     {"MIRSK", 900, 6100, 0.45, 0},          {"Labka", 620, 4300, 0.42, 0},
                     {"RIS/PACS", 1250, 8700, 0.34, 0.0006}, {"Webmail", 1050, 9800, 0.27, -0.0018},
                     {"Citrix", 950, 7900, 0.37, 0},         {"ESA", 1180, 8800, 0.33, 0},
                     {"H-EPJ", 1080, 7600, 0.40, 0}};
    world.actions = ten_actions();
    world.sites = {"AHH", "BFH", "BOH", "GLO", "HGH", "NOH", "RH", "RHP"};
    world.seat = "krydsfelt";
    world.windows = {
        {"EPM3", "", local(2013, 3, 17, 1), local(2013, 3, 17, 5), local(2013, 3, 8, 12), 0.7},
        {"", "NOH", local(2013, 4, 13, 22), local(2013, 4, 14, 4), local(2013, 4, 2, 9), 0.4},
        {"RIS/PACS", "", local(2013, 4, 23, 10), local(2013, 4, 23, 13), local(2013, 4, 23, 11),
         0.5}};
    return world;
}

ProbeWorld world_2018() {
    ProbeWorld world = world_2013();
    world.systems = {
        {"SP", 1200, 8600, 0.36, -0.0004}, {"Min Sundhedsplatform", 850, 6200, 0.40, 0},
        {"SP-Link", 900, 6600, 0.40, 0},   {"FMK", 1100, 9200, 0.32, 0},
        {"RIS/PACS", 1150, 8400, 0.35, 0}, {"Labka", 600, 4200, 0.42, 0},
        {"ORBIT", 980, 7200, 0.38, 0},     {"MIRSK", 880, 6000, 0.45, 0},
        {"Citrix", 930, 7700, 0.37, 0},    {"ESA", 1100, 8300, 0.34, 0},
        {"Webmail", 760, 6500, 0.33, 0}};
    world.sites = {"AHH", "BFH", "BOH", "HGH", "NOH", "RH", "RHP", "SUH"};
    world.windows = {
        {"SP", "", local(2018, 2, 25, 0), local(2018, 2, 25, 6), local(2018, 2, 12, 9), 0.8}};
    return world;
}

ProbeSimulator::ProbeSimulator(std::uint64_t seed, ProbeWorld world, ProbePlan plan)
    : seed_(seed), world_(std::move(world)), plan_(plan) {
    plan_.actions = std::clamp(plan_.actions, 1, static_cast<int>(world_.actions.size()));
    plan_.every_s = std::clamp<std::int64_t>(plan_.every_s, 1, 86'400);
}

// Each system and site has some incidents; those that began the day before may still go on.
std::vector<ProbeSimulator::Incident> ProbeSimulator::incidents_of(Day day) const {
    std::vector<Incident> incidents;
    for (const Day begun : {day - 1, day}) {
        Random random = Random::stream(seed_, "probe incidents", static_cast<std::uint64_t>(begun));
        for (int system = 0; system < static_cast<int>(world_.systems.size()); ++system) {
            for (int site = 0; site < static_cast<int>(world_.sites.size()); ++site) {
                if (!random.chance(kIncidentsPerDay)) continue;
                const UtcSecond from = day_start(begun) + random.below(86'400);
                incidents.push_back({system, site, from, from + kIncident_s});
            }
        }
    }
    return incidents;
}

double ProbeSimulator::failing(int system, int site, UtcSecond at) const {
    double share = kFailing;
    for (const SimulatedWindow& window : world_.windows) {
        if (at < window.from || at >= window.to) continue;
        const auto s = static_cast<std::size_t>(system);
        const auto p = static_cast<std::size_t>(site);
        if (!window.system.empty() && window.system != world_.systems[s].name) continue;
        if (!window.site.empty() && window.site != world_.sites[p]) continue;
        share = std::max(share, window.failing);
    }
    return share;
}

// The third site's probe host was off for six hours one night in the plan's second half.
bool ProbeSimulator::silent(int site, UtcSecond at) const {
    const Day day = plan_.days.from + (plan_.days.to - plan_.days.from) * 2 / 3;
    const UtcSecond from = day_start(day) + 2 * 3600;
    return site == 2 && at >= from && at < from + 6 * 3600;
}

ProbeSample ProbeSimulator::draw(Random& random, int system, int action, int site, UtcSecond at,
                                 double load, bool slow) const {
    const SimulatedSystem& of = world_.systems[static_cast<std::size_t>(system)];
    const bool heavy = world_.actions[static_cast<std::size_t>(action)].data_heavy;
    ProbeSample sample{system, action, site, at, -1, Outcome::ok};
    const double share = std::max(failing(system, site, at), slow ? kIncidentFailing : 0.0);
    const double die = random.uniform();
    if (die < share) {
        sample.outcome = die < share / 2 ? Outcome::failed : Outcome::timeout;
        if (sample.outcome == Outcome::timeout) sample.ms = kTimeoutMs;
        return sample;
    }
    const double days = static_cast<double>((at - day_start(plan_.days.from)) / 86'400);
    double median = (heavy ? of.heavy_ms : of.median_ms) * (1 + of.per_day * days) *
                    kWay[static_cast<std::size_t>(site) % kWay.size()];
    // What takes long anyway depends less on the hour.
    median *= heavy ? 1 + (load - 1) * 0.5 : load;
    if (slow) median *= kIncidentSlower;
    sample.ms = static_cast<std::int64_t>(random.lognormal(median, of.sigma) + 0.5);
    if (sample.ms > kTimeoutMs) {
        sample.outcome = Outcome::timeout;
        sample.ms = kTimeoutMs;
    }
    return sample;
}

void ProbeSimulator::day(Day day, const std::function<void(const ProbeSample&)>& sink) const {
    const auto incidents = incidents_of(day);
    const bool weekend = weekday_of(day) > 5;
    const UtcSecond begin = day_start(plan_.days.from);
    const UtcSecond end = day_end(day);
    const std::int64_t first = (day_start(day) - begin + plan_.every_s - 1) / plan_.every_s;
    Random random = Random::stream(seed_, "probes", static_cast<std::uint64_t>(day));
    for (UtcSecond at = begin + first * plan_.every_s; at < end; at += plan_.every_s) {
        const auto hour = static_cast<std::size_t>(Zone::copenhagen().to_local(at).hour());
        const double load = weekend ? kWeekendLoad : kLoad[hour];
        for (int system = 0; system < static_cast<int>(world_.systems.size()); ++system) {
            for (int action = 0; action < plan_.actions; ++action) {
                for (int site = 0; site < static_cast<int>(world_.sites.size()); ++site) {
                    const bool slow = std::any_of(
                        incidents.begin(), incidents.end(), [&](const Incident& incident) {
                            return incident.system == system && incident.site == site &&
                                   incident.from <= at && at < incident.to;
                        });
                    const ProbeSample sample = draw(random, system, action, site, at, load, slow);
                    if (!silent(site, at)) sink(sample);
                }
            }
        }
    }
}

std::string_view ProbeSimulator::header() { return "time,system,action,site,seat,ms,outcome\n"; }

std::string ProbeSimulator::day_csv(Day of_day) const {
    std::string out;
    UtcSecond written = -1;
    std::string time;
    const std::string seat = csv_text(world_.seat);
    day(of_day, [&](const ProbeSample& sample) {
        if (sample.at != written) {
            written = sample.at;
            time = iso_local(sample.at);
        }
        fmt::format_to(std::back_inserter(out), "{},{},{},{},{},", time,
                       world_.systems[static_cast<std::size_t>(sample.system)].name,
                       world_.actions[static_cast<std::size_t>(sample.action)].name,
                       world_.sites[static_cast<std::size_t>(sample.site)], seat);
        if (sample.ms >= 0) fmt::format_to(std::back_inserter(out), "{}", sample.ms);
        fmt::format_to(std::back_inserter(out), ",{}\n", outcome_name(sample.outcome));
    });
    return out;
}

std::string ProbeSimulator::actions_csv() const {
    std::string out = "system,action,kind,limit_ms,from,to\n";
    for (const SimulatedSystem& system : world_.systems) {
        for (int action = 0; action < plan_.actions; ++action) {
            const SimulatedAction& of = world_.actions[static_cast<std::size_t>(action)];
            out += fmt::format("{},{},{},,2012-01-01,\n", csv_text(system.name), csv_text(of.name),
                               of.data_heavy ? kDataHeavy : kStandard);
        }
    }
    return out;
}

std::string ProbeSimulator::schedule_csv() const {
    std::string out = "system,action,site,seat,every_s,from,to\n";
    for (const SimulatedSystem& system : world_.systems) {
        for (int action = 0; action < plan_.actions; ++action) {
            for (const std::string& site : world_.sites) {
                out += fmt::format("{},{},{},{},{},{},{}\n", csv_text(system.name),
                                   csv_text(world_.actions[static_cast<std::size_t>(action)].name),
                                   csv_text(site), csv_text(world_.seat), plan_.every_s,
                                   iso_date(plan_.days.from), iso_date(plan_.days.to));
            }
        }
    }
    return out;
}

std::string ProbeSimulator::windows_csv() const {
    std::string out = "system,site,from,to,announced\n";
    for (const SimulatedWindow& window : world_.windows) {
        out +=
            fmt::format("{},{},{},{},{}\n", csv_text(window.system), csv_text(window.site),
                        iso_local(window.from), iso_local(window.to), iso_local(window.announced));
    }
    return out;
}

}  // namespace klarsyn::probes
