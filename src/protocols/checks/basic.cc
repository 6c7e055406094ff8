#include "protocols/checks/basic.h"

#include <array>

namespace klarsyn {

std::span<const CheckProtocol> basic_check_protocols() {
    static const std::array list = {kTcpCheck};
    return list;
}

}  // namespace klarsyn
