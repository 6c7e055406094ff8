// The protocols that need nothing but core and small libraries: all that the agent for PCs has.
// Each stands in a file of its own.
#pragma once

#include <span>

#include "protocols/checks/check.h"

namespace klarsyn {

extern const CheckProtocol kHttpCheck, kTcpCheck, kTlsCheck, kDnsCheck, kIcmpCheck, kCommandCheck;

std::span<const CheckProtocol> basic_check_protocols();

}  // namespace klarsyn
