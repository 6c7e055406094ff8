// Threads that do the work. Queues are bounded: a post that finds them full is refused, and the
// caller answers 503. Jobs must not throw.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "web/context.h"

namespace klarsyn {

// Jobs with a connection of the thread's own, opened when first needed and again after a failure.
class WorkerPool {
public:
    using Open = std::function<Result<WorkerTools>()>;
    // Gets null when the database could not be opened.
    using Job = std::function<void(WorkerTools* tools)>;

    WorkerPool(int threads, std::size_t queue_max, Open open);
    ~WorkerPool();
    bool post(Job job);
    // Drops what is queued, waits for what runs, ends the threads. Again: no error.
    void stop();

private:
    void run();

    Open open_;
    std::size_t queue_max_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Job> queue_;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

// The one thread that writes. `idle` is called when the queue has run empty after some work.
class WriterThread {
public:
    WriterThread(Connection& writer, std::size_t queue_max, std::function<void()> idle);
    ~WriterThread();
    bool post(WriterJob job);
    // Takes no more jobs; true once everything is done, false when it is not within the time.
    bool drain(int seconds);

private:
    void run();

    Connection& writer_;
    std::size_t queue_max_;
    std::function<void()> idle_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<WriterJob> queue_;
    bool busy_ = false;
    bool stopping_ = false;
    std::thread thread_;  // last: it uses what is above
};

}  // namespace klarsyn
