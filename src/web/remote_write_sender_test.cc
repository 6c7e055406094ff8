// What a receiver gets, in which order, and what becomes of it when the receiver is slow, full,
// wrong or away.
#include "web/remote_write_sender.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "web/remote_write_out.h"

namespace klarsyn {
namespace {

using ::testing::ElementsAre;
using namespace std::chrono_literals;

class Receiver : public testing::Test {
protected:
    RemoteWriteSender sender(std::size_t waiting_max = 240) {
        RemoteWriteSettings settings;
        settings.url = "http://receiver/api/v1/write";
        settings.token = "sesam";
        return {settings,
                [this](const HttpFetch& wanted) -> Result<HttpAnswer> {
                    requests_.push_back(wanted);
                    if (status_ == 0)
                        return make_error(ErrorCode::unavailable, "protocols.http.failed",
                                          {{"reason", "refused"}});
                    HttpAnswer answer;
                    answer.status = status_;
                    answer.retry_after_seconds = retry_after_s_;
                    return answer;
                },
                [this](std::string_view outcome, std::int64_t samples) {
                    counts_ += std::string(outcome) + " " + std::to_string(samples) + ";";
                },
                {[this](const std::vector<WaitingRequest>& requests) {
                     kept_.insert(kept_.end(), requests.begin(), requests.end());
                 },
                 [this](std::int64_t up_to) {
                     std::erase_if(kept_, [&](const WaitingRequest& one) { return one.number <= up_to; });
                 }},
                {waiting_max, 3, 1, 60},
                1};
    }
    // "name value@time" of the request that came last.
    std::vector<std::string> last() {
        std::vector<std::string> list;
        const auto request = parse_write_request(requests_.back().body).take();
        for (const WriteSeries& series : request.series)
            for (const WriteSample& sample : series.samples)
                list.push_back(std::string(find_label(series.labels, "__name__")) + " " +
                               (is_stale(sample.value) ? "stale"
                                                       : std::to_string(std::lround(sample.value))) +
                               "@" + std::to_string(sample.time_ms));
        return list;
    }
    static RemoteWriteSender::Point point(const std::string& name, double value) {
        return {{{"unit", "x"}, {"__name__", name}}, value};
    }

