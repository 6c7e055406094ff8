#include "modules/telephony/simulate.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <functional>
#include <queue>
#include <utility>

#include "core/result.h"

namespace klarsyn::telephony {
namespace {

constexpr std::array<std::string_view, 4> kDirect = {"70215", "41900", "43100", "47770"};

class Builder {
public:
    Builder& operator<<(std::string_view text) { return text_.append(text), *this; }
    Builder& operator<<(std::int64_t number) {
        std::array<char, 24> digits;
        const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
        text_.append(digits.data(), end);
        return *this;
    }
    std::string_view start() { return text_.clear(), text_; }
    std::string_view text() const { return text_; }

private:
    std::string text_;
};

// Position among those who wait, at entry and when the wait ended.
void fill_positions(std::vector<SimulatedVisit>& visits) {
    using Departure = std::pair<UtcSecond, std::size_t>;
    std::priority_queue<Departure, std::vector<Departure>, std::greater<>> departures;
    std::vector<std::size_t> waiting;
    const auto depart = [&](UtcSecond until) {
        while (!departures.empty() && departures.top().first <= until) {
            const std::size_t leaving = departures.top().second;
            departures.pop();
            const auto at = std::lower_bound(waiting.begin(), waiting.end(), leaving);
            visits[leaving].end_position = static_cast<std::int32_t>(at - waiting.begin()) + 1;
            waiting.erase(at);
        }
    };
    for (std::size_t i = 0; i < visits.size(); ++i) {
        depart(visits[i].entered);
        waiting.push_back(i);
        visits[i].entry_position = static_cast<std::int32_t>(waiting.size());
        departures.emplace(visits[i].left_queue(), i);
    }
    depart(INT64_MAX);
}

// Lets some answered calls end in a transfer to a queue exactly when somebody enters it there: one
// call, two visits. The talk is lengthened or shortened by at most a minute and a half.
void link_transfers(Random& random, std::vector<SimulatedVisit>& visits,
                    std::span<const QueuePlan> plans) {
    std::vector<std::pair<UtcSecond, std::size_t>> ends;
    for (std::size_t i = 0; i < visits.size(); ++i) {
        if (visits[i].end == VisitEnd::answered) ends.emplace_back(visits[i].ended(), i);
    }
    std::sort(ends.begin(), ends.end());
    for (SimulatedVisit& target : visits) {
        const bool daytime = plans[static_cast<std::size_t>(target.queue)].hours ==
                             QueueHours::daytime;
        if (!random.chance(daytime ? 0.10 : 0.006)) continue;
        const UtcSecond at = target.entered;
        auto candidate = std::lower_bound(ends.begin(), ends.end(), std::pair{at - 90, size_t{0}});
        for (; candidate != ends.end() && candidate->first <= at + 90; ++candidate) {
            SimulatedVisit& source = visits[candidate->second];
            const UtcSecond talk = at - source.left_queue();
            if (source.transfer != Transfer::none || talk < 15) continue;
            // A queue passes few calls on to itself: once in four, when nothing else fits.
            if (source.queue == target.queue && !random.chance(0.25)) continue;
            source.transfer = random.chance(0.6) ? Transfer::blind : Transfer::attended;
            source.talk_seconds = static_cast<std::int32_t>(talk);
            target.call_entered = source.call_entered;
            target.call_number = source.call_number;
            break;
        }
    }
}

// Writes the lines of one visit.
class VisitWriter {
public:
    VisitWriter(Random& random, LogLines& lines, std::span<const QueuePlan> plans,
                std::span<const AgentPool> pools)
        : random_(random), lines_(lines), plans_(plans), pools_(pools) {}

    void write(const SimulatedVisit& visit) {
        const auto queue = static_cast<std::size_t>(visit.queue);
        agent_ = visit.agent == 0 ? "NONE" : pools_[queue].name_of(visit.agent);
        if (random_.chance(0.02)) {
            add(visit, visit.entered, "NONE", "DID|")
                << kDirect[static_cast<std::size_t>(random_.below(kDirect.size()))];
            flush(visit.entered);
        }
        auto& entry = add(visit, visit.entered, "NONE", "ENTERQUEUE||");
        entry << random_.between(30000, 59999) << "|" << std::int64_t{visit.entry_position};
        if (random_.chance(0.05)) entry << "|Afdeling " << random_.between(1, 90);
        flush(visit.entered);
        if (visit.end == VisitEnd::answered) {
            answered(visit);
        } else {
            unanswered(visit);
        }
    }

private:
    Builder& add(const SimulatedVisit& visit, UtcSecond, std::string_view agent,
                 std::string_view event) {
        line_.start();
        return line_ << visit.call_entered << "." << visit.call_number << "|"
                     << plans_[static_cast<std::size_t>(visit.queue)].name << "|" << agent << "|"
                     << event;
    }
    void flush(UtcSecond time) { lines_.add(time, line_.text()); }

