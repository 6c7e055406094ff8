// Writes files as response-time probes of a region would: every action of the most used systems,
// tried from every hospital at regular times. Response times are log-normal in whole milliseconds,
// follow the load of the day, and are slow in incidents of 37 minutes; one try in a thousand fails.
// Same seed, same bytes, on every machine. The systems, actions and figures are made up.
//
// A ProbeSimulator is immutable; days can be asked for in any order. Nothing here fails.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/random.h"
#include "core/time.h"
#include "modules/probes/probes.h"

namespace klarsyn::probes {

constexpr int kActionsPerSystem = 10;

struct SimulatedAction {
    std::string name;
    bool data_heavy = false;
};

struct SimulatedSystem {
    std::string name;
    double median_ms = 900;  // of a standard action at an ordinary site
    double heavy_ms = 7000;  // of a data-heavy one
    double sigma = 0.4;      // of the logarithm
    double per_day = 0;      // how the median changes: 0.001 = 0.1 % slower each day
};

// An interruption that the region planned.
struct SimulatedWindow {
    std::string system, site;  // empty: all
    UtcSecond from = 0, to = 0;
    UtcSecond announced = 0;
    double failing = 0.6;  // share of tries that fail meanwhile
};

struct ProbeWorld {
    std::vector<SimulatedSystem> systems;
    std::vector<SimulatedAction> actions;  // of every system
    std::vector<std::string> sites;
    std::string seat;
    std::vector<SimulatedWindow> windows;
};

// Eleven systems, ten actions (three of them data-heavy), eight hospitals. The regions of the
// scenarios: names of their time.
ProbeWorld world_2013();
ProbeWorld world_2018();

struct ProbePlan {
    Period days;
    std::int64_t every_s = 3600;      // a whole part of an hour, or hours
    int actions = kActionsPerSystem;  // the first so many of each system
};

struct ProbeSample {
    int system = 0, action = 0, site = 0;  // indexes into the world
    UtcSecond at = 0;
    std::int64_t ms = -1;  // -1: none
    Outcome outcome = Outcome::ok;
};

class ProbeSimulator {
public:
    ProbeSimulator(std::uint64_t seed, ProbeWorld world, ProbePlan plan);

    const ProbeWorld& world() const { return world_; }
    // The tries that begin on a day, in order of time; those of one moment by system, action, site.
    void day(Day day, const std::function<void(const ProbeSample&)>& sink) const;

    static std::string_view header();    // of probe-csv
    std::string day_csv(Day day) const;  // rows without the header
    std::string actions_csv() const;
    std::string schedule_csv() const;
    std::string windows_csv() const;

private:
    struct Incident {
        int system = 0, site = 0;
        UtcSecond from = 0, to = 0;
    };
    std::vector<Incident> incidents_of(Day day) const;
    ProbeSample draw(Random& random, int system, int action, int site, UtcSecond at, double load,
                     bool slow) const;
    double failing(int system, int site, UtcSecond at) const;
    bool silent(int site, UtcSecond at) const;

    std::uint64_t seed_;
    ProbeWorld world_;
    ProbePlan plan_;
};

}  // namespace klarsyn::probes
