#include "modules/telephony/telephony.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <span>
#include <tuple>

namespace klarsyn::telephony {
namespace {

constexpr UtcSecond kEpochEnd = 4102444800;  // 2100-01-01: a later time is milliseconds or damage
constexpr std::int64_t kNumberMax = 2'000'000'000;

// A parameter that is a whole number or not stated. `index` counts from 1; negative from the right.
struct NumberRule {
    int index;
    std::string_view name;
    std::optional<std::int64_t> LogLine::*target;  // null: only checked, so that damage is seen
};

struct VerbRule {
    std::string_view name;
    Verb verb;
    std::array<NumberRule, 3> numbers;
};

// ATTENDEDTRANSFER has at least BRIDGE, an id and three numbers. With fewer parameters, counting
// from the right would take a name for a number.
constexpr int kAttendedParametersMin = 5;

constexpr NumberRule kNone{0, "", nullptr};
constexpr std::array<NumberRule, 3> kWaitThird = {{{1, "pos", nullptr},
                                                   {2, "origpos", nullptr},
                                                   {3, "wait_s", &LogLine::wait_s}}};
constexpr std::array<NumberRule, 3> kTalkSecond = {{{1, "hold_s", nullptr},
                                                    {2, "talk_s", &LogLine::talk_s},
                                                    {3, "origpos", nullptr}}};
constexpr std::array<NumberRule, 3> kTalkFourth = {{{3, "hold_s", nullptr},
                                                    {4, "talk_s", &LogLine::talk_s},
                                                    {5, "origpos", nullptr}}};

// The events of app_queue.c that make visits. RINGNOANSWER and RINGCANCELED (milliseconds) and
// AGENTDUMP (which ends nothing) are left out on purpose. Most frequent first.
constexpr std::array<VerbRule, 14> kVerbs = {{
    {"ENTERQUEUE", Verb::enter, {{{3, "origpos", &LogLine::position}, kNone, kNone}}},
    {"CONNECT", Verb::connect,
     {{{1, "hold_s", &LogLine::wait_s}, {3, "ring_s", &LogLine::ring_s}, kNone}}},
    {"COMPLETECALLER", Verb::complete, kTalkSecond},
    {"COMPLETEAGENT", Verb::complete, kTalkSecond},
    {"ABANDON", Verb::abandon, kWaitThird},
    {"EXITWITHTIMEOUT", Verb::leave, kWaitThird},
    {"EXITEMPTY", Verb::leave, kWaitThird},
    {"EXITWITHKEY", Verb::leave,
     {{{2, "pos", nullptr}, {3, "origpos", nullptr}, {4, "wait_s", &LogLine::wait_s}}}},
    {"WITHDRAW", Verb::leave, kWaitThird},
    {"BLINDTRANSFER", Verb::complete, kTalkFourth},
    {"TRANSFER", Verb::complete, kTalkFourth},
    // BRIDGE, APP and LINK bring a different number of parameters before the three numbers.
    {"ATTENDEDTRANSFER", Verb::complete,
     {{{-3, "hold_s", nullptr}, {-2, "talk_s", &LogLine::talk_s}, {-1, "origpos", nullptr}}}},
    {"SYSCOMPAT", Verb::abandon, {{kNone, kNone, kNone}}},
    {"", Verb::other, {{kNone, kNone, kNone}}},
}};

const VerbRule& rule_of(std::string_view event) {
    for (const auto& rule : kVerbs) {
        if (rule.name == event) return rule;
    }
    return kVerbs.back();
}

std::optional<std::int64_t> parse_number(std::string_view text, std::int64_t max) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    if (value < 0 || value > max || text.front() == '-') return std::nullopt;
    return value;
}

// Takes the text before the next '|' off `rest`; false where `rest` has ended.
bool take_field(std::string_view& rest, bool& more, std::string_view& field) {
    if (!more) return false;
    const void* bar = rest.empty() ? nullptr : std::memchr(rest.data(), '|', rest.size());
    if (bar == nullptr) {
        field = rest;
        rest = {};
        more = false;
        return true;
    }
    const auto length = static_cast<std::size_t>(static_cast<const char*>(bar) - rest.data());
    field = rest.substr(0, length);
    rest.remove_prefix(length + 1);
    return true;
}

std::optional<std::string_view> from_left(std::string_view parameters, int index) {
    bool more = true;
    std::string_view field;
    for (int i = 0; i < index; ++i) {
        if (!take_field(parameters, more, field)) return std::nullopt;
    }
    return field;
}

std::optional<std::string_view> from_right(std::string_view parameters, int index) {
    for (int i = 1;; ++i) {
        const auto bar = parameters.rfind('|');
        if (i == index) {
            return bar == std::string_view::npos ? parameters : parameters.substr(bar + 1);
        }
        if (bar == std::string_view::npos) return std::nullopt;
        parameters = parameters.substr(0, bar);
    }
}

void set_fault(LogLine& line, std::string_view key, std::string_view field,
               std::string_view value = {}) {
    line.fault = key;
    line.fault_field = field;
    line.fault_value = value;
}

// An empty or missing parameter states nothing; one that is no number rejects the line.
void read_parameters(LogLine& line, const VerbRule& rule, std::string_view parameters) {
    if (rule.numbers[0].index < 0) {
        const auto bars = std::count(parameters.begin(), parameters.end(), '|');
        if (bars + 1 < kAttendedParametersMin) return;
    }
    for (const auto& number : rule.numbers) {
        if (number.index == 0) break;
        const auto text = number.index > 0 ? from_left(parameters, number.index)
                                           : from_right(parameters, -number.index);
        if (!text || text->empty()) continue;
        const auto value = parse_number(*text, kNumberMax);
        if (!value) return set_fault(line, "telephony.reject.parameter_unreadable", number.name, *text);
        if (number.target != nullptr) line.*number.target = value;
    }
}

}  // namespace

