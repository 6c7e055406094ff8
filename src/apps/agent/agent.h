// What the parts of klarsyn-agent share: its options.
#pragma once

#include <functional>
#include <string>

#include "core/text.h"
#include "protocols/probe/delivery.h"

namespace klarsyn {

struct AgentOptions {
    std::string server, token_file, ca_file, directory, machine_file, agent, site, seat;
    std::string system = "PC", action = "log-on", since;
    std::string place, role, notifier = "/usr/bin/notify-send";
    double refresh_s = 3600, deliver_s = 300, every_s = 60;
    bool once = false;
    Language language = Language::da;
};

// Shows messages as desktop notifications, or on standard output where that does not work. Until
// `stop_asked`, or one look with `once`. The exit code.
int run_notify(const AgentOptions& options, const std::function<bool()>& stop_asked);
void tell_error(const Error& error, Language language);

}  // namespace klarsyn
