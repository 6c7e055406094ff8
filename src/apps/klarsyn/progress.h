// A progress line on the terminal: what, done of total, rate, time left. Silent elsewhere, so that
// logs stay readable.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/text.h"
#include "web/command_socket.h"

namespace klarsyn {

class ProgressLine {
public:
    enum class Show { terminal, nothing };
    ProgressLine(CommandOutput& output, Show show, Language language);
    ~ProgressLine();  // clears the line
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;
    void tell(std::string_view what, std::int64_t done, std::int64_t total);

private:
    using Time = std::chrono::steady_clock;
    CommandOutput& output_;
    Show show_;
    Language language_;
    std::string what_;
    Time::time_point started_;
    Time::time_point shown_;
    bool visible_ = false;
};

}  // namespace klarsyn
