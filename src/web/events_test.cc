// The event stream: who hears what, what a break in the line loses (nothing), and what a slow or a
// departed listener costs the others (nothing).
#include "web/events.h"

#include <gtest/gtest.h>

#include <chrono>

#include "web/accounts.h"
#include "web/background.h"
#include "web/web_fixture.h"

namespace klarsyn {
namespace {

using namespace std::chrono_literals;
using Time = EventStream::Time;

Announcement told(std::string kind, std::string data, std::string org = "", std::string to = "") {
    return {std::move(kind), std::move(data), std::move(org), std::move(to)};
}

EventListener listener(Role role, std::string account = "", OrgScope scope = {}) {
    EventListener one;
    one.role = role;
    one.account = std::move(account);
    one.scope = std::move(scope);
    return one;
}

// The first part greets; what comes after it is of interest.
std::shared_ptr<EventStream> opened(EventHub& hub, EventListener who, std::string_view last = "") {
    auto stream = hub.open(std::move(who), last).take();
    if (last.empty()) (void)stream->take(Time{});
    return stream;
}

bool contains(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

std::string last_id(const std::string& text) {
    const std::size_t at = text.rfind("id: ") + 4;
    return text.substr(at, text.find('\n', at) - at);
}

TEST(Events, EverybodyHearsWhatTheyMaySeeAndNothingElse) {
    EventHub hub(1);
    const OrgScope north{false, {"N1", "N2"}};
    const auto everywhere = opened(hub, listener(Role::agent, "anna"));
    const auto northern = opened(hub, listener(Role::agent, "bo", north));
    const auto clinician = opened(hub, listener(Role::user, "carl"));
    const auto anonymous = opened(hub, listener(Role::anonymous));
    hub.announce(told("case", R"({"number":"K1"})", "S1"));
    hub.announce(told("case", R"({"number":"K2"})", "N2"));
    hub.announce(told("call", R"({"agent":"anna"})", "", "anna"));
    hub.announce(told("mine", R"({"number":"K3"})", "", "carl"));
    hub.announce(told("notice", R"({"id":"N1"})"));
    const std::string all = everywhere->take(Time{}).text, some = northern->take(Time{}).text;
    const std::string own = clinician->take(Time{}).text, open = anonymous->take(Time{}).text;
    EXPECT_TRUE(contains(all, "K1") && contains(all, "K2") && contains(all, "event: call"));
    EXPECT_FALSE(contains(all, "K3"));
    EXPECT_TRUE(!contains(some, "K1") && contains(some, "K2") && !contains(some, "event: call"));
    EXPECT_EQ(own,
              "event: mine\nid: 1-4\ndata: {\"number\":\"K3\"}\n\n"
              "event: notice\nid: 1-5\ndata: {\"id\":\"N1\"}\n\n");
    EXPECT_EQ(open, "event: notice\nid: 1-5\ndata: {\"id\":\"N1\"}\n\n");
}

TEST(Events, ABrokenLineIsTakenUpWhereItBroke) {
    EventHub hub(7, 4);
    const auto first = hub.open(listener(Role::agent, "anna"), "").take();
    hub.announce(told("case", R"({"number":"K1"})"));
    const std::string before = first->take(Time{}).text;
    EXPECT_TRUE(before.starts_with("retry: 2000\nevent: beat\nid: 7-0\n")) << before;
    hub.announce(told("case", R"({"number":"K2"})"));
    hub.announce(told("case", R"({"number":"K3"})"));
    const auto again = hub.open(listener(Role::agent, "anna"), last_id(before)).take();
    const std::string after = again->take(Time{}).text;
    EXPECT_TRUE(!contains(after, "K1") && contains(after, "K2") && contains(after, "K3")) << after;
    // Whose place is no longer in the ring, or was another process's, is told that views may
    // differ.
    for (int i = 0; i < 8; ++i) hub.announce(told("call", "{}"));
    for (const char* lost : {"7-1", "6-3", "7-99", "nonsense"}) {
        const auto late = hub.open(listener(Role::agent, "anna"), lost).take();
        EXPECT_TRUE(contains(late->take(Time{}).text, "event: view\n")) << lost;
    }
}

TEST(Events, WhoIsSlowerThanTheRingIsEndedAndNobodyElse) {
    EventHub hub(1, 8);
    const auto slow = opened(hub, listener(Role::agent, "slow"));
    const auto quick = opened(hub, listener(Role::agent, "quick"));
    for (int i = 0; i < 9; ++i) {
        hub.announce(told("case", "{}"));
        EXPECT_FALSE(quick->take(Time{}).ended);
    }
    EXPECT_TRUE(slow->take(Time{}).ended);
}

TEST(Events, ViewsAreToldAtMostEveryTwoSeconds) {
    EventHub hub(1);
    const auto stream = opened(hub, listener(Role::agent, "anna"));
    const Time start = Time{} + 1h;
    int views = 0;
    for (int i = 0; i < 100; ++i) {  // one case every 50 ms for 5 s
        hub.announce(told("case", "{}"));
        views += contains(stream->take(start + i * 50ms).text, "event: view") ? 1 : 0;
    }
    EXPECT_EQ(views, 3);
    const EventStream::Part rest = stream->take(start + 5s);
    EXPECT_EQ(rest.again, start + 6s);  // the last change is told, too
    EXPECT_TRUE(contains(stream->take(start + 6s).text, "event: view"));
    EXPECT_FALSE(contains(stream->take(start + 9s).text, "event: view"));
}

TEST(Events, ABeatComesEveryTenSeconds) {
    EventHub hub(1);
    const auto stream = hub.open(listener(Role::anonymous), "").take();
    const Time start = Time{} + 1h;
    EXPECT_TRUE(contains(stream->take(start).text, "event: beat"));
    EXPECT_EQ(stream->take(start + 9s).text, "");
    EXPECT_EQ(stream->take(start + 9s).again, start + 10s);
    EXPECT_EQ(stream->take(start + 10s).text, "event: beat\ndata: {}\n\n");
}

TEST(Events, TwoHundredListenersAreAllWokenOnceAndHearAll) {
    EventHub hub(1);
    std::vector<std::shared_ptr<EventStream>> streams;
    int woken = 0;
    for (int i = 0; i < 200; ++i) {
        streams.push_back(opened(hub, listener(Role::agent, "a" + std::to_string(i))));
        streams.back()->wait([&woken] { ++woken; });
    }
    for (int i = 0; i < 1000; ++i) hub.announce(told("case", "{\"number\":\"K9\"}"));
    EXPECT_EQ(woken, 200);
    for (const auto& stream : streams) {
        std::size_t count = 0;
        for (std::string text; !(text = stream->take(Time{}).text).empty();)
            for (std::size_t at = 0; (at = text.find("event: case", at)) != std::string::npos; ++at)
                ++count;
        EXPECT_EQ(count, 1000U);
    }
    streams.clear();
    EXPECT_EQ(hub.listening(), 0U);
}

TEST(Events, VisitorsNeverTakeTheLastPlaces) {
    EventHub hub(1);
    std::vector<std::shared_ptr<EventStream>> streams;
    while (true) {
        auto stream = hub.open(listener(Role::anonymous), "");
        if (!stream.ok()) break;
        streams.push_back(stream.take());
    }
    EXPECT_EQ(streams.size(), EventHub::kOpenStreamsMax);
    EXPECT_TRUE(hub.open(listener(Role::agent, "anna"), "").ok());
}

TEST(Events, WakingAStreamThatHasSomethingHappensAtOnceAndStoppingEndsAll) {
    EventHub hub(1);
    const auto stream = opened(hub, listener(Role::agent, "anna"));
    int woken = 0;
    stream->wait([&woken] { ++woken; });
    EXPECT_EQ(woken, 0);
    hub.stop();
    EXPECT_EQ(woken, 1);
    EXPECT_TRUE(stream->take(Time{}).ended);
    const auto late = hub.open(listener(Role::agent, "bo"), "").take();
    late->wait([&woken] { ++woken; });
    EXPECT_EQ(woken, 2);
    EXPECT_TRUE(late->take(Time{}).ended);
}

TEST(Events, AStreamEndsWithItsSessionAndItsAccount) {
    WebFixture web;
    Request own = web.get("/api/v1/events", Role::agent);
    Request other = web.get("/api/v1/events", Role::lead);
    const Response first = web.ask(own), second = web.ask(other);
    ASSERT_EQ(first.type, "text/event-stream");
    Request out = own;
    out.method = "POST";
    out.target = "/logout";
    out.headers.emplace_back("content-type", "application/x-www-form-urlencoded");
    out.body = "csrf=" + web.sessions.csrf(own.cookie("klarsyn"));
    ASSERT_EQ(web.ask(out).status, 303);
    EXPECT_TRUE(first.events->take(Time{}).ended);
    EXPECT_FALSE(second.events->take(Time{}).ended);

    BackgroundTools tools{*web.site, *web.services,
                          [&web]() -> Result<WorkerTools> {
                              WorkerTools own_tools;
                              KL_TRY(own_tools.db, web.store->reader());
                              own_tools.memory = std::make_unique<ThreadMemory>(*own_tools.db);
                              return own_tools;
                          },
                          [] { return false; }};
    check_listeners(tools);
    EXPECT_FALSE(second.events->take(Time{}).ended);
    ASSERT_TRUE(
        remove_user(web.store->writer(), web.store->journal_key(), web.clock, "lead", "test").ok());
    check_listeners(tools);
    EXPECT_TRUE(second.events->take(Time{}).ended);
}

}  // namespace
}  // namespace klarsyn
