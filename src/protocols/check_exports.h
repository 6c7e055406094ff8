// What other monitors write to files: performance data of Nagios and Icinga, and Zabbix' history
// export. Pure; thread-safe.
//
// Sources: Monitoring Plugins Development Guidelines, "Performance data"
// ('label'=value[UOM];[warn];[crit];[min];[max], white space between); Nagios Core's default
// service_perfdata_file_template ([SERVICEPERFDATA]\t$TIMET$\t$HOSTNAME$\t$SERVICEDESC$\t
// $SERVICEEXECUTIONTIME$\t$SERVICELATENCY$\t$SERVICEOUTPUT$\t$SERVICEPERFDATA$); PNP4Nagios' and
// Icinga 2's PerfdataWriter template (KEY::value, tabs between: DATATYPE, TIMET, HOSTNAME,
// SERVICEDESC, SERVICEPERFDATA, SERVICESTATE); Zabbix manual, appendix "Newline-delimited JSON
// export protocol", object "history".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace klarsyn {

struct PerfValue {
    std::string label;
    std::optional<double> value;  // unset for U: the plugin could not tell
    std::string unit;             // "s", "ms", "us", "%", "B", "KB", ..., "c", or empty
    // As written; thresholds are ranges ("10:20", "@5").
    std::string warn, crit, min, max;
};

// invalid_input for a label without a value, an open quotation mark or a value that is no number.
Result<std::vector<PerfValue>> parse_perfdata(std::string_view text);
std::string write_perfdata(const std::vector<PerfValue>& values);

enum class CheckState : std::uint8_t { unsaid, ok, warning, critical, unknown };

// One line of a performance data file.
struct PerfLine {
    std::int64_t time = 0;      // UTC second
    std::string host, service;  // service empty: the host's own check
    CheckState state = CheckState::unsaid;
    std::vector<PerfValue> values;
};
// invalid_input with the field.
Result<PerfLine> parse_perf_line(std::string_view line);

// One line of a history export.
struct ZabbixValue {
    std::string host, item;  // host's technical name, item's name
    std::int64_t itemid = 0;
    std::int64_t time_s = 0;
    std::int64_t ns = 0;
    std::optional<double> value;  // unset for texts and logs
};
// invalid_input with the field.
Result<ZabbixValue> parse_zabbix_line(std::string_view line);

}  // namespace klarsyn
