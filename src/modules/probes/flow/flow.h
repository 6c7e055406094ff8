// Tracing HL7 messages over hops: how long a message took from one hop to the next, which never
// came, and which came twice. A message is known by its sender (MSH-3) and number (MSH-10), an
// acknowledgement by the number that it answers (MSA-2) and whom it is for (MSH-5). Pure values and
// rules; thread-safe. Times are UTC milliseconds.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "store/database.h"

namespace klarsyn::probes {

constexpr std::int64_t kHopLimitMs = 300'000;           // where nobody stated one
constexpr std::int64_t kNumberReuseMs = 24 * 3600'000;  // the same number later is another message

// One line of a log.
struct FlowEvent {
    std::int64_t at_ms = 0;
    std::string hop;
    std::string sender, receiver, type;  // of the message; of an acknowledgement its own
    std::string number;                  // of the message, also of the one that is answered
    std::string code;                    // MSA-1; empty: this is no acknowledgement
    std::int64_t copies = 1;             // equal lines of one file
    std::shared_ptr<const std::vector<std::string>> order;  // hops in the order of its file; shared
    bool acknowledges() const { return !code.empty(); }
};

// "GS > LABKA": the way that a message takes, by its sender and receiver.
std::string flow_name(std::string_view sender, std::string_view receiver);

struct Hop {
    std::string name;
    std::int64_t limit_ms = kHopLimitMs;  // until a message must have reached the next hop
};

// Hops as somebody stated them (setting flow_hops): flow,hop,limit_s,from,to; the order of the
// lines is the order of the hops. An empty flow is for all that have no lines of their own.
class HopPlan {
public:
    // invalid_input with file, line and field.
    static Result<HopPlan> parse(std::string_view text, std::string_view file);
    // The hops of a flow in force at a time; none where nobody stated any.
    std::vector<Hop> hops(std::string_view flow, std::int64_t at_ms) const;
    bool empty() const { return lines_.empty(); }

private:
    struct Line {
        std::string flow;
        Hop hop;
        std::int64_t from_ms = 0, to_ms = 0;  // from <= t < to
    };
    std::vector<Line> lines_;
};

enum class StepState : std::uint8_t {
    passed,  // reached the next hop
    absent,  // not seen there
    last,    // there is no next hop
    clock,   // seen there before here: the clocks disagree
};
std::string_view step_state_name(StepState state);  // "passed", "absent", "last", "clock"

// A message at a hop.
struct FlowStep {
    std::int64_t at_ms = 0, first_ms = 0;  // here; at the first hop where it was seen
    std::string hop, next, flow, sender, type, number;
    StepState state = StepState::last;
    std::optional<std::int64_t> transit_ms;  // to the next hop; only where it passed
    std::int64_t limit_ms = 0;
    std::int64_t repeats = 0;                 // how often it came again
    std::optional<std::int64_t> answered_ms;  // until the acknowledgement at this hop
    std::string code;                         // of that acknowledgement
};

// The steps of all messages among the events of one number, in any order. A message that comes
// again at a hop within 24 hours is a repetition, later another message.
std::vector<FlowStep> trace(std::vector<FlowEvent> events, const HopPlan& plan);

// The hops of a log without a stated order: of two hops the one that most messages pass first comes
// first; where messages do not tell, the one that the log names first. Keeps no texts but the
// hops'.
class HopOrder {
public:
    void add(const FlowEvent& event);
    std::vector<std::string> names() const;

private:
    std::size_t place_of(const std::string& hop);
    using Seen = std::vector<std::pair<std::int64_t, std::size_t>>;  // first time at a hop
    std::vector<std::string> names_;                                 // by first mention
    std::unordered_map<std::uint64_t, Seen> seen_;                   // by sender and number
};

// The plan that stands, and back from what Format::load_state gave.
Result<std::shared_ptr<const void>> load_hop_plan(Connection& db, std::string_view source);
const HopPlan& hop_plan_of(const void* state);  // an empty plan for null
// SettingKind::check.
Result<void> check_flow_hops(Connection& db, UtcSecond from, std::string_view text,
                             std::string_view file);

}  // namespace klarsyn::probes
