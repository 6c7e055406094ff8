// A log that is followed: half lines, rotation by renaming and by copying, truncation, lines
// without an end, and a probe that begins anew in between. Each line comes once.
#include "protocols/probe/flow_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include <filesystem>
#include <fstream>

namespace klarsyn {
namespace {

namespace fs = std::filesystem;

class FlowFileTest : public testing::Test {
protected:
    FlowFileTest() {
        folder_ = fs::path(testing::TempDir()) /
                  ("flow_file_" +
                   std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
        fs::remove_all(folder_);
        fs::create_directories(folder_);
        log_ = folder_ / "hops.log";
        reopen();
    }
    ~FlowFileTest() override { fs::remove_all(folder_); }

    void reopen() {
        store_.reset();
        store_ = LocalStore::open((folder_ / "flow.db").string(), {}).take();
    }
    static std::string line(int number) {
        return "2013-04-01 08:00:00\tGS\tMSH|^~\\&|GS|HER|LABKA|RH|2013||ORU^R01|" +
               std::to_string(number) + "|P|2.4\\rPID|1||Hansen\\r";
    }
    void append(const fs::path& file, const std::string& text) {
        std::ofstream(file, std::ios::binary | std::ios::app) << text;
    }
    void append(int first, int last) {
        for (int i = first; i <= last; ++i) append(log_, line(i) + "\n");
    }
    void follow() {
        FlowRule rule;
        rule.file = log_.string();
        FlowFile file(rule);
        for (int i = 0; i < 100; ++i) {
            const auto more = file.step(*store_, 1'000'000);
            ASSERT_TRUE(more.ok());
            if (!*more) return;
        }
        FAIL() << "it never ends";
    }
    // The numbers that were kept, in order; "?" for what is none.
    std::string kept() {
        std::string all;
        while (true) {
            const auto batch = store_->next_batch(1000).take();
            if (!batch) return all;
            for (const std::string& body : batch->results) {
                EXPECT_EQ(body.find("Hansen"), std::string::npos);
                const auto event = boost::json::parse(body);
                const std::string text(event.at("line").as_string());
                const auto at = text.find("R01|");
                all += (at == std::string::npos ? "?"
                                                : text.substr(at + 4, text.find("|P") - at - 4)) +
                       " ";
            }
            store_->delivered(batch->number).take();
        }
    }

    fs::path folder_, log_;
    std::unique_ptr<LocalStore> store_;
};

TEST_F(FlowFileTest, HalfALineWaitsForItsRest) {
    follow();  // there is no log yet
    append(1, 2);
    append(log_, line(3).substr(0, 40));
    follow();
    EXPECT_EQ(kept(), "1 2 ");
    append(log_, line(3).substr(40) + "\n");
    reopen();
    follow();
    follow();
    EXPECT_EQ(kept(), "3 ");
}

TEST_F(FlowFileTest, RenamedLogsAreReadToTheirEnd) {
    append(1, 2);
    follow();
    append(3, 3);
    fs::rename(log_, folder_ / "hops.log.2");
    append(4, 5);
    fs::rename(log_, folder_ / "hops.log.1");
    reopen();
    follow();
    EXPECT_EQ(kept(), "1 2 3 4 5 ");
    append(6, 6);
    follow();
    EXPECT_EQ(kept(), "6 ");
}

TEST_F(FlowFileTest, ACopiedAndTruncatedLogIsReadOnce) {
    append(1, 3);
    follow();
    append(4, 4);
    fs::copy_file(log_, folder_ / "hops.log.1");
    fs::resize_file(log_, 0);
    follow();
    append(5, 6);
    follow();
    EXPECT_EQ(kept(), "1 2 3 4 5 6 ");
}

TEST_F(FlowFileTest, ALogThatIsGoneBeginsAnew) {
    append(1, 3);
    follow();
    fs::remove(log_);
    follow();
    append(7, 7);
    follow();
    EXPECT_EQ(kept(), "1 2 3 7 ");
}

TEST_F(FlowFileTest, WhatIsNoLineIsPassedOver) {
    append(1, 1);
    const std::string much(std::size_t{5} << 20, 'x');
    append(log_, much + much + "\n\n\r\nnothing\n" + std::string("\xe6\tb\tMSH\n"));
    append(2, 2);
    follow();
    EXPECT_EQ(kept(), "1 ? ? 2 ");
}

}  // namespace
}  // namespace klarsyn
