// The event stream: what was announced once a commit was on disk, told to everybody who looks and
// may know of it. Announcements stand in one ring; each stream has its place in it, so that telling
// costs the writer the same for one listener and for hundreds. The ring is also what a stream may
// lag behind: one that is slower is ended, and its browser starts anew. Thread-safe.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/turn.h"
#include "web/org_scope.h"
#include "web/permissions.h"

namespace klarsyn {

struct BackgroundTools;
class EventHub;

// Announcements of a live board begin with this; language, what is seen and organisation follow
// (web/now.h), and only who looks at that very board hears of it.
inline constexpr std::string_view kBoardKind = "board:";

// Who listens. Nobody being logged in (role anonymous) hears of notices alone.
struct EventListener {
    Role role = Role::anonymous;
    std::string account;
    OrgScope scope;
    // What the request was recognised by, kept in memory to ask again whether it still holds.
    std::string cookie, authorization;
    std::string board;  // what renews the live board it looks at, and all it hears; may be empty

    bool may_hear(const Announcement& announcement) const;
};

// One listener's place in the ring. Owned by its connection.
class EventStream {
public:
    using Time = std::chrono::steady_clock::time_point;

    EventStream(EventHub& hub, EventListener listener);
    ~EventStream();
    EventStream(const EventStream&) = delete;
    EventStream& operator=(const EventStream&) = delete;

    struct Part {
        std::string text;    // whole events; empty: nothing to send yet
        bool ended = false;  // nothing comes after `text`
        Time again;          // when to ask next unless woken before
    };
    // What is to be sent now. One thread.
    Part take(Time now);
    // Calls `wake` once, on any thread, when there may be something to take; at once where there
    // is.
    void wait(std::function<void()> wake);
    void end();
    const EventListener& listener() const { return listener_; }

private:
    friend class EventHub;
    void frame(std::string& text, std::int64_t n, const Announcement& announcement);
    void add_view(std::string& text, Time now);

    EventHub& hub_;
    const EventListener listener_;
    std::int64_t next_ = 0;  // the announcement to look at
    bool greeted_ = false, ended_ = false, missed_ = false, view_due_ = false;
    Time beat_at_{}, view_at_{};
    std::function<void()> wake_;
};

class EventHub {
public:
    static constexpr std::size_t kRingMax = 4096;
    static constexpr std::size_t kStreamsMax = 6000;      // connections stay free for requests
    static constexpr std::size_t kOpenStreamsMax = 4000;  // of listeners who are not logged in

    // `run` names this process: ids of an earlier one are not mistaken for its own.
    explicit EventHub(std::int64_t run, std::size_t ring_max = kRingMax)
        : run_(run), ring_max_(ring_max) {}

    void announce(const Announcement& announcement);
    // Waits until something was announced since `seen`, which is then brought up to date, or until
    // the time is over. What renews boards does not count: who makes them waits here.
    void await(std::int64_t& seen, std::chrono::milliseconds most);
    // From the announcement after `last_id`; from now on where that is empty. unavailable when too
    // many listen. A stream that missed what the ring no longer holds is told so by a `view`.
    Result<std::shared_ptr<EventStream>> open(EventListener listener, std::string_view last_id);
    // Ends every stream for which `over` holds.
    void end_where(const std::function<bool(const EventListener& listener)>& over);
    void stop();  // ends all; those opened later end at once
    std::size_t listening();
    // The boards that somebody looks at, each once.
    std::vector<std::string> boards();
    // The streams of people who are logged in, one per distinct request.
    std::vector<EventListener> listeners();

private:
    friend class EventStream;
    std::string id_of(std::int64_t n) const;

    const std::int64_t run_;
    const std::size_t ring_max_;
    std::mutex mutex_;
    std::deque<std::shared_ptr<const Announcement>> ring_;
    std::int64_t first_ = 1;  // of the ring's front
    std::vector<EventStream*> streams_;
    bool stopping_ = false;
    std::int64_t news_ = 0;  // announcements but those of boards
    std::condition_variable told_;
};

// Ends the streams of people who have logged out, were removed or may see other things than before.
void check_listeners(BackgroundTools& tools);

}  // namespace klarsyn
