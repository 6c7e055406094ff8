// Work that goes on while the server runs: waking cases, fetching and sending mail, webhooks. Each
// piece has a thread of its own, so that one that hangs harms no other. What it writes goes through
// Services::command, like everything that people do.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <span>
#include <string_view>
#include <thread>
#include <vector>

#include "web/context.h"

namespace klarsyn {

struct BackgroundTools {
    const Site& site;
    const Services& services;
    std::function<Result<WorkerTools>()> open;  // a read-only connection of one's own
    std::function<bool()> stopping;             // ask often: the server waits for the thread
};

struct Background {
    std::string_view name;
    int every_seconds;                          // from the end of one run to the next
    void (*run)(BackgroundTools& tools);
};

// Runs `command` in a turn of the writer and waits for the commit.
Result<void> run_in_turn(const Services& services,
                         std::function<Result<void>(WriteTurn& turn)> command);

// The web layer's own pieces (background_list.cc); modules add theirs (Module::background).
std::span<const Background> web_background();

class BackgroundThreads {
public:
    BackgroundThreads(BackgroundTools tools, std::span<const Background> list);
    ~BackgroundThreads();
    void stop();  // waits for what runs; again: no error

private:
    void loop(const Background& background);

    BackgroundTools tools_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace klarsyn
