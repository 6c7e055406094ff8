// The protocols that only a probe has, not the agent for PCs: one constant per file of this folder.
#pragma once

#include "protocols/checks/check.h"

namespace klarsyn {

// extern const CheckProtocol k...Check;

}  // namespace klarsyn