LogLine parse_line(std::string_view bytes) {
    LogLine line;
    std::string_view epoch;
    const std::array<std::string_view*, 5> fields = {&epoch, &line.callid, &line.queue, &line.agent,
                                                     &line.event};
    constexpr std::array<std::string_view, 5> kNames = {"time", "callid", "queue", "agent", "event"};
    bool more = true;
    for (std::size_t i = 0; i < fields.size(); ++i) {
        if (!take_field(bytes, more, *fields[i])) {
            set_fault(line, "telephony.reject.fields_missing", kNames[i]);
            return line;
        }
    }
    const auto time = parse_number(epoch, kEpochEnd - 1);
    if (!time) {
        set_fault(line, "telephony.reject.time_unreadable", "time", epoch);
        return line;
    }
    line.time = *time;
    if (line.event.empty()) {
        set_fault(line, "telephony.reject.event_missing", "event");
        return line;
    }
    const VerbRule& rule = rule_of(line.event);
    line.verb = rule.verb;
    if (rule.verb == Verb::other) return line;
    if (!is_call(line.callid)) {
        set_fault(line, "telephony.reject.call_missing", "callid", line.callid);
        return line;
    }
    read_parameters(line, rule, bytes);
    return line;
}

bool is_call(std::string_view callid) {
    return !callid.empty() && callid != "NONE" && callid != "REALTIME" && callid != "MANAGER" &&
           callid != "CLI";
}

namespace {

// Length of the UTF-8 sequence that `bytes` begins with; 0 where it begins with none.
std::size_t sequence_length(std::string_view bytes) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
    const unsigned char first = byte(0);
    if (first < 0x80) return first == 0 ? 0 : 1;
    const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || bytes.size() < length) return 0;
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0) != 0x80) return 0;
    }
    // Overlong forms, surrogates, and what lies beyond U+10FFFF.
    if (first == 0xE0 && byte(1) < 0xA0) return 0;
    if (first == 0xED && byte(1) > 0x9F) return 0;
    if (first == 0xF0 && byte(1) < 0x90) return 0;
    if (first == 0xF4 && byte(1) > 0x8F) return 0;
    return length;
}

}  // namespace

bool is_clean_text(std::string_view bytes) {
    constexpr std::uint64_t kHigh = 0x8080808080808080;
    constexpr std::uint64_t kOnes = 0x0101010101010101;
    while (!bytes.empty()) {
        if (bytes.size() >= 8) {
            std::uint64_t word = 0;
            std::memcpy(&word, bytes.data(), 8);
            // No byte is 0 or above 127: subtracting 1 from each then sets no high bit.
            if (((word | (word - kOnes)) & kHigh) == 0) {
                bytes.remove_prefix(8);
                continue;
            }
        }
        const auto length = sequence_length(bytes);
        if (length == 0) return false;
        bytes.remove_prefix(length);
    }
    return true;
}

