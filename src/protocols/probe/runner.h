// A probe at work: starts each check once in each of its slots, keeps what it measured, and
// delivers it. Measures on while the server is away, by the plan that it had last. Each check is a
// process of its own. Thread-safe as a whole: run() blocks, stop() may come from a signal's thread.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/time.h"
#include "protocols/probe/delivery.h"
#include "protocols/probe/plan.h"

namespace klarsyn {

struct RunnerSettings {
    ServerAccess server;
    std::string directory;  // of the local store; made where it is missing
    std::string agent, site, seat;
    MachineFile machine;
    std::string machine_json;                // about the machine, for the server; may be empty
    std::vector<std::string> check_command;  // program and arguments that run one check
    bool once = false;                       // one round of all checks, one delivery, the end
    double refresh_s = 60, deliver_s = 5;    // between two looks for a plan, and two deliveries
    int parallel_max = 32;
    LocalLimits limits;
    std::function<void(const std::string&)> tell;  // English, technical; from any thread
    // Removes what checks left behind that were killed; asked at the start and after a check that
    // went wrong, from any thread. May be empty.
    std::function<void()> clear_up;
};

class Runner {
public:
    // Errors: unavailable (the store), refused (another probe uses the directory).
    static Result<std::unique_ptr<Runner>> create(RunnerSettings settings, const Clock& clock);
    ~Runner();
    // Until `stop` is asked for; with `once` until all is delivered. False: with `once`, something
    // is not delivered.
    bool run(const std::function<bool()>& stop_asked);
    LocalStore& store() { return *store_; }

private:
    struct Told {
        std::string reason;
        UtcSecond at = 0;
    };
    Runner(RunnerSettings settings, const Clock& clock, std::unique_ptr<LocalStore> store,
           int lock);
    void tell(const std::string& message);
    std::shared_ptr<const ProbePlan> plan();
    void take_plan(const std::string& json);
    void refresh_plan();
    bool due(const PlannedCheck& check, UtcSecond now, UtcSecond& slot);
    bool held_up(const PlannedCheck& check, UtcSecond slot);
    bool is_running(const std::string& key) const;
    UtcSecond start_due(UtcSecond now);  // when to look again
    void start(const PlannedCheck& check, UtcSecond at, UtcSecond slot);
    void measure(const PlannedCheck& check, UtcSecond at, UtcSecond slot);
    void keep_unable(const PlannedCheck& check, UtcSecond at, UtcSecond slot,
                     const std::string& reason);
    void join_ended(bool all);
    void uplink();
    bool run_once();

    RunnerSettings settings_;
    const Clock& clock_;
    std::unique_ptr<LocalStore> store_;
    int lock_ = -1;
    Delivery delivery_;
    BackOff jitter_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::shared_ptr<const ProbePlan> plan_;
    std::map<std::string, UtcSecond> last_slot_;
    std::map<std::string, UtcSecond> held_up_;  // slots that wait for the check of the one before
    std::map<std::string, Told> unable_;
    struct Running {
        std::thread thread;
        std::shared_ptr<std::atomic<bool>> ended;
        std::string key;
    };
    std::vector<Running> running_;  // of the scheduling thread alone
    std::atomic<bool> stopping_{false};
    std::string told_;
};

}  // namespace klarsyn
