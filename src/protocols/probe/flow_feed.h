// The part of a probe that sees HL7 messages pass: listens and follows logs as the machine's file
// says, keeps each event in a local store of its own (flow.db), and delivers it exactly once. A
// message is acknowledged once it is on disk. Works on while the server is away. Thread-safe as a
// whole: two threads of its own from start() to stop().
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "protocols/probe/delivery.h"
#include "protocols/probe/flow_file.h"
#include "protocols/probe/flow_listener.h"

namespace klarsyn {

struct FlowFeedSettings {
    std::vector<FlowRule> rules;
    std::string directory;  // exists; nobody else works in it
    ServerAccess server;
    std::string agent;
    LocalLimits store_limits;
    FlowLimits limits;
    double deliver_s = 5;
    std::function<void(const std::string&)> tell;  // English, technical; from any thread
};

class FlowFeed {
public:
    // unavailable: the store, or an address that cannot be listened on.
    static Result<std::unique_ptr<FlowFeed>> create(FlowFeedSettings settings, const Clock& clock);
    ~FlowFeed();

    void start();
    void stop();  // what was seen is kept; again: no error
    // Without threads: what stands in the logs is kept and delivered. False: not all of it is.
    bool once();

    LocalStore& store() { return *store_; }
    const std::vector<std::unique_ptr<FlowListener>>& listeners() const { return listeners_; }

private:
    FlowFeed(FlowFeedSettings settings, const Clock& clock, std::unique_ptr<LocalStore> store);
    void look();     // the thread of connections and logs
    void deliver();  // the thread of deliveries
    void round(int timeout_ms);
    bool follow();  // one step of each log; whether there is more
    void tell_troubles();
    void tell(const std::string& message);

    FlowFeedSettings settings_;
    const Clock& clock_;
    std::unique_ptr<LocalStore> store_;
    Delivery delivery_;
    std::vector<std::unique_ptr<FlowListener>> listeners_;
    std::vector<FlowFile> files_;
    FlowListener::Troubles troubles_;
    std::int64_t told_ms_ = 0;
    std::string told_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::atomic<bool> stopping_{false};
    std::vector<std::thread> threads_;
};

}  // namespace klarsyn
