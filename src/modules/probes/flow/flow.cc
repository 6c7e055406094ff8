#include "modules/probes/flow/flow.h"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

#include "core/hash.h"

namespace klarsyn::probes {
namespace {

constexpr std::array<std::string_view, 4> kStates{"passed", "absent", "last", "clock"};

// Arrivals of one message at one hop.
struct Arrivals {
    std::int64_t first_ms = 0;
    std::int64_t copies = 0;
};

// One message on its way.
struct Passage {
    const FlowEvent* first = nullptr;
    std::map<std::string, Arrivals> hops;
    std::vector<std::string> order;  // hops by first arrival
    std::vector<const FlowEvent*> events;
};

std::vector<Hop> default_hops(const Passage& passage) {
    std::vector<Hop> hops;
    const auto add = [&](const std::string& name) {
        const bool known =
            std::any_of(hops.begin(), hops.end(), [&](const Hop& hop) { return hop.name == name; });
        if (!known) hops.push_back({name, kHopLimitMs});
    };
    const void* seen = nullptr;
    for (const FlowEvent* event : passage.events) {
        if (!event->order || event->order.get() == seen) continue;
        seen = event->order.get();
        for (const auto& name : *event->order) add(name);
    }
    return hops;
}

// Stated hops, or those of the logs; hops that are in neither come at the end and are followed by
// nothing.
std::vector<Hop> hops_of(const Passage& passage, const HopPlan& plan) {
    const auto flow = flow_name(passage.first->sender, passage.first->receiver);
    auto hops = plan.hops(flow, passage.first->at_ms);
    return hops.empty() ? default_hops(passage) : hops;
}

std::vector<Passage> passages_of(const std::vector<const FlowEvent*>& messages) {
    std::map<std::string_view, std::vector<Passage>> by_sender;
    for (const FlowEvent* event : messages) {  // by time
        auto& list = by_sender[event->sender];
        if (list.empty() || event->at_ms - list.back().first->at_ms >= kNumberReuseMs)
            list.push_back({event, {}, {}, {}});
        Passage& passage = list.back();
        const auto [found, added] = passage.hops.try_emplace(event->hop);
        if (added) {
            found->second.first_ms = event->at_ms;
            passage.order.push_back(event->hop);
        }
        found->second.copies += event->copies;
        passage.events.push_back(event);
    }
    std::vector<Passage> all;
    for (auto& [sender, list] : by_sender)
        for (auto& passage : list) all.push_back(std::move(passage));
    return all;
}

// The first acknowledgement at this hop that may answer the message.
void add_answer(FlowStep& step, const std::vector<const FlowEvent*>& answers) {
    for (const FlowEvent* answer : answers) {  // by time
        if (answer->hop != step.hop || answer->at_ms < step.at_ms ||
            answer->at_ms - step.at_ms >= kNumberReuseMs)
            continue;
        if (!answer->receiver.empty() && answer->receiver != step.sender) continue;
        step.answered_ms = answer->at_ms - step.at_ms;
        step.code = answer->code;
        return;
    }
}

FlowStep step_of(const Passage& passage, const std::string& hop, const Arrivals& arrivals) {
    FlowStep step;
    step.at_ms = arrivals.first_ms;
    step.first_ms = passage.first->at_ms;
    step.hop = hop;
    step.flow = flow_name(passage.first->sender, passage.first->receiver);
    step.sender = passage.first->sender;
    step.type = passage.first->type;
    step.number = passage.first->number;
    step.repeats = arrivals.copies - 1;
    return step;
}

// Judges the way to the next hop.
void look_ahead(FlowStep& step, const Passage& passage, const Hop& here, const Hop& next) {
    step.next = next.name;
    step.limit_ms = here.limit_ms;
    const auto there = passage.hops.find(next.name);
    if (there == passage.hops.end()) {
        step.state = StepState::absent;
    } else if (there->second.first_ms < step.at_ms) {
        step.state = StepState::clock;
    } else {
        step.state = StepState::passed;
        step.transit_ms = there->second.first_ms - step.at_ms;
    }
}

}  // namespace

std::string_view step_state_name(StepState state) {
    return kStates[static_cast<std::size_t>(state)];
}

std::string flow_name(std::string_view sender, std::string_view receiver) {
    return std::string(sender.empty() ? "?" : sender) + " > " +
           std::string(receiver.empty() ? "?" : receiver);
}

std::vector<FlowStep> trace(std::vector<FlowEvent> events, const HopPlan& plan) {
    std::stable_sort(events.begin(), events.end(), [](const FlowEvent& a, const FlowEvent& b) {
        return std::tie(a.at_ms, a.hop) < std::tie(b.at_ms, b.hop);
    });
    std::vector<const FlowEvent*> messages, answers;
    for (const FlowEvent& event : events)
        (event.acknowledges() ? answers : messages).push_back(&event);
    std::vector<FlowStep> steps;
    for (const Passage& passage : passages_of(messages)) {
        const auto hops = hops_of(passage, plan);
        for (const auto& name : passage.order) {
            FlowStep step = step_of(passage, name, passage.hops.at(name));
            const auto here = std::find_if(hops.begin(), hops.end(),
                                           [&](const Hop& hop) { return hop.name == name; });
            if (here != hops.end() && std::next(here) != hops.end())
                look_ahead(step, passage, *here, *std::next(here));
            add_answer(step, answers);
            steps.push_back(std::move(step));
        }
    }
    return steps;
}

std::size_t HopOrder::place_of(const std::string& hop) {
    const auto found = std::find(names_.begin(), names_.end(), hop);
    const auto place = static_cast<std::size_t>(found - names_.begin());
    if (found == names_.end()) names_.push_back(hop);
    return place;
}

void HopOrder::add(const FlowEvent& event) {
    if (event.acknowledges()) return;
    const std::size_t hop = place_of(event.hop);
    Seen& seen = seen_[hash64(event.number, hash64(event.sender))];
    for (auto& [at_ms, place] : seen) {
        if (place != hop) continue;
        at_ms = std::min(at_ms, event.at_ms);
        return;
    }
    seen.emplace_back(event.at_ms, hop);
}

std::vector<std::string> HopOrder::names() const {
    const std::size_t size = names_.size();
    std::vector<std::int64_t> votes(size * size);  // [a][b]: how many messages pass a before b
    for (const auto& [message, seen] : seen_)
        for (const auto& [at_ms, hop] : seen)
            for (const auto& [later_ms, other] : seen)
                if (at_ms < later_ms) ++votes[hop * size + other];
    std::vector<std::pair<std::int64_t, std::size_t>> order;  // hops lost to, place
    for (std::size_t hop = 0; hop < size; ++hop) {
        std::int64_t lost = 0;
        for (std::size_t other = 0; other < size; ++other)
            lost += votes[other * size + hop] > votes[hop * size + other] ? 1 : 0;
        order.emplace_back(lost, hop);
    }
    std::sort(order.begin(), order.end());
    std::vector<std::string> sorted;
    for (const auto& [lost, place] : order) sorted.push_back(names_[place]);
    return sorted;
}

}  // namespace klarsyn::probes
