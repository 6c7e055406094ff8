// Threads that do the work. Queues are bounded: a post that finds them full is refused, and the
// caller answers 503. Jobs must not throw.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <variant>
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

// The one thread that writes. Jobs have transactions of their own; parts that wait together share
// one (group commit): each can fail alone, and all hear of the commit once it is on disk. `idle` is
// called once nothing has come for a quarter of a second after some work. After a commit of unknown
// outcome the process is told to stop: nothing more can be promised. Bulk parts wait in a queue of
// their own: what people do goes first, then a portion of them, turn by turn.
class WriterThread {
public:
    static constexpr std::size_t kPartsMax = 256;     // in one transaction
    static constexpr std::size_t kBulkPartsMax = 16;  // so long may others have to wait

    struct Options {
        Connection& writer;
        const std::string& journal_key;
        const Clock& clock;
        std::size_t queue_max;
        std::function<void()> idle;
        std::function<void(const Announcement&)> announce = {};
        std::function<void(const Announcement&)> outdate = {};  // as TurnMeans has it
    };
    explicit WriterThread(Options options);
    ~WriterThread();
    bool post(WriterJob job);
    bool post(WriterPart part);
    // Takes no more jobs; true once everything is done, false when it is not within the time.
    bool drain(int seconds);

private:
    using Task = std::variant<WriterJob, WriterPart>;
    void run();
    bool enqueue(Task task);
    std::vector<WriterPart> take_parts();
    std::vector<WriterPart> take_bulk();
    bool empty() const { return queue_.empty() && bulk_.empty(); }

    Options options_;
    ThreadMemory memory_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Task> queue_;
    std::deque<WriterPart> bulk_;
    bool bulk_turn_ = false;  // others had the last one
    bool busy_ = false;
    bool stopping_ = false;
    std::thread thread_;  // last: it uses what is above
};

// Runs parts as one transaction on the calling thread and tells each how it ended.
struct TurnMeans {
    Connection& writer;
    ThreadMemory& memory;
    const std::string& journal_key;
    const Clock& clock;
    std::function<void(const Announcement&)> announce = {};
    // Hears of the same before anybody is answered: what was prepared must not outlive the answer.
    std::function<void(const Announcement&)> outdate = {};
};
void run_parts(const TurnMeans& means, std::vector<WriterPart> parts);

}  // namespace klarsyn
