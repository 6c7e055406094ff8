// The thread that writes: when it does the work that waits for a quiet moment.
#include "web/workers.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <thread>

#include "web/web_fixture.h"

namespace klarsyn {
namespace {

TEST(WriterThread, rests_before_idle_work_and_does_it_once) {
    WebFixture web;
    std::atomic<int> idle = 0, written = 0,
                     seen = 0;  // seen: what was written at the last idle work
    WriterThread writer({web.store->writer(), web.store->journal_key(), web.clock, 100, [&] {
                             seen = written.load();
                             ++idle;
                         }});
    for (int i = 0; i < 20; ++i) {
        std::promise<void> done;
        ASSERT_TRUE(writer.post(WriterJob([&](Connection&) {
            ++written;
            done.set_value();
        })));
        done.get_future().wait();
    }
    for (int i = 0; i < 2000 && seen != 20; ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    EXPECT_EQ(seen, 20);
    const int times = idle;
    EXPECT_LT(times, 20);  // not after each of them
    std::this_thread::sleep_for(std::chrono::milliseconds(600));
    EXPECT_EQ(idle, times);  // and not again while nothing is written
    EXPECT_TRUE(writer.drain(5));
}

}  // namespace
}  // namespace klarsyn
