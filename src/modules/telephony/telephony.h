// Telephony: the lines of an Asterisk queue_log, and the visits to queues that they tell of.
// Pure rules without input or output; safe from several threads. Views point into the caller's
// bytes and live as long as those. Nothing here fails: a line that cannot be used carries a fault.
#pragma once

#include <cstdint>
#include <memory_resource>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"
#include "ingest/format.h"
#include "web/caller.h"

namespace klarsyn {
struct Module;
}

namespace klarsyn::telephony {

// What a line means to a visit. Everything that begins, moves or ends none is `other`: agents
// logging in and out, pauses, AGENTDUMP, RINGNOANSWER, and verbs that a dialplan invented.
enum class Verb : std::uint8_t { enter, connect, complete, abandon, leave, other };

// One line. `event` is the verb as written. Numbers are what the line states, in seconds; a missing
// or empty parameter states nothing, one that is no number is a fault.
struct LogLine {
    Verb verb = Verb::other;
    UtcSecond time = 0;
    std::string_view callid, queue, agent, event;
    std::optional<std::int64_t> position;  // of enter
    std::optional<std::int64_t> wait_s;    // of connect, abandon and leave; SYSCOMPAT states none
    std::optional<std::int64_t> ring_s;    // of connect
    std::optional<std::int64_t> talk_s;    // of complete

    std::string_view fault;        // text key of the reason why the line is rejected, or empty
    std::string_view fault_field;  // the field that is wrong, by its name in Asterisk's documentation
    std::string_view fault_value;  // and what stood there
};

// Reads a line without its end. The bytes need not be text: see is_clean_text.
LogLine parse_line(std::string_view bytes);

// False for callid NONE, REALTIME, MANAGER, CLI and empty: the line belongs to no call.
bool is_call(std::string_view callid);

// UTF-8 without NUL.
bool is_clean_text(std::string_view bytes);

// The bytes as text for people and databases: what is no clean text becomes \xNN; at most
// `bytes_max` bytes.
std::string printable(std::string_view bytes, std::size_t bytes_max);

// A line together with where it stood. Lines of one second from different files are ordered by
// their files' first and last times, then by line.
struct PlacedLine {
    LogLine line;
    std::string_view bytes;
    const void* file = nullptr;  // identity only
    UtcSecond file_start = 0;
    UtcSecond file_end = 0;
    std::uint32_t number = 0;   // 1-based line in the file
    std::uint32_t copy = 0;     // how many equal lines stand before it in the same file
    std::uint32_t company = 0;  // lines of the same call, queue and second in the same file
};

enum class Outcome : std::uint8_t { answered, abandoned, left, open };
std::string_view outcome_name(Outcome outcome);

// From entering a queue until the end. A wait is flagged where what the event states and the
// difference of the times lie more than kWaitTolerance_s apart.
struct Visit {
    const LogLine* entry = nullptr;
    int ordinal = 1;  // among the entries of the same call, queue and second
    Outcome outcome = Outcome::open;
    std::string_view way;    // of left: the event's name
    std::string_view agent;  // of answered; empty where the log names none
    std::optional<UtcSecond> connected, ended;
    std::optional<std::int64_t> wait_s, ring_s, talk_s;
    bool wait_flagged = false;
};

inline constexpr std::int64_t kWaitTolerance_s = 2;

using PlacedLines = std::pmr::vector<PlacedLine>;
using Visits = std::pmr::vector<Visit>;

// Lines that several files hold count once: of equal lines as many remain as the file with most of
// them has. Sorts by call, queue, time and place.
void unite(PlacedLines& lines);

// The visits that united lines tell of. Their `entry` points into `lines`.
Visits visits_of(const PlacedLines& lines);

Format queue_log_format();  // readers.cc
Module module(CallerLookup callers = nullptr);  // module.cc; callers: who knows their cases

}  // namespace klarsyn::telephony
