#include "web/events.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "web/background.h"
#include "web/recognise.h"

namespace klarsyn {
namespace {

using namespace std::chrono_literals;

constexpr auto kBeat = 10s;
constexpr auto kViewPause = 2s;
constexpr std::size_t kPartBytes = 64 * 1024;  // sent in one go

std::optional<std::int64_t> number_of(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || error != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return number;
}

bool same(const OrgScope& a, const OrgScope& b) { return a.all == b.all && a.codes == b.codes; }

}  // namespace

bool EventListener::may_hear(const Announcement& announcement) const {
    if (!board.empty() || announcement.kind.starts_with(kBoardKind))
        return announcement.kind == board;
    if (!announcement.account.empty() && announcement.account != account) return false;
    if (announcement.kind == "notice") return true;  // messages are for everybody
    if (announcement.kind == "mine") return !announcement.account.empty();
    return allowed(role, Permission::cases) && scope.sees(announcement.org);
}

EventStream::EventStream(EventHub& hub, EventListener listener)
    : hub_(hub), listener_(std::move(listener)) {}

EventStream::~EventStream() {
    const std::lock_guard lock(hub_.mutex_);
    std::erase(hub_.streams_, this);
}

// Presence is of the moment: it takes no place in what is resumed.
void EventStream::frame(std::string& text, std::int64_t n, const Announcement& announcement) {
    const bool board = announcement.kind.starts_with(kBoardKind);
    text += fmt::format("event: {}\n", board ? "board" : announcement.kind);
    if (announcement.kind != "presence") text += fmt::format("id: {}\n", hub_.id_of(n));
    text += fmt::format("data: {}\n\n", announcement.data);
}

void EventStream::add_view(std::string& text, Time now) {
    if (!view_due_ || now < view_at_) return;
    text += fmt::format("event: view\nid: {}\ndata: {}\n\n", hub_.id_of(next_ - 1),
                        missed_ ? "{\"missed\":true}" : "{}");
    view_due_ = missed_ = false;
    view_at_ = now + kViewPause;
}

EventStream::Part EventStream::take(Time now) {
    const std::lock_guard lock(hub_.mutex_);
    Part part;
    const std::int64_t past_end = hub_.first_ + static_cast<std::int64_t>(hub_.ring_.size());
    if (next_ < hub_.first_) ended_ = true;  // slower than the ring
    if (ended_) {
        part.ended = true;
        return part;
    }
    if (!greeted_) {
        part.text =
            fmt::format("retry: 2000\nevent: beat\nid: {}\ndata: {{}}\n\n", hub_.id_of(next_ - 1));
        greeted_ = true;
        beat_at_ = now + kBeat;
        view_due_ = missed_;
    }
    for (; next_ < past_end && part.text.size() < kPartBytes; ++next_) {
        const Announcement& one = *hub_.ring_[static_cast<std::size_t>(next_ - hub_.first_)];
        if (!listener_.may_hear(one)) continue;
        frame(part.text, next_, one);
        view_due_ = view_due_ || one.kind == "case";
    }
    add_view(part.text, now);
    if (now >= beat_at_) {
        part.text += "event: beat\ndata: {}\n\n";
        beat_at_ = now + kBeat;
    }
    part.again = view_due_ ? std::min(beat_at_, view_at_) : beat_at_;
    return part;
}

void EventStream::wait(std::function<void()> wake) {
    {
        const std::lock_guard lock(hub_.mutex_);
        const std::int64_t past_end = hub_.first_ + static_cast<std::int64_t>(hub_.ring_.size());
        if (!ended_ && next_ >= past_end) {
            wake_ = std::move(wake);
            return;
        }
    }
    wake();
}

void EventStream::end() {
    std::function<void()> wake;
    {
        const std::lock_guard lock(hub_.mutex_);
        ended_ = true;
        wake.swap(wake_);
    }
    if (wake) wake();
}

std::string EventHub::id_of(std::int64_t n) const { return fmt::format("{}-{}", run_, n); }

void EventHub::announce(const Announcement& announcement) {
    auto kept = std::make_shared<const Announcement>(announcement);
    std::vector<std::function<void()>> wakes;
    {
        const std::lock_guard lock(mutex_);
        ring_.push_back(std::move(kept));
        if (!announcement.kind.starts_with(kBoardKind)) {
            ++news_;
            told_.notify_all();
        }
        if (ring_.size() > ring_max_) {
            ring_.pop_front();
            ++first_;
        }
        for (EventStream* stream : streams_) {
            if (!stream->wake_) continue;
            wakes.push_back(std::move(stream->wake_));
            stream->wake_ = nullptr;
        }
    }
    for (const auto& wake : wakes) wake();
}

Result<std::shared_ptr<EventStream>> EventHub::open(EventListener listener,
                                                    std::string_view last_id) {
    const bool anonymous = listener.role == Role::anonymous;
    auto stream = std::make_shared<EventStream>(*this, std::move(listener));
    const std::lock_guard lock(mutex_);
    const auto open = static_cast<std::size_t>(std::count_if(
        streams_.begin(), streams_.end(),
        [](const EventStream* one) { return one->listener_.role == Role::anonymous; }));
    if (streams_.size() >= kStreamsMax || (anonymous && open >= kOpenStreamsMax))
        return make_error(ErrorCode::unavailable, "web.events.too_many");
    const std::int64_t past_end = first_ + static_cast<std::int64_t>(ring_.size());
    stream->next_ = past_end;
    stream->ended_ = stopping_;
    if (!last_id.empty()) {
        const std::size_t dash = last_id.find('-');
        const auto run = number_of(last_id.substr(0, dash));
        const auto n =
            dash == std::string_view::npos ? std::nullopt : number_of(last_id.substr(dash + 1));
        const bool resumes = run == run_ && n && *n >= first_ - 1 && *n < past_end;
        if (resumes) stream->next_ = *n + 1;
        stream->missed_ = !resumes;
    }
    streams_.push_back(stream.get());
    return stream;
}

void EventHub::end_where(const std::function<bool(const EventListener& listener)>& over) {
    std::vector<std::function<void()>> wakes;
    {
        const std::lock_guard lock(mutex_);
        for (EventStream* stream : streams_) {
            if (stream->ended_ || !over(stream->listener_)) continue;
            stream->ended_ = true;
            if (stream->wake_) wakes.push_back(std::move(stream->wake_));
            stream->wake_ = nullptr;
        }
    }
    for (const auto& wake : wakes) wake();
}

void EventHub::await(std::int64_t& seen, std::chrono::milliseconds most) {
    std::unique_lock lock(mutex_);
    told_.wait_for(lock, most, [&] { return news_ > seen || stopping_; });
    seen = news_;
}

void EventHub::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        told_.notify_all();
    }
    end_where([](const EventListener&) { return true; });
}

