#include "protocols/probe/delivery.h"

#include <boost/json.hpp>

#include <gtest/gtest.h>
#include <unistd.h>

#include <deque>
#include <filesystem>

namespace klarsyn {
namespace {

namespace json = boost::json;

class DeliveryTest : public testing::Test {
protected:
    void SetUp() override {
        path_ = std::filesystem::temp_directory_path() /
                ("klarsyn-delivery-" + std::to_string(::getpid()) + ".db");
        std::filesystem::remove(path_);
        store_ = LocalStore::open(path_, {}).take();
        DeliverySettings settings;
        settings.server = {"http://127.0.0.1:1", "token", ""};
        settings.agent = "pc \"1\"";
        settings.batch_most = 4;
        delivery_ = std::make_unique<Delivery>(
            *store_, settings,
            [this](const HttpFetch& fetch) -> Result<HttpAnswer> {
                asked_.push_back(fetch);
                if (answers_.empty())
                    return make_error(ErrorCode::unavailable, "protocols.http.failed");
                HttpAnswer answer = answers_.front();
                answers_.pop_front();
                return answer;
            },
            7);
    }
    void TearDown() override {
        delivery_.reset();
        store_.reset();
        std::filesystem::remove(path_);
    }
    void keep(int count) {
        for (int i = 0; i < count; ++i)
            ASSERT_TRUE(
                store_
                    ->keep(LocalStore::Kind::result, i, "{\"n\":" + std::to_string(i) + "}", "s", i)
                    .ok());
    }
    void will_answer(int status, int retry_after = 0, const std::string& body = "{}") {
        answers_.push_back({status, "application/json", body, retry_after});
    }
    std::int64_t waiting() { return store_->counts()->waiting; }
    using State = DeliveryStep::State;

    std::filesystem::path path_;
    std::unique_ptr<LocalStore> store_;
    std::unique_ptr<Delivery> delivery_;
    std::deque<HttpAnswer> answers_;
    std::vector<HttpFetch> asked_;
};

TEST_F(DeliveryTest, SendsTheSameBatchUntilItIsTaken) {
    EXPECT_EQ(delivery_->step().state, State::idle);
    EXPECT_TRUE(asked_.empty());
    keep(5);
    EXPECT_EQ(delivery_->step().state, State::failed);
    will_answer(503);
    EXPECT_EQ(delivery_->step().state, State::failed);
    EXPECT_EQ(waiting(), 5);
    will_answer(202);
    EXPECT_EQ(delivery_->step().state, State::delivered);
    EXPECT_EQ(waiting(), 1);
    ASSERT_EQ(asked_.size(), 3u);
    EXPECT_EQ(asked_[0].body, asked_[1].body);
    EXPECT_EQ(asked_[0].body, asked_[2].body);
    const json::value body = json::parse(asked_[0].body);
    EXPECT_EQ(body.at("agent"), "pc \"1\"");
    EXPECT_EQ(body.at("batch"), 1);
    EXPECT_EQ(body.at("results").as_array().size(), 4u);
    EXPECT_EQ(asked_[0].url, "http://127.0.0.1:1/api/v1/probes");
}

TEST_F(DeliveryTest, WaitsAsLongAsTheServerSaysAndSpreadsItsReturn) {
    keep(1);
    for (int i = 0; i < 20; ++i) {
        will_answer(429, 40);
        const auto step = delivery_->step();
        EXPECT_GE(step.wait_s, 40);
        EXPECT_LE(step.wait_s, 61);
    }
}

TEST_F(DeliveryTest, AFaultyRowDoesNotHoldTheOthers) {
    keep(3);
    will_answer(400);
    will_answer(400);  // the batch of one
    will_answer(202);
    EXPECT_EQ(delivery_->step().state, State::delivered);
    const auto aside = delivery_->step();
    ASSERT_EQ(aside.messages.size(), 1u);
    EXPECT_EQ(delivery_->step().state, State::delivered);
    EXPECT_EQ(waiting(), 0);
    EXPECT_EQ(store_->counts()->refused, 1);
    // A fault of the whole, not of a row: nothing is thrown away.
    keep(1);
    will_answer(400, 0, R"({"errors":[{"field":"agent","detail":"x"}]})");
    EXPECT_EQ(delivery_->step().state, State::failed);
    EXPECT_EQ(waiting(), 1);
}

TEST_F(DeliveryTest, TellsWhatTheServerRejectsAndGoesOn) {
    keep(1);
    will_answer(202, 0, R"({"rejected":[{"result":0,"field":"time","detail":"late"}]})");
    const auto step = delivery_->step();
    ASSERT_EQ(step.messages.size(), 1u);
    EXPECT_NE(step.messages[0].find("late"), std::string::npos);
    EXPECT_EQ(waiting(), 0);
}

TEST_F(DeliveryTest, ATwinOfTheStoreGetsAnEpochOfItsOwn) {
    keep(1);
    will_answer(409);
    will_answer(202);
    EXPECT_EQ(delivery_->step().state, State::delivered);
    EXPECT_EQ(waiting(), 1);
    EXPECT_EQ(delivery_->step().state, State::delivered);
    EXPECT_EQ(waiting(), 0);
    EXPECT_NE(json::parse(asked_[0].body).at("epoch"), json::parse(asked_[1].body).at("epoch"));
}

TEST_F(DeliveryTest, WhatItMayNotDeliverWaitsAndTheReasonIsTold) {
    keep(1);
    will_answer(403, 0, R"({"detail":"The agent delivers under another account"})");
    const auto step = delivery_->step();
    EXPECT_EQ(step.state, State::failed);
    ASSERT_EQ(step.messages.size(), 1u);
    EXPECT_NE(step.messages[0].find("under another account"), std::string::npos);
    EXPECT_EQ(waiting(), 1);
}

TEST(BackOffTest, GrowsToItsMostWithJitter) {
    BackOff back_off(1, 300, 3);
    double before = 0;
    for (int i = 0; i < 8; ++i) {
        const double most = std::min(300.0, static_cast<double>(1 << i));
        const double next = back_off.next();
        EXPECT_GE(next, most / 2);
        EXPECT_LE(next, most);
        EXPECT_NE(next, before);
        before = next;
    }
    for (int i = 0; i < 100; ++i) EXPECT_LE(back_off.next(), 300);
    back_off.reset();
    EXPECT_LE(back_off.next(), 1);
}

}  // namespace
}  // namespace klarsyn
