// What a machine says of itself, on Linux. Nothing that cannot be read is an error: it is left out.
#pragma once

#include <optional>
#include <string>

#include "core/time.h"

namespace klarsyn {

std::string host_name();
// {"model":"...","bios_date":"2021-03-04","serial":"..."} from /sys/class/dmi/id below `root`;
// empty: nothing known. The serial number can be read by root alone.
std::string machine_json(const std::string& root = "");
// When the session of the user began that was logged on last, by utmp; none where it does not say.
std::optional<UtcSecond> session_began(const std::string& user);
// What stands in a file, without blank ends; empty where it cannot be read.
std::string first_line(const std::string& path);

}  // namespace klarsyn
