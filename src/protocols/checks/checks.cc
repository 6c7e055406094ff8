// The table of all protocols: those of basic.h and one line for each other file of this folder. The
// tables are made when they are asked for, after the constants of the other files.
#include <algorithm>
#include <vector>

#include "protocols/checks/basic.h"
#include "protocols/checks/check.h"
#include "protocols/checks/protocols.h"

namespace klarsyn {
namespace {

std::vector<CheckProtocol> every_protocol() {
    const auto basic = basic_check_protocols();
    std::vector<CheckProtocol> list(basic.begin(), basic.end());
    list.push_back(kLdapCheck);
    list.push_back(kSmtpCheck);
    list.push_back(kImapCheck);
    list.push_back(kSqlCheck);
    list.push_back(kSnmpCheck);
    list.push_back(kDicomEchoCheck);
    list.push_back(kDicomFindCheck);
    list.push_back(kDicomWorklistCheck);
    list.push_back(kHl7Check);
    list.push_back(kFhirCheck);
    list.push_back(kBrowserCheck);
    return list;
}

}  // namespace

std::span<const CheckProtocol> check_protocols() {
    static const std::vector<CheckProtocol> list = every_protocol();
    return list;
}

const CheckProtocol* find_check_protocol(std::string_view name) {
    const auto list = check_protocols();
    const auto found = std::find_if(list.begin(), list.end(),
                                    [&](const CheckProtocol& one) { return one.name == name; });
    return found == list.end() ? nullptr : &*found;
}

}  // namespace klarsyn