std::string printable(std::string_view bytes, std::size_t bytes_max) {
    static constexpr std::string_view kHex = "0123456789abcdef";
    std::string result;
    while (!bytes.empty()) {
        const auto length = sequence_length(bytes);
        const auto first = static_cast<unsigned char>(bytes.front());
        const bool plain = length > 0 && (first >= 0x20 || first == '\t') && first != 0x7F;
        if (result.size() + (plain ? length : 4) > bytes_max) break;
        if (plain) {
            result.append(bytes.substr(0, length));
        } else {
            result.append({'\\', 'x', kHex[first >> 4], kHex[first & 15]});
        }
        bytes.remove_prefix(plain ? length : 1);
    }
    return result;
}

std::string_view outcome_name(Outcome outcome) {
    switch (outcome) {
        case Outcome::answered: return "answered";
        case Outcome::abandoned: return "abandoned";
        case Outcome::left: return "left";
        case Outcome::open: return "open";
    }
    return "open";
}

namespace {

auto place_of(const PlacedLine& placed) {
    return std::tuple(placed.file_start, placed.file_end, placed.number, placed.line.verb);
}

// Counts, for every line, the lines of its call, queue and second in its file.
void count_company(PlacedLines& lines) {
    const auto second = [](const PlacedLine& placed) {
        return std::tuple(placed.line.time, placed.file, placed.line.callid, placed.line.queue);
    };
    std::sort(lines.begin(), lines.end(), [&](const PlacedLine& a, const PlacedLine& b) {
        return second(a) < second(b);
    });
    for (std::size_t begin = 0, end = 0; begin < lines.size(); begin = end) {
        while (end < lines.size() && second(lines[end]) == second(lines[begin])) ++end;
        for (std::size_t i = begin; i < end; ++i) {
            lines[i].company = static_cast<std::uint32_t>(end - begin);
        }
    }
}

// Of equal lines, keeps as many as the file with most of them has. They are taken from the file that
// knows most of their second: an overlap then keeps the order in which the lines were written.
void keep_largest_multiplicity(PlacedLines& lines) {
    count_company(lines);
    const auto content = [](const PlacedLine& placed) {
        return std::tuple(placed.line.time, placed.bytes);
    };
    std::sort(lines.begin(), lines.end(), [&](const PlacedLine& a, const PlacedLine& b) {
        return std::tuple(content(a), a.file, a.number) < std::tuple(content(b), b.file, b.number);
    });
    for (std::size_t i = 1; i < lines.size(); ++i) {
        const bool again = lines[i].file == lines[i - 1].file && lines[i].bytes == lines[i - 1].bytes;
        lines[i].copy = again ? lines[i - 1].copy + 1 : 0;
    }
    std::sort(lines.begin(), lines.end(), [&](const PlacedLine& a, const PlacedLine& b) {
        return std::tuple(content(a), a.copy, b.company, place_of(a)) <
               std::tuple(content(b), b.copy, a.company, place_of(b));
    });
    const auto same = [](const PlacedLine& a, const PlacedLine& b) {
        return a.copy == b.copy && a.bytes == b.bytes;
    };
    lines.erase(std::unique(lines.begin(), lines.end(), same), lines.end());
}

}  // namespace

void unite(PlacedLines& lines) {
    const auto other_file = [&](const PlacedLine& placed) { return placed.file != lines[0].file; };
    if (std::any_of(lines.begin(), lines.end(), other_file)) keep_largest_multiplicity(lines);
    std::sort(lines.begin(), lines.end(), [](const PlacedLine& a, const PlacedLine& b) {
        return std::tuple(a.line.callid, a.line.queue, a.line.time, place_of(a), a.bytes) <
               std::tuple(b.line.callid, b.line.queue, b.line.time, place_of(b), b.bytes);
    });
}

