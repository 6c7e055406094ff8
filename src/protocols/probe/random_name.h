// A name that nobody else has: 32 hex digits of the system's randomness. Thread-safe.
#pragma once

#include <cstdint>
#include <string>

namespace klarsyn {

std::string random_name();
std::uint64_t random_seed();

}  // namespace klarsyn
