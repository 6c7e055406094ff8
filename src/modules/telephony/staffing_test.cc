// The formulas against a birth-death chain that is solved state by state, against published limits,
// and what a period's calls would have taken.

#include "modules/telephony/staffing.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cmath>

namespace klarsyn::telephony {
namespace {

// The same queue solved without any formula: k calls in it, births λ, deaths min(k,n)μ + (k−n)⁺θ.
// `within` follows a caller who finds k: those before him leave one by one, he himself may hang up;
// that chain is stepped by uniformisation.
class Chain {
public:
    Chain(const QueueLoad& load, int agents) : load_(load), agents_(agents) {
        double weight = 0;
        std::vector<double> weights = {0};
        for (int k = 1; k < 400'000; ++k) {
            weight += std::log(load.arrivals_per_s / death(k));
            weights.push_back(weight);
            if (k > agents && weight < -60 && death(k) > load.arrivals_per_s) break;
        }
        const double top = *std::max_element(weights.begin(), weights.end());
        double sum = 0;
        for (auto& value : weights) sum += (value = std::exp(value - top));
        for (auto& value : weights) value /= sum;
        shares_ = weights;
    }
    QueueService service(double within_s) const {
        QueueService result;
        double waiting = 0;
        for (std::size_t k = 0; k < shares_.size(); ++k) {
            const int behind = static_cast<int>(k) - agents_;
            if (behind >= 0) result.waits += shares_[k];
            waiting += shares_[k] * std::max(0, behind);
        }
        result.mean_wait_s = waiting / load_.arrivals_per_s;  // Little
        result.hangs_up = result.mean_wait_s * load_.hang_ups_per_s;
        result.within = 1 - result.waits + answered_after_waiting(within_s);
        return result;
    }

private:
    double death(int k) const {
        return std::min(k, agents_) / load_.handling_s +
               std::max(0, k - agents_) * load_.hang_ups_per_s;
    }
    double answered_after_waiting(double within_s) const {
        const std::size_t states = shares_.size() - static_cast<std::size_t>(agents_);
        const double hang_up = load_.hang_ups_per_s;
        const double services = agents_ / load_.handling_s;
        const double clock = services + hang_up * static_cast<double>(states + 1);
        std::vector<double> answered(states, 0.0);  // by the number of callers before him
        double weight = -clock * within_s;
        double total = 0;
        const int steps =
            static_cast<int>(clock * within_s + 12 * std::sqrt(clock * within_s) + 40);
        for (int step = 0; step <= steps; ++step) {
            double now = 0;
            for (std::size_t i = 0; i < states; ++i) {
                now += shares_[static_cast<std::size_t>(agents_) + i] * answered[i];
            }
            total += std::exp(weight) * now;
            weight += std::log(clock * within_s / (step + 1));
            for (std::size_t i = states; i-- > 0;) {
                const double leaves = services + hang_up * static_cast<double>(i);
                const double next = i == 0 ? 1 : answered[i - 1];
                answered[i] = (leaves * next + (clock - leaves - hang_up) * answered[i]) / clock;
            }
        }
        return total;
    }

