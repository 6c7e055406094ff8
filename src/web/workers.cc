#include "web/workers.h"

#include <chrono>

namespace klarsyn {

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

WriterThread::WriterThread(Connection& writer, std::size_t queue_max, std::function<void()> idle)
    : writer_(writer), queue_max_(queue_max), idle_(std::move(idle)), thread_([this] { run(); }) {}

WriterThread::~WriterThread() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

bool WriterThread::post(WriterJob job) {
    {
        const std::lock_guard lock(mutex_);
        if (stopping_ || queue_.size() >= queue_max_) return false;
        queue_.push_back(std::move(job));
    }
    changed_.notify_all();
    return true;
}

bool WriterThread::drain(int seconds) {
    std::unique_lock lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
    return changed_.wait_for(lock, std::chrono::seconds(seconds),
                             [this] { return queue_.empty() && !busy_; });
}

void WriterThread::run() {
    std::unique_lock lock(mutex_);
    while (true) {
        changed_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
        if (queue_.empty()) return;
        WriterJob job = std::move(queue_.front());
        queue_.pop_front();
        busy_ = true;
        lock.unlock();
        job(writer_);
        job = nullptr;  // what it holds goes before the next wait
        lock.lock();
        const bool empty = queue_.empty();
        if (empty && idle_) {
            lock.unlock();
            idle_();
            lock.lock();
        }
        busy_ = false;
        changed_.notify_all();
    }
}

}  // namespace klarsyn
