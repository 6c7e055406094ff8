// Which PC a name stands for, of which model and how old, asked across modules: the register of
// equipment answers (modules.cc names it), the measurements ask. Values only.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "store/database.h"

namespace klarsyn {

// What the register says of a PC from a day up to another. core_name ids; 0: it does not say.
struct PcSpan {
    Day from = 0;
    std::optional<Day> to;  // the first day after; none while it lasts
    std::int64_t model = 0;
    std::int64_t age = 0;  // "0" to "4", "5+" whole years, the same within the span
};

// By the code of a PC's name, in order of beginning. Where spans overlap the one that began last
// holds.
using PcBook = boost::unordered_flat_map<std::string, std::vector<PcSpan>>;

struct PcRegister {
    // By what a name is found: "pc 12-a" and "PC12A" are one PC.
    std::string (*code)(std::string_view name) = nullptr;
    // Writes down what the register says of the book's codes, as known at an entry.
    Result<void> (*fill)(Connection& db, std::int64_t as_of, PcBook& book) = nullptr;
    // The last entry up to `as_of` that brought or took away something of PCs; 0: none.
    Result<std::int64_t> (*changed)(Connection& db, std::int64_t as_of) = nullptr;
};

}  // namespace klarsyn
