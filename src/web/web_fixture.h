// What the tests of web share: a data directory with a small phone log, an account of each role,
// two cases (K1, K2) and a dispatcher that answers on the calling thread. Only for tests.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <utility>

#include "core/time.h"
#include "reports/plan.h"
#include "store/store.h"
#include "web/access_log.h"
#include "web/dispatch.h"
#include "web/events.h"
#include "web/metrics.h"
#include "web/sessions.h"
#include "web/presence.h"
#include "web/throttle.h"

namespace klarsyn {

class WebFixture {
public:
    WebFixture();
    ~WebFixture();

    // Logs `role` in without the form; empty for anonymous.
    std::string token_of(Role role);
    Request get(const std::string& target, Role role = Role::admin);
    Request post(const std::string& target, const std::string& form, Role role);
    // The same request with a JSON object instead of a form.
    void as_json(Request& request, const std::string& body = "{}");
    Response ask(Request request);
    Response ask(const std::string& target, Role role = Role::admin) {
        return ask(get(target, role));
    }

    static constexpr UtcSecond kNow = 1'367'000'000;  // 26 April 2013
    static constexpr const char* kPassword = "correct horse";

    std::string data;
    FixedClock clock{kNow};
    std::unique_ptr<Store> store;
    std::unique_ptr<ThreadMemory> memory;
    std::vector<Announcement> announced;
    std::unique_ptr<ReportLibrary> library;
    Sessions sessions;
    Throttle throttle;
    Presence presence;
    Metrics metrics;
    bool stopping = false;
    EventHub events{kNow};
    std::unique_ptr<AccessLog> log;
    std::unique_ptr<Site> site;
    std::unique_ptr<Services> services;
    std::unique_ptr<WorkerPool> readers, blocking;
    std::unique_ptr<Dispatcher> dispatcher;
    WorkerTools tools;

private:
    void fill();
    void open_cases();
    void open_objects();
    void tell(Role role, std::span<const std::pair<const char*, const char*>> said);
};

}  // namespace klarsyn
