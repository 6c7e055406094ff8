// Made-up registers of the demo region as they stood at the end of April 2013, with the faults that
// real ones have: IT equipment in format asset-csv, the medical devices of two regions whose
// exports differ (and 1,200 devices stand in both) in format device-csv with their mapping files,
// and relations. The numbers are the sources': 38,000 PCs, 1,770 servers of which 690 consolidated,
// 70,000 devices. Pure; the same seed gives the same bytes everywhere.
#pragma once

#include <cstdint>
#include <string>

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
    std::string zealand, zealand_mapping;  // device-csv of Region Sjælland
    std::string relations;                 // relation-csv
};

Registers simulate_registers(std::uint64_t seed, const RegisterSizes& sizes = {});

}  // namespace klarsyn::assets
