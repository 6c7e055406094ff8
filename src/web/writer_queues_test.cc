// The writer's two queues: what people do goes before what machines bring, and neither starves.
#include "web/workers.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <string>

#include "store/test_store.h"

namespace klarsyn {
namespace {

class StandingClock final : public Clock {
public:
    UtcSecond now() const override { return 1'366'970'400; }
};

class WriterQueues : public testing::Test {
protected:
    void SetUp() override {
        store_ = Store::create(databases_.fresh(Dialect::sqlite), test_migrations()).take();
    }
    WriterThread::Options options(std::size_t queue_max) {
        return {store_->writer(), store_->journal_key(), clock_, queue_max, {}};
    }
    // Appends its letter when it runs and counts what was committed.
    WriterPart part(char letter, bool bulk) {
        return {[this, letter](WriteTurn&) {
                    order_ += letter;
                    return PartOutcome::keep;
                },
                [this](const Result<void>& committed) {
                    if (committed.ok()) ++committed_;
                },
                bulk};
    }

    TestDatabases databases_;
    std::unique_ptr<Store> store_;
    StandingClock clock_;
    std::atomic<int> committed_ = 0;
    std::string order_;  // of the writer's thread until it has been drained
};

TEST_F(WriterQueues, PeopleGoFirstAndMachinesInPortionsBetween) {
    WriterThread writer(options(100));
    std::promise<void> begun, go_on;
    ASSERT_TRUE(writer.post([&](Connection&) {
        begun.set_value();
        go_on.get_future().wait();
    }));
    begun.get_future().wait();
    const int bulk = static_cast<int>(WriterThread::kBulkPartsMax) + 3;
    for (int i = 0; i < bulk; ++i) ASSERT_TRUE(writer.post(part('m', true)));
    for (int i = 0; i < 2; ++i) ASSERT_TRUE(writer.post(part('p', false)));
    ASSERT_TRUE(writer.post([this](Connection&) { order_ += 'j'; }));
    go_on.set_value();
    ASSERT_TRUE(writer.drain(30));
    EXPECT_EQ(committed_, bulk + 2);
    // The job above was a turn of people's, so machines come next; then turn by turn.
    EXPECT_EQ(order_, std::string(WriterThread::kBulkPartsMax, 'm') + "pp" + "mmm" + "j");
    EXPECT_FALSE(writer.post(part('x', true))) << "after drain nothing is taken";
}

TEST_F(WriterQueues, AFullQueueOfMachinesRefusesOnlyThem) {
    WriterThread writer(options(4));
    std::promise<void> begun, go_on;
    ASSERT_TRUE(writer.post([&](Connection&) {
        begun.set_value();
        go_on.get_future().wait();
    }));
    begun.get_future().wait();
    for (int i = 0; i < 4; ++i) EXPECT_TRUE(writer.post(part('m', true)));
    EXPECT_FALSE(writer.post(part('m', true)));
    EXPECT_TRUE(writer.post(part('p', false)));
    go_on.set_value();
    ASSERT_TRUE(writer.drain(30));
    EXPECT_EQ(committed_, 5);
}

}  // namespace
}  // namespace klarsyn
