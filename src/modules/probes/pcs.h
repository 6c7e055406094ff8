// Of which PC model and age the seat of a measurement was at its time: what the register of
// equipment says of the PC, else what its agent said of itself. Pure beside load_pcs; immutable;
// thread-safe. That nothing is known of a seat is no error.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "core/time.h"
#include "store/series.h"
#include "web/pcs.h"

namespace klarsyn::probes {

// What an agent said of a seat's machine; from then on.
struct ToldPc {
    UtcSecond from = 0;
    std::string agent, serial;  // may be empty; no agent: nobody knows which machine it is
    std::int64_t model = 0;     // core_name id; 0: not said
    std::optional<Day> bios;
};

// What holds from the end of the stretch before it up to `to`; core_name ids, 0: unknown.
struct PcStretch {
    UtcSecond to = 0;
    std::int64_t model = 0;
    std::int64_t age = 0;
    friend bool operator==(const PcStretch&, const PcStretch&) = default;
};

// Ids of "0" to "5+", by years.
using AgeNames = std::array<std::int64_t, 6>;

// One seat for all times; the last stretch has no end. `told` in order of time. `code`: by what the
// book finds a name; null: it knows none.
std::vector<PcStretch> pc_stretches(const std::string& seat, const std::vector<ToldPc>& told,
                                    const PcBook& book, std::string (*code)(std::string_view),
                                    const AgeNames& ages);

class Pcs {
public:
    // Of the seats that have series; from <= t < to, at least one.
    std::vector<PcStretch> of(const SeriesDims& dims, UtcSecond from, UtcSecond to) const;

private:
    friend Result<std::shared_ptr<const Pcs>> put_pcs_together(Connection& db, std::int64_t as_of);
    using Seat = std::tuple<std::int64_t, std::int64_t, std::int64_t>;  // source, site, seat
    std::map<Seat, std::vector<PcStretch>> seats_;  // those of which something is known
};

// As known at an entry. The last ones are remembered for as long as nothing comes that tells of PCs
// and no seat is new; of 38,000 PCs it takes up to a second to put them together.
Result<std::shared_ptr<const Pcs>> load_pcs(Connection& db, std::int64_t as_of);

// Set once by modules.cc before any thread runs; without it no register is asked.
void set_pc_register(const PcRegister& given);

}  // namespace klarsyn::probes
