// One JSON line per request, without personal data: no names, addresses, queries or paths, only the
// route's pattern. Thread-safe. A log that cannot be opened is an error at start, not later.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/result.h"

namespace klarsyn {

struct AccessLine {
    std::string request_id;
    std::string_view method;
    std::string_view route;
    int status = 0;
    double seconds = 0;
    std::size_t bytes = 0;
};

class AccessLog {
public:
    // A file (10 MB, five of them kept), "-" for standard error, empty for none.
    static Result<std::unique_ptr<AccessLog>> open(const std::string& where);
    virtual ~AccessLog() = default;
    virtual void line(const AccessLine& line) = 0;
    // Our own faults: the error's key and the request's id.
    virtual void fault(std::string_view request_id, std::string_view what) = 0;
};

}  // namespace klarsyn