namespace {

// A visit while its events arrive.
struct Draft {
    Visit visit;
    const LogLine* early_complete = nullptr;  // stood before the CONNECT of its own second
};
using Drafts = std::pmr::vector<Draft>;

void set_wait(Visit& visit, const LogLine& event) {
    const std::int64_t difference = event.time - visit.entry->time;
    visit.wait_s = event.wait_s.value_or(difference);
    const std::int64_t apart = *visit.wait_s - difference;
    visit.wait_flagged = apart > kWaitTolerance_s || apart < -kWaitTolerance_s;
}

void end_talk(Visit& visit, const LogLine& event) {
    visit.ended = event.time;
    visit.talk_s = event.talk_s;
}

// Applies an event to the visit that it was paired with. The first end counts; a second CONNECT
// and an ABANDON or EXIT* after the CONNECT change nothing: the caller was being served.
void apply(Draft& draft, const LogLine& event) {
    Visit& visit = draft.visit;
    if (visit.ended) return;
    const bool connected = visit.connected.has_value();
    switch (event.verb) {
        case Verb::connect:
            if (connected) return;
            visit.outcome = Outcome::answered;
            visit.connected = event.time;
            visit.ring_s = event.ring_s;
            visit.agent = event.agent == "NONE" ? std::string_view{} : event.agent;
            set_wait(visit, event);
            if (draft.early_complete != nullptr && draft.early_complete->time == event.time) {
                end_talk(visit, *draft.early_complete);
            }
            return;
        case Verb::complete:
            if (connected) {
                end_talk(visit, event);
            } else if (draft.early_complete == nullptr || draft.early_complete->time < event.time) {
                draft.early_complete = &event;
            }
            return;
        case Verb::abandon:
        case Verb::leave:
            if (connected) return;
            visit.outcome = event.verb == Verb::leave ? Outcome::left : Outcome::abandoned;
            if (event.verb == Verb::leave) visit.way = event.event;
            visit.ended = event.time;
            set_wait(visit, event);
            return;
        case Verb::enter:
        case Verb::other: return;
    }
}

// The first entry of that second whose visit has not ended; null where there is none.
Draft* unended_entry_at(Drafts& drafts, UtcSecond time) {
    const auto earlier = [](const Draft& draft, UtcSecond at) { return draft.visit.entry->time < at; };
    auto found = std::lower_bound(drafts.begin(), drafts.end(), time, earlier);
    for (; found != drafts.end() && found->visit.entry->time == time; ++found) {
        if (!found->visit.ended) return &*found;
    }
    return nullptr;
}

// Pairs the events of one call in one queue, in order, with the latest entry not after them. Where
// that one has ended, or there is none, an entry of the event's own second takes it: files that
// were split within a second do not say which of two lines came first.
void pair_events(std::span<const PlacedLine> lines, Drafts& drafts) {
    drafts.clear();
    for (const auto& placed : lines) {
        if (placed.line.verb != Verb::enter) continue;
        Draft draft;
        draft.visit.entry = &placed.line;
        if (!drafts.empty() && drafts.back().visit.entry->time == placed.line.time) {
            draft.visit.ordinal = drafts.back().visit.ordinal + 1;
        }
        drafts.push_back(draft);
    }
    std::size_t entries = 0;  // how many entries stand before the event
    for (const auto& placed : lines) {
        if (placed.line.verb == Verb::enter) {
            ++entries;
            continue;
        }
        Draft* draft = entries > 0 ? &drafts[entries - 1] : nullptr;
        if (draft == nullptr || draft->visit.ended) {
            if (Draft* found = unended_entry_at(drafts, placed.line.time)) draft = found;
        }
        if (draft != nullptr) apply(*draft, placed.line);
    }
}

}  // namespace

Visits visits_of(const PlacedLines& lines) {
    Visits visits(lines.get_allocator());
    Drafts drafts(lines.get_allocator());
    const std::span<const PlacedLine> all(lines);
    for (std::size_t begin = 0; begin < all.size();) {
        std::size_t end = begin + 1;
        while (end < all.size() && all[end].line.callid == all[begin].line.callid &&
               all[end].line.queue == all[begin].line.queue) {
            ++end;
        }
        pair_events(all.subspan(begin, end - begin), drafts);
        for (const auto& draft : drafts) visits.push_back(draft.visit);
        begin = end;
    }
    return visits;
}

}  // namespace klarsyn::telephony
