// Made-up registers of the demo region as they stood at the end of April 2013, with the faults that
// real ones have: IT equipment in format asset-csv, the medical devices of two regions whose
// exports differ (and 1,200 devices stand in both) in format device-csv with their mapping files,
// what the maintenance system of one tells of earlier services, and relations. The numbers are the sources': 38,000 PCs, 1,770 servers of which 690 consolidated,
// 70,000 devices. Pure; the same seed gives the same bytes everywhere.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"

namespace klarsyn::assets {

struct RegisterSizes {
    int pcs = 38000;
    int servers = 1770, consolidated = 690;
    int network = 6200, thin_clients = 1400;
    int devices = 70000, in_both = 1200;
};

struct Registers {
    std::string equipment;                 // asset-csv
    std::string capital, capital_mapping;  // device-csv of Region Hovedstaden
    std::string services;                  // device-csv of activities: its maintenance system
    std::string zealand, zealand_mapping;  // device-csv of Region Sjælland
    std::string relations;                 // relation-csv
};

// One of the PCs in the register of equipment.
struct SimulatedPc {
    std::string name;
    std::string_view model, place;
    Day base = 0;
    std::string written_base;  // as the register has it: may be empty or no date
    bool in_use = true;
};
std::vector<SimulatedPc> simulate_pcs(std::uint64_t seed, const RegisterSizes& sizes = {});

Registers simulate_registers(std::uint64_t seed, const RegisterSizes& sizes = {});

}  // namespace klarsyn::assets