    void answered(const SimulatedVisit& visit) {
        const UtcSecond rings = visit.left_queue() - visit.ring_seconds;
        if (visit.missed_ring) {
            add(visit, rings, agent_, "RINGNOANSWER|") << random_.between(12, 15) * 1000;
            flush(rings);
        } else if (random_.chance(0.002)) {
            add(visit, rings, agent_, "AGENTDUMP|");
            flush(rings);
        }
        // The system writes a line a moment after what it tells of.
        const UtcSecond late = random_.chance(0.04) ? 1 : 0;
        add(visit, 0, agent_, "CONNECT|") << std::int64_t{visit.wait_seconds} << "|"
                                          << visit.left_queue() - visit.ring_seconds << "."
                                          << visit.call_number + 1 << "|"
                                          << std::int64_t{visit.ring_seconds};
        flush(visit.left_queue() + late);
        completed(visit, late);
    }

    void completed(const SimulatedVisit& visit, UtcSecond late) {
        Transfer transfer = visit.transfer;
        if (transfer == Transfer::none && random_.chance(0.02)) {
            transfer = random_.chance(0.5) ? Transfer::blind : Transfer::attended;
        }
        if (transfer == Transfer::blind) {
            add(visit, 0, agent_, random_.chance(0.2) ? "TRANSFER|" : "BLINDTRANSFER|")
                << random_.between(7000, 7999) << "|intern|";
        } else if (transfer == Transfer::attended) {
            attended(visit);
        } else {
            add(visit, 0, agent_, random_.chance(0.55) ? "COMPLETECALLER|" : "COMPLETEAGENT|");
        }
        line_ << std::int64_t{visit.wait_seconds} << "|" << std::int64_t{visit.talk_seconds} << "|"
              << std::int64_t{visit.entry_position};
        // A transferred call enters its next queue in the same second: never after that entry.
        flush(visit.ended() + (visit.transfer == Transfer::none ? late : 0));
    }

    void attended(const SimulatedVisit& visit) {
        auto& line = add(visit, 0, agent_, "ATTENDEDTRANSFER|");
        const double kind = random_.uniform();
        if (kind < 0.7) {
            line << "BRIDGE|" << fmt::format("{:08x}-4c1e", random_.next() & 0xffffffffU) << "|";
        } else if (kind < 0.8) {
            line << "APP|VoiceMail|";
        } else {
            line << "LINK|SIP/" << random_.between(4000, 4999)
                 << fmt::format("-{:08x}|SIP/trunk-{:08x}|", random_.next() & 0xffffffffU,
                                random_.next() & 0xffffffffU);
        }
    }

    void unanswered(const SimulatedVisit& visit) {
        const UtcSecond at = visit.left_queue();
        if (visit.ring_seconds > 0 && visit.end == VisitEnd::abandoned) {
            add(visit, at, agent_, "RINGCANCELED|")
                << visit.ring_seconds * 1000 - random_.between(0, 900);
            flush(at);
        }
        // A call that broke down technically: its event says nothing, not even the wait.
        if (visit.end == VisitEnd::abandoned && random_.chance(0.001)) {
            add(visit, at, "NONE", "SYSCOMPAT|");
            return flush(at);
        }
        const bool names_agent = visit.end == VisitEnd::abandoned && visit.ring_seconds > 0;
        auto& line = add(visit, at, names_agent ? std::string_view(agent_) : "NONE",
                         event_name(visit.end));
        if (visit.end == VisitEnd::key) line << random_.between(1, 3) << "|";
        line << std::int64_t{visit.end_position} << "|" << std::int64_t{visit.entry_position} << "|"
             << std::int64_t{visit.wait_seconds};
        if (visit.end == VisitEnd::withdrawn) line << "|ringes op";
        flush(at);
    }

    static std::string_view event_name(VisitEnd end) {
        switch (end) {
            case VisitEnd::key: return "EXITWITHKEY|";
            case VisitEnd::timeout: return "EXITWITHTIMEOUT|";
            case VisitEnd::empty: return "EXITEMPTY|";
            case VisitEnd::withdrawn: return "WITHDRAW|";
            default: return "ABANDON|";
        }
    }