    int status_ = 204, retry_after_s_ = 0;
    std::vector<HttpFetch> requests_;
    std::string counts_;
    std::vector<WaitingRequest> kept_;  // what the store holds
    RemoteWriteSender::Time now_{1h};
};

TEST_F(Receiver, GetsSamplesAndTheEndOfSeriesButNeverANought) {
    auto out = sender();
    out.add({point("a", 1), point("b", 2)}, 1000);
    EXPECT_FALSE(out.step(now_));
    EXPECT_THAT(last(), ElementsAre("a 1@1000", "b 2@1000"));
    out.add({point("a", 3)}, 2000);
    out.step(now_);
    EXPECT_THAT(last(), ElementsAre("a 3@2000", "b stale@2000"));
    out.add({point("a", 4)}, 3000);
    out.step(now_);
    EXPECT_THAT(last(), ElementsAre("a 4@3000"));
    out.add({point("a", 5)}, 3000);  // the clock stood still or was set back
    out.add({point("a", 5)}, 2500);
    EXPECT_EQ(out.waiting(), 0U);
    EXPECT_EQ(counts_, "sent 2;sent 2;sent 1;");
    const auto& headers = requests_.back().headers;
    EXPECT_THAT(headers, testing::Contains(std::pair<std::string, std::string>(
                             "X-Prometheus-Remote-Write-Version", "0.1.0")));
    EXPECT_THAT(headers, testing::Contains(std::pair<std::string, std::string>(
                             "Authorization", "Bearer sesam")));
}

TEST_F(Receiver, ThatIsAwayOrFullGetsTheSameAgainLaterInOrder) {
    auto out = sender();
    for (const int status : {0, 429, 500, 503}) {
        requests_.clear();
        counts_.clear();
        status_ = status;
        out.add({point("a", 1)}, 10'000 + status * 10);
        out.add({point("a", 2)}, 10'001 + status * 10);
        EXPECT_FALSE(out.step(now_));
        EXPECT_FALSE(out.trouble().empty());
        EXPECT_FALSE(out.step(now_));  // not at once
        EXPECT_EQ(requests_.size(), 1U);
        now_ += 70s;
        EXPECT_FALSE(out.step(now_));
        EXPECT_EQ(requests_.size(), 2U);
        EXPECT_EQ(requests_[0].body, requests_[1].body);
        status_ = 204;
        now_ += 70s;
        EXPECT_TRUE(out.step(now_));
        EXPECT_FALSE(out.step(now_));
        EXPECT_THAT(last(), ElementsAre("a 2@" + std::to_string(10'001 + status * 10)));
        EXPECT_EQ(counts_, "sent 1;sent 1;");
        EXPECT_EQ(out.trouble(), "");
    }
}

TEST_F(Receiver, GetsWhatTheServerBeforeHadNotDelivered) {
    status_ = 0;
    {
        auto out = sender();
        for (int i = 1; i <= 4; ++i) out.add({point("a", i)}, i * 1'000'000);
        out.step(now_);
        EXPECT_EQ(kept_.size(), 4U);
    }  // killed
    status_ = 204;
    auto out = sender(3);
    out.resume(kept_, 1500);  // the first is too old
    EXPECT_EQ(counts_, "dropped 1;");
    EXPECT_EQ(kept_.size(), 3U);
    out.add({point("a", 5)}, 5'000'000);  // more than may wait: the oldest goes
    EXPECT_EQ(counts_, "dropped 1;dropped 1;");
    std::vector<std::string> came;
    for (bool more = true; more; came.push_back(last().front())) more = out.step(now_);
    EXPECT_THAT(came, ElementsAre("a 3@3000000", "a 4@4000000", "a 5@5000000"));
    EXPECT_TRUE(kept_.empty());
    // Killed after it was sent and before that was noted: it comes again, as it was.
    kept_ = {{7, 4000, 1, requests_.back().body}};
    auto again = sender();
    again.resume(kept_, 0);
    again.step(now_);
    EXPECT_THAT(last(), ElementsAre("a 5@5000000"));
    again.add({point("a", 6)}, 6'000'000);
    EXPECT_EQ(kept_.back().number, 8);
}

TEST_F(Receiver, SaysWhenToComeAgain) {
    auto out = sender();
    status_ = 429;
    retry_after_s_ = 120;
    out.add({point("a", 1)}, 1000);
    out.step(now_);
    now_ += 119s;
    out.step(now_);
    EXPECT_EQ(requests_.size(), 1U);
    now_ += 2s;
    out.step(now_);
    EXPECT_EQ(requests_.size(), 2U);
}

TEST_F(Receiver, ThatRefusesForGoodIsNotAskedAgain) {
    auto out = sender();
    status_ = 400;
    out.add({point("a", 1)}, 1000);
    out.add({point("a", 2)}, 2000);
    EXPECT_TRUE(out.step(now_));
    EXPECT_FALSE(out.step(now_));
    EXPECT_EQ(counts_, "refused 1;refused 1;");
    EXPECT_EQ(requests_.size(), 2U);
}

TEST_F(Receiver, OfWhatWaitsTooLongTheOldestIsGivenUp) {
    auto out = sender(3);
    status_ = 0;
    for (int i = 1; i <= 5; ++i) out.add({point("a", i)}, i * 1000);
    EXPECT_EQ(out.waiting(), 3U);
    EXPECT_EQ(counts_, "dropped 1;dropped 1;");
    status_ = 204;
    out.step(now_);
    EXPECT_THAT(last(), ElementsAre("a 3@3000"));
}

TEST_F(Receiver, GetsManySeriesInSeveralRequests) {
    auto out = sender();
    out.add({point("a", 1), point("b", 1), point("c", 1), point("d", 1), point("d", 9)}, 1000);
    EXPECT_EQ(out.waiting(), 2U);
    EXPECT_TRUE(out.step(now_));
    EXPECT_FALSE(out.step(now_));
    EXPECT_THAT(last(), ElementsAre("d 1@1000"));
}

TEST(RemoteWriteOut, ChoosesMetricsByNameOrBeginning) {
    const std::string text =
        "# TYPE klarsyn_logins counter\nklarsyn_logins_total{outcome=\"wrong\"} 3\n"
        "# TYPE klarsyn_http_refused counter\nklarsyn_http_refused_total 0\n# EOF\n";
    RemoteWriteSettings settings;
    settings.metrics = {"klarsyn_logins*"};
    EXPECT_EQ(metric_points(text, settings).size(), 1U);
    settings.metrics = {"klarsyn_http_refused_total", "klarsyn_log"};
    const auto points = metric_points(text, settings);
    ASSERT_EQ(points.size(), 1U);
    EXPECT_EQ(points[0].value, 0);
    settings.metrics = {};
    EXPECT_TRUE(metric_points(text, settings).empty());
}

}  // namespace
}  // namespace klarsyn
