// Columns of numbers in few bytes: runs of equal steps, or the changes of the steps where they
// vary; outcomes as runs. Pure. Internal to store/.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace klarsyn {

// Replaces what `out` held.
void put_steps(std::string& out, const std::vector<std::int64_t>& values);
void put_outcomes(std::string& out, const std::vector<std::uint8_t>& outcomes);

// False for bytes that do not hold exactly `rows` values.
bool take_steps(std::string_view bytes, std::size_t rows, std::vector<std::int64_t>& into);
bool take_outcomes(std::string_view bytes, std::size_t rows, std::vector<std::uint8_t>& into);

}  // namespace klarsyn