std::size_t EventHub::listening() {
    const std::lock_guard lock(mutex_);
    return streams_.size();
}

std::vector<std::string> EventHub::boards() {
    const std::lock_guard lock(mutex_);
    std::set<std::string> seen;
    for (const EventStream* stream : streams_)
        if (!stream->listener_.board.empty()) seen.insert(stream->listener_.board);
    return {seen.begin(), seen.end()};
}

std::vector<EventListener> EventHub::listeners() {
    const std::lock_guard lock(mutex_);
    std::vector<EventListener> list;
    std::set<std::pair<std::string, std::string>> seen;
    for (const EventStream* stream : streams_)
        if (stream->listener_.role != Role::anonymous &&
            seen.emplace(stream->listener_.cookie, stream->listener_.authorization).second)
            list.push_back(stream->listener_);
    return list;
}

void check_listeners(BackgroundTools& tools) {
    const auto listeners = tools.services.events.listeners();
    if (listeners.empty()) return;
    auto opened = tools.open();
    if (!opened.ok()) return;  // asked again soon
    WorkerTools own = opened.take();
    std::set<std::pair<std::string, std::string>> over;
    for (const EventListener& listener : listeners) {
        Request request;
        request.headers = {{"cookie", listener.cookie}, {"authorization", listener.authorization}};
        Context context{.site = tools.site, .services = tools.services, .tools = &own};
        if (!recognise(request, context).ok()) return;
        if (context.account.name != listener.account || context.account.role != listener.role ||
            !same(context.scope, listener.scope))
            over.emplace(listener.cookie, listener.authorization);
    }
    if (over.empty()) return;
    tools.services.events.end_where([&](const EventListener& listener) {
        return over.contains({listener.cookie, listener.authorization});
    });
}

}  // namespace klarsyn
