// Writes files as agents on PCs would bring them about: a register of PCs, and how long log-on took
// on each of them, less at weekends. How long it takes is known: what the model needs, so much more
// for each year of age, and a part that is the same for all (kLogonSpread_ms, evenly spread). Some
// PCs are replaced in the middle, have a birthday, lack their base date or stand in no register,
// one model is rare. Same seed, same bytes, on every machine. Made up. Nothing here fails.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"

namespace klarsyn::probes {

struct LogonModel {
    std::string_view name;
    std::int64_t base_ms = 0;      // of a new PC
    std::int64_t per_year_ms = 0;  // more for each whole year
    double share = 0;              // of the PCs
};
constexpr std::array<LogonModel, 5> kLogonModels{{{"OptiPlex 780", 34'000, 2'600, 0.36},
                                                  {"OptiPlex 990", 25'000, 1'900, 0.30},
                                                  {"EliteBook 8440p", 30'000, 3'100, 0.20},
                                                  {"Compaq 6200", 28'000, 2'000, 0.14},
                                                  {"Latitude ST", 61'000, 0, 0}}};
constexpr int kRarePcs = 3;  // of the last model
constexpr std::int64_t kLogonSpread_ms = 8'000;
constexpr std::int64_t kLogonLimit_ms = 45'000;

struct LogonFiles {
    std::string equipment;     // asset-csv
    std::string actions;       // probe-actions-csv
    std::string measurements;  // probe-csv
    std::int64_t log_ons = 0;
};

// A PC of another register.
struct LogonPc {
    std::string name;
    int number = 0;
    std::string_view site, model;
    Day base = 0;
};
// Log-ons on those PCs whose model is known, from their base date on; nothing else is written.
LogonFiles simulate_logon_on(std::uint64_t seed, Period days, const std::vector<LogonPc>& pcs);
// probe-actions-csv: log-on as an action of PCs (kOnPc).
std::string logon_actions();

LogonFiles simulate_logon(std::uint64_t seed, Period days, int pcs = 400);

}  // namespace klarsyn::probes
