// What measurements are judged by: dated limits per system and action, and maintenance windows. Names
// are core_name ids. Pure; immutable once sealed; thread-safe. That nothing is in force is no error:
// such a measurement cannot be judged.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
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
    std::int64_t kind = 0;  // "standard", "data_heavy", "pc"
    std::int64_t limit_ms = 0;
    std::string source;  // of the file; orders two that begin at the same moment
};

struct WindowRule {
    Span span;
    std::optional<UtcSecond> announced;  // none: not announced
};

// What holds from the end of the stretch before it up to `to`.
struct RuleStretch {
    UtcSecond to = 0;
    const LimitRule* limit = nullptr;  // null: none in force
    bool omitted = false;              // in a window that was announced before it began
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
    // At least one; the last reaches to `to`. from < to.
    std::vector<RuleStretch> stretches(UtcSecond from, UtcSecond to) const;

private:
    const std::vector<LimitRule>* limits_;  // may be null; in order of beginning
    std::vector<Span> omitted_;
};

class Rules {
public:
    void add_limit(std::int64_t system, std::int64_t action, LimitRule rule);
    // System or site 0 stands for all.
    void add_window(std::int64_t system, std::int64_t site, const WindowRule& rule);
    void seal();  // once, after the last add

    SeriesRules of(std::int64_t system, std::int64_t action, std::int64_t site) const;

private:
    using Pair = std::pair<std::int64_t, std::int64_t>;
    std::map<Pair, std::vector<LimitRule>> limits_;
    std::map<Pair, std::vector<Span>> omitted_;  // by system and site; announced in time
};

}  // namespace klarsyn::probes
