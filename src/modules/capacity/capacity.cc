#include "modules/capacity/capacity.h"

#include <algorithm>
#include <array>

namespace klarsyn::capacity {
namespace {

constexpr std::int64_t kMost = 1'000'000'000'000'000'000;
constexpr std::int64_t kKibi = 1024;

__extension__ typedef __int128 Wide;

struct NamedUnit {
    std::string_view name;
    UnitScale scale;
};
constexpr std::array<NamedUnit, 17> kUnits{{
    {"W", {"power", 1}},
    {"kW", {"power", 1'000}},
    {"KW", {"power", 1'000}},
    {"MW", {"power", 1'000'000}},
    {"GW", {"power", 1'000'000'000}},
    {"B", {"storage", 1}},
    {"kB", {"storage", 1'000}},
    {"KB", {"storage", 1'000}},
    {"MB", {"storage", 1'000'000}},
    {"GB", {"storage", 1'000'000'000}},
    {"TB", {"storage", 1'000'000'000'000}},
    {"PB", {"storage", 1'000'000'000'000'000}},
    {"KiB", {"storage", kKibi}},
    {"MiB", {"storage", kKibi* kKibi}},
    {"GiB", {"storage", kKibi* kKibi* kKibi}},
    {"TiB", {"storage", kKibi* kKibi* kKibi* kKibi}},
    {"PiB", {"storage", kKibi* kKibi* kKibi* kKibi* kKibi}},
}};

}  // namespace

std::optional<UnitScale> find_unit(std::string_view unit) {
    const auto found = std::find_if(kUnits.begin(), kUnits.end(),
                                    [&](const NamedUnit& named) { return named.name == unit; });
    if (found == kUnits.end()) return std::nullopt;
    return found->scale;
}

std::optional<std::int64_t> base_units(const Decimal& number, std::int64_t factor) {
    if (number.units < 0) return std::nullopt;
    Wide divisor = 1;
    for (int i = 0; i < number.scale; ++i) divisor *= 10;
    const Wide twice = static_cast<Wide>(number.units) * factor * 2;
    const Wide rounded = (twice + divisor) / (divisor * 2);
    if (rounded > kMost) return std::nullopt;
    return static_cast<std::int64_t>(rounded);
}

}  // namespace klarsyn::capacity
