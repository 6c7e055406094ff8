// A visit as the fact telephony_visit, and the groups in which calls are derived. Internal to the
// module. Pure.
#pragma once

#include <memory_resource>
#include <string>
#include <string_view>

#include "ingest/format.h"
#include "modules/telephony/telephony.h"

namespace klarsyn::telephony {

FactTableSpec visit_table_spec();

// Gives one visit to the sink. `key` is only a buffer.
void write_visit(const Visit& visit, std::string_view source, std::pmr::string& key,
                 FactSink& sink);

// The group of a call's lines. `exact_key`: empty or source, LF; the callid is appended to it.
std::int64_t log_group(std::string_view callid, std::string& exact_key);

}  // namespace klarsyn::telephony
