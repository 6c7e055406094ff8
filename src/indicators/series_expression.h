// The closed little language of declarative indicators, over the columns of measurements and the
// facts of their series:
//
//   outcome = ok and (ms <= limit_ms or not net = 1)
//
// and, or, not, parentheses; = != < <= > >= between ms, facts and whole numbers; = and != between a
// field and one of its words; or a number, ms or a fact alone. A comparison with what is not known
// is false: what an indicator cannot do without stands in its `needs`. Parsed once, evaluated on
// columns. Immutable, thread-safe. Internal to indicators.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "indicators/series_source.h"

namespace klarsyn {

constexpr std::size_t kSeriesChunk = 4096;                  // rows that are evaluated at once
using SeriesMask = std::array<std::uint8_t, kSeriesChunk>;  // 1 or 0 per row

// At most kSeriesChunk rows of one series and segment.
struct SeriesChunk {
    std::size_t size = 0;
    const std::uint32_t* ms = nullptr;
    const std::uint8_t* outcome = nullptr;
    const std::vector<std::optional<std::int64_t>>* facts = nullptr;
};

// What is known of many rows of one series and segment at once.
struct SeriesRange {
    std::uint32_t low = 0, high = 0;  // of ms where there is one; low > high: no row has one
    bool lacks = false;               // some rows have no ms
    std::uint8_t outcome = 0;
    const std::vector<std::optional<std::int64_t>>* facts = nullptr;
};

class SeriesExpression {
public:
    // invalid_input (indicators.series_expression, with what could not be read).
    static Result<SeriesExpression> parse(std::string_view text, const SeriesSource& source);

    enum class Kind { condition, number, ms, fact };
    Kind kind() const { return nodes_[root_].kind; }
    std::int64_t number() const { return nodes_[root_].number; }  // of a number, or a fact's place
    bool reads_ms() const { return reads_ms_; }
    bool reads_outcome() const { return reads_outcome_; }
    bool reads_fact(std::size_t fact) const {
        return fact >= 64 || (reads_facts_ >> fact & 1) != 0;
    }

    // Of a condition: 1 where it holds.
    void mask(const SeriesChunk& chunk, SeriesMask& into) const { evaluate(root_, chunk, into); }
    // Of a condition: whether it holds for every row or for none; nullopt where they may differ.
    std::optional<bool> decide(const SeriesRange& range) const { return decide(root_, range); }

private:
    enum class Op { none, both, either, negate, compare_ms, compare_facts, field };
    enum class Order { equal, other, less, less_equal, greater, greater_equal };
    struct Operand {
        Kind kind = Kind::number;
        std::int64_t number = 0;  // the number, or a fact's place
    };
    struct Node {
        Kind kind = Kind::condition;
        std::int64_t number = 0;
        Op op = Op::none;
        Order order = Order::equal;
        std::size_t left = 0, right = 0;
        Operand a, b;
        std::uint8_t mask = 0, bits = 0;  // a field's test
    };
    struct Passing {
        std::int64_t low = 0, high = 0;    // low > high: nothing passes
        std::optional<std::uint32_t> but;  // what does not pass between them
    };
    using Facts = std::vector<std::optional<std::int64_t>>;
    class Parser;

    static Passing passing(const Node& node, const Facts& facts);
    static bool compare_facts(const Node& node, const Facts& facts);

    void evaluate(std::size_t node, const SeriesChunk& chunk, SeriesMask& into) const;
    void compare_ms(const Node& node, const SeriesChunk& chunk, SeriesMask& into) const;
    std::optional<bool> decide(std::size_t node, const SeriesRange& range) const;

    std::vector<Node> nodes_;
    std::size_t root_ = 0;
    bool reads_ms_ = false;
    bool reads_outcome_ = false;
    std::uint64_t reads_facts_ = 0;  // a bit each
};

}  // namespace klarsyn
