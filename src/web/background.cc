#include "web/background.h"

#include <chrono>
#include <future>

namespace klarsyn {

Result<void> run_in_turn(const Services& services,
                         std::function<Result<void>(WriteTurn& turn)> command) {
    struct Shared {
        Result<void> result;
        std::promise<Result<void>> done;
    };
    // Shared: a server that stops may drop the part while nobody waits any longer.
    auto shared = std::make_shared<Shared>();
    auto waiting = shared->done.get_future();
    const bool taken = services.command(
        {[shared, command = std::move(command)](WriteTurn& turn) {
             shared->result = command(turn);
             return shared->result.ok() ? PartOutcome::keep : PartOutcome::take_back;
         },
         [shared](const Result<void>& committed) {
             shared->done.set_value(shared->result.ok() ? committed : shared->result);
         }});
    if (!taken) return make_error(ErrorCode::unavailable, "web.problem.status_503");
    return waiting.get();
}

BackgroundThreads::BackgroundThreads(BackgroundTools tools, std::span<const Background> list)
    : tools_(std::move(tools)) {
    const auto outer = tools_.stopping;
    tools_.stopping = [this, outer] {
        const std::lock_guard lock(mutex_);
        return stopping_ || outer();
    };
    for (const Background& background : list)
        threads_.emplace_back([this, &background] { loop(background); });
}

BackgroundThreads::~BackgroundThreads() { stop(); }

void BackgroundThreads::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_)
        if (thread.joinable()) thread.join();
}

void BackgroundThreads::loop(const Background& background) {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        lock.unlock();
        background.run(tools_);
        lock.lock();
        changed_.wait_for(lock, std::chrono::seconds(background.every_seconds),
                          [this] { return stopping_; });
    }
}

}  // namespace klarsyn
