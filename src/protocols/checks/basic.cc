#include "protocols/checks/basic.h"

#include <array>

namespace klarsyn {

std::span<const CheckProtocol> basic_check_protocols() {
    static const std::array list = {kHttpCheck, kTcpCheck,  kTlsCheck,
                                    kDnsCheck,  kIcmpCheck, kCommandCheck};
    return list;
}

}  // namespace klarsyn