    Random& random_;
    LogLines& lines_;
    std::span<const QueuePlan> plans_;
    std::span<const AgentPool> pools_;
    Builder line_;
    std::string agent_;
};

// Gives the visits that reached an agent one who was free, in the order of ringing.
void assign_agents(Random& random, std::vector<SimulatedVisit>& visits,
                   std::vector<AgentPool>& pools, LogLines& lines) {
    std::vector<std::pair<UtcSecond, std::size_t>> rings;
    for (std::size_t i = 0; i < visits.size(); ++i) {
        if (!visits[i].rang()) continue;
        rings.emplace_back(visits[i].left_queue() - visits[i].ring_seconds, i);
    }
    std::sort(rings.begin(), rings.end());
    for (const auto& [ring, i] : rings) {
        SimulatedVisit& visit = visits[i];
        auto& pool = pools[static_cast<std::size_t>(visit.queue)];
        const AgentPool::Assigned assigned = pool.assign(ring, visit.ended(), lines);
        visit.agent = assigned.agent;
        visit.missed_ring = assigned.idle_seconds > 20 &&
                            visit.wait_seconds > visit.ring_seconds + 17 && random.chance(0.12);
    }
}

}  // namespace

void LogLines::add(UtcSecond time, std::string_view text) {
    lines_.push_back({std::max(time, taken_until_), static_cast<std::uint32_t>(lines_.size()),
                      static_cast<std::uint32_t>(text.size()), text_.size()});
    text_.append(text);
}

std::string LogLines::take_until(UtcSecond end) {
    std::sort(lines_.begin(), lines_.end(), [](const Line& a, const Line& b) {
        return a.time != b.time ? a.time < b.time : a.order < b.order;
    });
    std::string taken;
    taken.reserve(text_.size() + 12 * lines_.size());
    LogLines kept;
    std::array<char, 24> digits;
    for (const Line& line : lines_) {
        const std::string_view text(text_.data() + line.begin, line.length);
        if (line.time >= end) {
            kept.add(line.time, text);
            continue;
        }
        const auto last = std::to_chars(digits.data(), digits.data() + digits.size(), line.time);
        taken.append(digits.data(), last.ptr).append(1, '|').append(text).append(1, '\n');
        ++taken_;
    }
    lines_ = std::move(kept.lines_);
    text_ = std::move(kept.text_);
    taken_until_ = end;
    return taken;
}

void QueueLogSimulator::begin(UtcSecond time, std::span<const QueuePlan> plans) {
    lines_.add(time, "NONE|NONE|NONE|QUEUESTART|");
    for (std::size_t i = 0; i < plans.size(); ++i) {
        pools_.emplace_back(Random::stream(seed_, plans[i].name + ".agents"), plans[i].name,
                            static_cast<int>(i));
    }
}

std::string QueueLogSimulator::month(int year, int month, std::span<const QueuePlan> plans) {
    const auto index = static_cast<std::uint64_t>(year * 12 + month);
    Random random = Random::stream(seed_, "queue_log", index);
    const UtcSecond start = day_start(day_of({year, month, 1}));
    const UtcSecond end =
        day_start(day_of(month == 12 ? Date{year + 1, 1, 1} : Date{year, month + 1, 1}));
    if (pools_.empty()) begin(start, plans);
    std::vector<SimulatedVisit> visits;
    for (std::size_t queue = 0; queue < plans.size(); ++queue) {
        std::vector<SimulatedVisit> of_queue = simulate_queue(seed_, year, month, plans[queue]);
        fill_positions(of_queue);
        for (SimulatedVisit& visit : of_queue) visit.queue = static_cast<std::int32_t>(queue);
        visits.insert(visits.end(), of_queue.begin(), of_queue.end());
    }
    std::stable_sort(visits.begin(), visits.end(),
                     [](const auto& a, const auto& b) { return a.entered < b.entered; });
    for (SimulatedVisit& visit : visits) {
        visit.call_entered = visit.entered;
        visit.call_number = call_number_ += random.between(2, 4);
    }
    link_transfers(random, visits, plans);
    assign_agents(random, visits, pools_, lines_);
    VisitWriter writer(random, lines_, plans, pools_);
    for (const SimulatedVisit& visit : visits) writer.write(visit);
    for (AgentPool& pool : pools_) pool.advance(end, lines_);
    // One night of the month the configuration is read again.
    lines_.add(start + random.between(3, 25) * 86400 + 4 * 3600, "NONE|NONE|NONE|CONFIGRELOAD|");
    return lines_.take_until(end);
}

std::string QueueLogSimulator::finish() {
    for (AgentPool& pool : pools_) pool.advance(INT64_MAX, lines_);
    return lines_.take_until(INT64_MAX);
}

}  // namespace klarsyn::telephony
