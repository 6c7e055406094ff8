#include "modules/telephony/calls.h"

#include <algorithm>
#include <array>
#include <deque>
#include <tuple>
#include <vector>

#include "modules/telephony/visit_fact.h"

namespace klarsyn::telephony {
namespace {

constexpr std::array<std::string_view, 5> kVerbs = {"enter", "connect", "abandon", "leave", "end"};

LogLine line_of(const CallEvent& event) {
    LogLine line;
    line.time = event.at;
    line.callid = event.callid;
    line.queue = event.queue;
    return line;
}

// The visits of one call to one queue, while its seconds pass.
class Course {
public:
    // All events of one second.
    void second(std::span<const CallEvent> events) {
        std::array<const CallEvent*, kVerbs.size()> told{};
        for (const auto& event : events) {
            auto& first = told[static_cast<std::size_t>(event.verb)];
            if (first == nullptr) first = &event;
        }
        const auto take = [&](CallVerb verb) {
            return std::exchange(told[static_cast<std::size_t>(verb)], nullptr);
        };
        if (const auto* enter = take(CallVerb::enter)) {
            close_running(told);
            entries_.push_back(line_of(*enter));
            Visit visit;
            visit.entry = &entries_.back();
            visits_.push_back(visit);
        }
        if (visits_.empty()) return;
        if (const auto* event = take(CallVerb::connect)) connect(*event);
        for (const auto verb : {CallVerb::abandon, CallVerb::leave, CallVerb::end}) {
            if (const auto* event = take(verb)) close(*event);
        }
    }
    const std::vector<Visit>& visits() const { return visits_; }

private:
    // Before a new entry of the same second: what ends the visit that runs, and is used up by it.
    void close_running(std::array<const CallEvent*, kVerbs.size()>& told) {
        if (visits_.empty()) return;
        const bool connects = told[static_cast<std::size_t>(CallVerb::connect)] != nullptr;
        for (const auto verb : {CallVerb::abandon, CallVerb::leave, CallVerb::end}) {
            const CallEvent*& event = told[static_cast<std::size_t>(verb)];
            const bool waits = !visits_.back().connected;
            if (event == nullptr || (verb == CallVerb::end && waits && connects)) continue;
            if (close(*event)) event = nullptr;
        }
    }
    void connect(const CallEvent& event) {
        Visit& visit = visits_.back();
        if (visit.ended || visit.connected) return;
        visit.outcome = Outcome::answered;
        visit.connected = event.at;
        visit.agent = event.agent;
        visit.wait_s = event.at - visit.entry->time;
    }
    // False where the event ends nothing: the visit has ended, or the caller was being served.
    bool close(const CallEvent& event) {
        Visit& visit = visits_.back();
        if (visit.ended) return false;
        if (visit.connected) {
            if (event.verb != CallVerb::end) return false;
            visit.talk_s = event.at - *visit.connected;
        } else {
            visit.outcome = event.verb == CallVerb::leave ? Outcome::left : Outcome::abandoned;
            visit.wait_s = event.at - visit.entry->time;
        }
        visit.ended = event.at;
        return true;
    }

    std::deque<LogLine> entries_;  // the visits point into it
    std::vector<Visit> visits_;
};

}  // namespace

std::optional<CallVerb> parse_call_verb(std::string_view word) {
    const auto found = std::find(kVerbs.begin(), kVerbs.end(), word);
    if (found == kVerbs.end()) return std::nullopt;
    return static_cast<CallVerb>(found - kVerbs.begin());
}

std::string_view call_verb_name(CallVerb verb) { return kVerbs[static_cast<std::size_t>(verb)]; }

void derive_calls(std::span<const CallEvent> events, const LogVisits& held, FactSink& sink) {
    std::vector<CallEvent> sorted(events.begin(), events.end());
    const auto place = [](const CallEvent& event) {
        return std::tuple(event.callid, event.queue, event.at, event.verb, event.agent);
    };
    std::sort(sorted.begin(), sorted.end(),
              [&](const CallEvent& a, const CallEvent& b) { return place(a) < place(b); });
    std::pmr::string key;
    const std::span<const CallEvent> all(sorted);
    for (std::size_t begin = 0, end = 0; begin < all.size(); begin = end) {
        const auto same_course = [&](const CallEvent& event) {
            return event.callid == all[begin].callid && event.queue == all[begin].queue;
        };
        Course course;
        while (end < all.size() && same_course(all[end])) {
            const std::size_t first = end;
            while (end < all.size() && same_course(all[end]) && all[end].at == all[first].at) ++end;
            course.second(all.subspan(first, end - first));
        }
        const auto& visits = course.visits();
        const auto held_here = static_cast<std::size_t>(
            visits.empty() ? 0 : std::max(0, held(all[begin].callid, all[begin].queue)));
        for (std::size_t i = held_here; i < visits.size(); ++i) {
            write_visit(visits[i], kCallSource, key, sink);
        }
    }
}

std::int64_t call_group(std::string_view callid) {
    const std::string exact = std::string(kCallSource) + '\n' + std::string(callid);
    return group_key(hash64(exact), exact);
}

}  // namespace klarsyn::telephony
