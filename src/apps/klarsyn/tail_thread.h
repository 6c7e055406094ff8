// serve --tail FILE: a thread of the server's process that follows a queue log by sending the
// server its own command every few seconds, so that the writer's thread alone writes.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "apps/klarsyn/commands.h"

namespace klarsyn {

class TailThread {
public:
    // The server listens on its socket already. `environment.output` outlives the thread.
    TailThread(const Invocation& in, const Environment& environment);
    ~TailThread();  // waits for a step that runs

private:
    std::mutex mutex_;
    std::condition_variable stop_;
    bool stopping_ = false;
    std::thread thread_;  // last: it uses what is above
};

}  // namespace klarsyn
