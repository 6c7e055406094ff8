// The protocols that only a probe has, not the agent for PCs: one constant per file of this folder.
#pragma once

#include "protocols/checks/check.h"

namespace klarsyn {

extern const CheckProtocol kHl7Check;
extern const CheckProtocol kDicomEchoCheck, kDicomFindCheck, kDicomWorklistCheck;
extern const CheckProtocol kFhirCheck;
extern const CheckProtocol kLdapCheck;
extern const CheckProtocol kSmtpCheck, kImapCheck;
extern const CheckProtocol kSqlCheck;
extern const CheckProtocol kSnmpCheck;
extern const CheckProtocol kBrowserCheck;

}  // namespace klarsyn
