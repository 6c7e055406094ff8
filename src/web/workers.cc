#include "web/workers.h"

#include <chrono>
#include <csignal>

namespace klarsyn {
namespace {

// Between two requests of one client idle work would make the second wait.
constexpr std::chrono::milliseconds kQuiet{250};

}  // namespace

WorkerPool::WorkerPool(int threads, std::size_t queue_max, Open open)
    : open_(std::move(open)), queue_max_(queue_max) {
    for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { run(); });
}

WorkerPool::~WorkerPool() { stop(); }

void WorkerPool::stop() {
    std::deque<Job> dropped;  // their captures end outside the lock
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        dropped.swap(queue_);
    }
    changed_.notify_all();
    for (std::thread& thread : threads_)
        if (thread.joinable()) thread.join();
}

bool WorkerPool::post(Job job) {
    {
        const std::lock_guard lock(mutex_);
        if (stopping_ || queue_.size() >= queue_max_) return false;
        queue_.push_back(std::move(job));
    }
    changed_.notify_one();
    return true;
}

void WorkerPool::run() {
    std::optional<WorkerTools> tools;
    while (true) {
        Job job;
        {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
            if (queue_.empty()) return;
            job = std::move(queue_.front());
            queue_.pop_front();
        }
        if (tools && tools->state == WorkerTools::State::broken) tools.reset();
        if (!tools) {
            auto opened = open_();
            if (opened) tools = opened.take();
        }
        job(tools ? &*tools : nullptr);
    }
}

WriterThread::WriterThread(Options options)
    : options_(std::move(options)), memory_(options_.writer), thread_([this] { run(); }) {}

WriterThread::~WriterThread() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

bool WriterThread::post(WriterJob job) { return enqueue(std::move(job)); }
bool WriterThread::post(WriterPart part) {
    if (!part.bulk) return enqueue(std::move(part));
    {
        const std::lock_guard lock(mutex_);
        if (stopping_ || bulk_.size() >= options_.queue_max) return false;
        bulk_.push_back(std::move(part));
    }
    changed_.notify_all();
    return true;
}

bool WriterThread::enqueue(Task task) {
    {
        const std::lock_guard lock(mutex_);
        if (stopping_ || queue_.size() >= options_.queue_max) return false;
        queue_.push_back(std::move(task));
    }
    changed_.notify_all();
    return true;
}

bool WriterThread::drain(int seconds) {
    std::unique_lock lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
    return changed_.wait_for(lock, std::chrono::seconds(seconds),
                             [this] { return empty() && !busy_; });
}

// The parts at the front of the queue; under the lock.
std::vector<WriterPart> WriterThread::take_parts() {
    std::vector<WriterPart> parts;
    while (!queue_.empty() && parts.size() < kPartsMax) {
        auto* part = std::get_if<WriterPart>(&queue_.front());
        if (part == nullptr) break;
        parts.push_back(std::move(*part));
        queue_.pop_front();
    }
    return parts;
}

std::vector<WriterPart> WriterThread::take_bulk() {
    std::vector<WriterPart> parts;
    while (!bulk_.empty() && parts.size() < kBulkPartsMax) {
        parts.push_back(std::move(bulk_.front()));
        bulk_.pop_front();
    }
    return parts;
}

void WriterThread::run() {
    std::unique_lock lock(mutex_);
    bool rest = false;  // something was written since the last idle()
    while (true) {
        const auto due = [this] { return stopping_ || !empty(); };
        if (rest && options_.idle && !changed_.wait_for(lock, kQuiet, due)) {
            rest = false;
            lock.unlock();
            options_.idle();
            lock.lock();
        }
        changed_.wait(lock, due);
        if (empty()) return;
        const bool bulk = queue_.empty() || (bulk_turn_ && !bulk_.empty());
        bulk_turn_ = !bulk;
        std::vector<WriterPart> parts = bulk ? take_bulk() : take_parts();
        WriterJob job;
        if (parts.empty()) {
            job = std::get<WriterJob>(std::move(queue_.front()));
            queue_.pop_front();
        }
        busy_ = true;
        lock.unlock();
        if (job)
            job(options_.writer);
        else
            run_parts({options_.writer, memory_, options_.journal_key, options_.clock,
                       options_.announce, options_.outdate},
                      std::move(parts));
        job = nullptr;  // what it holds goes before the next wait
        lock.lock();
        rest = true;
        busy_ = false;
        changed_.notify_all();
    }
}

namespace {

Result<void> run_one(WriteTurn& turn, const WriterPart& part) {
    KL_CHECK(turn.db.begin_part());
    turn.part_begins();
    const PartOutcome outcome = part.run(turn);
    if (outcome == PartOutcome::keep) {
        if (const auto ended = turn.db.end_part(); ended.ok()) return {};
    }
    turn.part_taken_back();
    return turn.db.rollback_part();
}

Result<void> run_turn(WriteTurn& turn, const std::vector<WriterPart>& parts) {
    KL_CHECK(turn.db.begin_write());
    for (const WriterPart& part : parts) KL_CHECK(run_one(turn, part));
    KL_CHECK(turn.finish());
    return turn.db.commit();
}

}  // namespace

void run_parts(const TurnMeans& means, std::vector<WriterPart> parts) {
    Result<void> ended;
    std::vector<Announcement> announced;
    {
        WriteTurn turn(means.writer, means.memory, means.journal_key, means.clock);
        ended = run_turn(turn, parts);
        if (ended.ok()) announced = turn.committed();
    }
    if (!ended.ok()) means.writer.rollback();
    if (means.outdate)
        for (const Announcement& announcement : announced) means.outdate(announcement);
    for (const WriterPart& part : parts) part.done(ended);
    if (!ended.ok() && ended.error().key == "store.outcome_unknown") std::raise(SIGTERM);
    if (!means.announce) return;
    for (const Announcement& announcement : announced) means.announce(announcement);
}

}  // namespace klarsyn
