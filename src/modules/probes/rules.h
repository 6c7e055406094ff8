// What measurements are judged by: dated limits per system and action, and maintenance windows.
// Pure; immutable once sealed; thread-safe. That nothing is in force is no error: such a
// measurement cannot be judged.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "modules/probes/probes.h"

namespace klarsyn::probes {

// from <= t < to.
struct Span {
    UtcSecond from = std::numeric_limits<UtcSecond>::min();
    UtcSecond to = std::numeric_limits<UtcSecond>::max();
    bool holds(UtcSecond at) const { return from <= at && at < to; }
    friend bool operator==(const Span&, const Span&) = default;
};

// Sorted, disjoint and not touching.
std::vector<Span> united(std::vector<Span> spans);

struct LimitRule {
    Span span;
    std::string kind;  // "standard", "data_heavy"
    std::int64_t limit_ms = 0;
    std::string source;  // of the file; orders two that begin at the same moment
};

struct WindowRule {
    Span span;
    std::optional<UtcSecond> announced;  // none: not announced
};

struct Judgement {
    std::string_view kind;  // empty: no action row in force
    std::optional<std::int64_t> limit_ms;
    std::optional<bool> met;
    bool net = true;
};

// The rules of one system, action and site.
class SeriesRules {
public:
    SeriesRules(const std::vector<LimitRule>* limits, std::vector<Span> omitted)
        : limits_(limits), omitted_(std::move(omitted)) {}

    // Of rows in force at a moment, the one that began last holds; null for none.
    const LimitRule* limit_at(UtcSecond at) const;
    // In a window that was announced before it began.
    bool omitted_at(UtcSecond at) const;
    // met = ok and ms <= the limit in force at `at`.
    Judgement judge(UtcSecond at, Outcome outcome, std::optional<std::int64_t> ms) const;

private:
    const std::vector<LimitRule>* limits_;  // may be null; in order of beginning
    std::vector<Span> omitted_;
};

class Rules {
public:
    void add_limit(std::string_view system, std::string_view action, LimitRule rule);
    // An empty system or site stands for all.
    void add_window(std::string_view system, std::string_view site, const WindowRule& rule);
    void seal();  // once, after the last add

    SeriesRules of(std::string_view system, std::string_view action, std::string_view site) const;

private:
    using Pair = std::pair<std::string, std::string>;
    std::map<Pair, std::vector<LimitRule>> limits_;
    std::map<Pair, std::vector<Span>> omitted_;  // by system and site; announced in time
};

}  // namespace klarsyn::probes