    QueueLoad load_;
    int agents_;
    std::vector<double> shares_;
};

void expect_equal(const QueueService& a, const QueueService& b, double tolerance,
                  const std::string& what) {
    EXPECT_NEAR(a.waits, b.waits, tolerance) << what;
    EXPECT_NEAR(a.hangs_up, b.hangs_up, tolerance) << what;
    EXPECT_NEAR(a.mean_wait_s, b.mean_wait_s, tolerance * std::max(1.0, b.mean_wait_s)) << what;
    EXPECT_NEAR(a.within, b.within, tolerance) << what;
}

TEST(Staffing, IsTheBirthDeathChain) {
    for (const double per_hour : {6.0, 60.0, 600.0}) {
        for (const double handling : {60.0, 270.0}) {
            for (const double patience : {60.0, 700.0, 3600.0}) {
                const QueueLoad load{per_hour / 3600, handling, 1 / patience};
                const double offered = load.arrivals_per_s * handling;
                for (const double share : {0.4, 0.9, 1.0, 1.3, 2.5}) {
                    const int agents = std::max(1, static_cast<int>(offered * share));
                    for (const double within : {0.0, 20.0, 300.0}) {
                        expect_equal(queue_service(load, agents, within),
                                     Chain(load, agents).service(within), 1e-10,
                                     std::to_string(per_hour) + "/h " + std::to_string(agents) +
                                         " " + std::to_string(patience));
                    }
                }
            }
        }
    }
}

// The closed forms of Erlang C.
TEST(Staffing, WithoutHangUpsIsErlangC) {
    for (const int agents : {1, 3, 12, 200}) {
        for (const double share : {0.3, 0.8, 0.97}) {
            const double handling = 300, offered = agents * share;
            double blocked = 1;
            for (int k = 1; k <= agents; ++k) blocked = offered * blocked / (k + offered * blocked);
            const double waits = agents * blocked / (agents - offered * (1 - blocked));
            const QueueLoad load{offered / handling, handling, 0};
            const auto service = queue_service(load, agents, 60);
            EXPECT_NEAR(service.waits, waits, 1e-12);
            EXPECT_NEAR(service.mean_wait_s / (waits * handling / (agents - offered)), 1, 1e-11);
            EXPECT_NEAR(service.within, 1 - waits * std::exp(-(agents - offered) * 60 / handling),
                        1e-12);
            EXPECT_EQ(service.hangs_up, 0);
        }
    }
}

// The sums in which Erlang A is usually written.
TEST(Staffing, IsErlangAAsWrittenInTheBooks) {
    const double handling = 270, patience = 600;
    for (const int agents : {2, 10, 40}) {
        for (const double share : {0.5, 1.0, 1.6}) {
            const double arrivals = agents * share / handling;
            const double x = agents * patience / handling, y = arrivals * patience;
            double sum = 1, term = 1;
            for (int j = 1; j < 20'000 && term > 1e-20 * sum; ++j) sum += (term *= y / (x + j));
            double blocked = 1;
            for (int k = 1; k <= agents; ++k) {
                blocked = agents * share * blocked / (k + agents * share * blocked);
            }
            const double waits = sum * blocked / (1 + (sum - 1) * blocked);
            const double lost = waits * (1 / (share * sum) + 1 - 1 / share);
            const auto service = queue_service({arrivals, handling, 1 / patience}, agents, 300);
            EXPECT_NEAR(service.waits, waits, 1e-12);
            EXPECT_NEAR(service.hangs_up, lost, 1e-12);
            EXPECT_NEAR(service.mean_wait_s, lost * patience, 1e-9);
        }
    }
}

TEST(Staffing, VanishingImpatienceIsErlangC) {
    const QueueLoad patient{0.03, 300, 0};
    const QueueLoad nearly{0.03, 300, 1e-12};
    expect_equal(queue_service(nearly, 11, 120), queue_service(patient, 11, 120), 1e-7, "limit");
}

TEST(Staffing, LargeQueuesAndLongOverloadsStayFinite) {
    for (const double share : {0.2, 0.99, 1.0, 1.01, 5.0, 50.0}) {
        for (const int agents : {1, 100, 5000}) {
            for (const double patience : {1.0, 1e3, 1e6}) {
                const auto service =
                    queue_service({agents * share / 300, 300, 1 / patience}, agents, 300);
                for (const double value : {service.waits, service.hangs_up, service.within}) {
                    EXPECT_GE(value, 0) << share << " " << agents << " " << patience;
                    EXPECT_LE(value, 1 + 1e-12) << share << " " << agents << " " << patience;
                }
                // Whoever does not hang up is served: the flow through the agents says how many.
                EXPECT_GE(service.hangs_up, 1 - 1 / share - 1e-9);
                EXPECT_LE(service.within, 1 - service.hangs_up + 1e-9);
            }
        }
    }
}

TEST(Staffing, NobodyAnswersWithoutAgents) {
    EXPECT_EQ(queue_service({0.1, 300, 0.01}, 0, 300).within, 0);
    EXPECT_EQ(queue_service({0.1, 300, 0.01}, 0, 300).hangs_up, 1);
    EXPECT_EQ(queue_service({0.1, 300, 0.01}, 0, 300).mean_wait_s, 100);
    EXPECT_TRUE(std::isinf(queue_service({0.1, 300, 0}, 5, 300).mean_wait_s));
    EXPECT_EQ(queue_service({0.1, 300, 0}, 5, 300).within, 0);
    EXPECT_EQ(agents_needed({0, 300, 0.01}, {}), 0);
    EXPECT_EQ(agents_needed({1e6, 300, 0}, {}), std::nullopt);
}

TEST(Staffing, MoreAgentsAnswerMoreAndMoreCallsFewer) {
    const bool holds = rc::check([] {
        const double handling = *rc::gen::inRange(10, 1200);
        const double rate = *rc::gen::element(0.0, 1.0 / 60, 1.0 / 600, 1.0 / 5000);
        const int agents = *rc::gen::inRange(1, 80);
        const double offered = agents * *rc::gen::inRange(1, 300) / 100.0;
        const double within = *rc::gen::element(0.0, 10.0, 300.0);
        const QueueLoad load{offered / handling, handling, rate};
        const auto here = queue_service(load, agents, within);
        const auto more = queue_service(load, agents + 1, within);
        QueueLoad busier = load;
        busier.arrivals_per_s *= 1.05;
        RC_ASSERT(more.within >= here.within - 1e-12);
        RC_ASSERT(more.waits <= here.waits + 1e-12);
        RC_ASSERT(more.hangs_up <= here.hangs_up + 1e-12);
        RC_ASSERT(queue_service(busier, agents, within).within <= here.within + 1e-12);
    });
    EXPECT_TRUE(holds);
}

TEST(Staffing, NeededIsTheFewest) {
    const bool holds = rc::check([] {
        const QueueLoad load{
            *rc::gen::inRange(1, 2000) / 3600.0, 1.0 * *rc::gen::inRange(20, 900),
            *rc::gen::element(0.0, 1e-9, 1e-5, 1.0 / 900, 1.0 / 300, 1.0 / 7, 20.0)};
        const ServiceGoal goal{*rc::gen::inRange(5, 99) / 100.0, 1.0 * *rc::gen::inRange(0, 600)};
        const auto agents = agents_needed(load, goal);
        RC_ASSERT(agents.has_value());
        RC_ASSERT(queue_service(load, *agents, goal.within_s).within >= goal.share);
        RC_ASSERT(queue_service(load, *agents - 1, goal.within_s).within < goal.share);
    });
    EXPECT_TRUE(holds);
}

// Exact interval of 10 events: 4.795 to 18.391 (chi square quantiles of printed tables).
TEST(Staffing, PoissonIntervalIsThePrintedOne) {
    const auto ten = poisson_rate(10, 1, 0.95);
    EXPECT_NEAR(ten.value, 10, 0);
    EXPECT_NEAR(ten.low, 4.7954, 1e-4);
    EXPECT_NEAR(ten.high, 18.3904, 1e-4);
    const auto none = poisson_rate(0, 2, 0.95);
    EXPECT_EQ(none.value, 0);
    EXPECT_EQ(none.low, 0);
    EXPECT_NEAR(none.high, 3.6889 / 2, 1e-4);
}

// Four Mondays of May 2013 from the 6th, 10:00 to 10:15 in Copenhagen (08:00 UTC).
std::vector<StaffCall> monday_calls(int per_day) {
    std::vector<StaffCall> calls;
    for (int week = 0; week < 4; ++week) {
        for (int i = 0; i < per_day; ++i) {
            StaffCall call;
            call.entered = 1367827200 + week * 604800 + i * 800 / per_day;
            call.abandoned = i % 4 == 0;
            call.answered = !call.abandoned;
            call.wait_s = call.abandoned ? 300 : 100;
            if (call.answered) call.busy_s = 240 + 60 * (i % 2);
            calls.push_back(call);
        }
    }
    return calls;
}

TEST(Staffing, NeedOfAPeriodCountsItsWeekdaysAndQuarters) {
    StaffingQuestion question;
    question.period = parse_period("2013-05-06..2013-06-02").take();
    question.after_call_s = 30;
    const auto calls = monday_calls(20);
    const auto need = staffing_need(calls, question);
    ASSERT_TRUE(need);
    EXPECT_EQ(need->offered, 80);
    EXPECT_EQ(need->answered, 60);
    EXPECT_EQ(need->answered_in_time, 60);
    EXPECT_EQ(need->hang_ups, 20);
    EXPECT_EQ(need->waited_seconds, 20 * 300 + 60 * 100);
    EXPECT_DOUBLE_EQ(need->hang_ups_per_s.value, 20.0 / 12000);
    ASSERT_EQ(need->quarters.size(), 1U);
    const auto& quarter = need->quarters.front();
    EXPECT_EQ(quarter.weekday, 1);
    EXPECT_EQ(quarter.quarter, 40);
    EXPECT_EQ(quarter.days, 4);
    EXPECT_DOUBLE_EQ(quarter.arrivals_per_hour.value, 80);
    EXPECT_TRUE(quarter.own_handling);
    // i = 1, 2, 3 of four are answered, two of the three with 300 s.
    EXPECT_NEAR(quarter.handling_s.value, (2 * 300 + 240) / 3.0 + 30, 1e-9);
    EXPECT_EQ(quarter.agents,
              agents_needed({80 / 3600.0, quarter.handling_s.value, 20.0 / 12000}, question.goal));
    EXPECT_LT(quarter.agents_low, quarter.agents);
    EXPECT_GT(quarter.agents_high, quarter.agents);
    EXPECT_DOUBLE_EQ(need->agent_hours, quarter.agents * 4 * 0.25);
    EXPECT_DOUBLE_EQ(need->agent_hours_high, quarter.agents_high * 4 * 0.25);
}

// A period's needs are searched one from another; each is what it would be if asked alone.
TEST(Staffing, NeighboursDoNotChangeANeed) {
    StaffingQuestion question;
    question.period = parse_period("2013-05-06..2013-06-02").take();
    std::vector<StaffCall> calls;
    for (int hour = 0; hour < 12; ++hour) {
        for (auto call : monday_calls(hour % 3 == 0 ? 120 : 3 + hour)) {
            call.entered += hour * 3600;
            calls.push_back(call);
        }
    }
    const auto need = staffing_need(calls, question);
    ASSERT_TRUE(need);
    ASSERT_EQ(need->quarters.size(), 12U);
    const auto alone = [&](double per_hour, double handling, double rate) {
        return agents_needed({per_hour / 3600, handling, rate}, question.goal).value_or(-1);
    };
    const Estimate& rate = need->hang_ups_per_s;
    for (const auto& quarter : need->quarters) {
        const auto& [calls_of, handling] = std::pair(quarter.arrivals_per_hour, quarter.handling_s);
        EXPECT_EQ(quarter.agents, alone(calls_of.value, handling.value, rate.value));
        EXPECT_EQ(quarter.agents_low,
                  std::min({quarter.agents, alone(calls_of.low, handling.low, rate.low),
                            alone(calls_of.low, handling.low, rate.high)}));
        EXPECT_EQ(quarter.agents_high,
                  std::max({quarter.agents, alone(calls_of.high, handling.high, rate.low),
                            alone(calls_of.high, handling.high, rate.high)}));
    }
}

TEST(Staffing, FewCallsBorrowTheHandlingTimeOfAll) {
    StaffingQuestion question;
    question.period = parse_period("2013-05-06..2013-06-02").take();
    auto calls = monday_calls(20);
    StaffCall night{1367870400, true, false, 5, 9000};  // one call, 22:00
    calls.push_back(night);
    const auto need = staffing_need(calls, question);
    ASSERT_TRUE(need);
    ASSERT_EQ(need->quarters.size(), 2U);
    EXPECT_FALSE(need->quarters.back().own_handling);
    EXPECT_DOUBLE_EQ(need->quarters.back().handling_s.value, need->handling_s.value);
}

TEST(Staffing, WithoutAnAnsweredCallNothingCanBeSaid) {
    StaffingQuestion question;
    question.period = parse_period("2013-05").take();
    EXPECT_FALSE(staffing_need({}, question));
    const StaffCall lost{1367827200, false, true, 60, std::nullopt};
    EXPECT_FALSE(staffing_need(std::span(&lost, 1), question));
}

// Callers whose patience is known: the fit finds it, and its interval covers it.
TEST(Staffing, PatienceIsFittedFromThoseWhoWaited) {
    std::vector<StaffCall> calls;
    std::uint64_t state = 42;
    const auto uniform = [&] {
        state = state * 6364136223846793005ULL + 1442695040888963407ULL;
        return (static_cast<double>(state >> 11) + 0.5) / 9007199254740992.0;
    };
    for (int i = 0; i < 20'000; ++i) {
        const double patience = -600 * std::log(uniform());
        const double offered_wait = 500 * uniform();
        StaffCall call;
        call.entered = 1367827200 + i;
        call.answered = offered_wait <= patience;
        call.abandoned = !call.answered;
        call.wait_s = std::llround(std::min(patience, offered_wait));
        if (call.answered) call.busy_s = 200;
        calls.push_back(call);
    }
    StaffingQuestion question;
    question.period = parse_period("2013-05").take();
    const auto need = staffing_need(calls, question);
    ASSERT_TRUE(need);
    EXPECT_NEAR(1 / need->hang_ups_per_s.value, 600, 15);
    EXPECT_LT(need->hang_ups_per_s.low, 1.0 / 600);
    EXPECT_GT(need->hang_ups_per_s.high, 1.0 / 600);
}

}  // namespace
}  // namespace klarsyn::telephony
