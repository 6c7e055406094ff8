#include "indicators/series_expression.h"

#include <algorithm>
#include <charconv>

namespace klarsyn {
namespace {

constexpr int kDepthMax = 32;
constexpr std::int64_t kLargest = kNoMs - 1;

Error unreadable(std::string_view what) {
    return make_error(ErrorCode::invalid_input, "indicators.series_expression",
                      {{"value", std::string(what)}});
}

using Facts = std::vector<std::optional<std::int64_t>>;

std::optional<std::int64_t> known(const Facts& facts, std::int64_t fact) {
    return facts[static_cast<std::size_t>(fact)];
}

#pragma GCC push_options
#pragma GCC optimize("O3")
// low <= ms <= high, which no missing value can be.
void within(const std::uint32_t* ms, std::size_t size, std::uint32_t low, std::uint32_t high,
            std::uint8_t* into) {
    const std::uint32_t width = high - low;
    for (std::size_t i = 0; i < size; ++i) into[i] = ms[i] - low <= width ? 1 : 0;
}
void test_bits(const std::uint8_t* bytes, std::size_t size, std::uint8_t mask, std::uint8_t bits,
               std::uint8_t* into) {
    for (std::size_t i = 0; i < size; ++i) into[i] = (bytes[i] & mask) == bits ? 1 : 0;
}
void and_with(std::uint8_t* into, const std::uint8_t* other, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) into[i] &= other[i];
}
void or_with(std::uint8_t* into, const std::uint8_t* other, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) into[i] |= other[i];
}
void flip(std::uint8_t* into, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) into[i] ^= 1;
}
#pragma GCC pop_options

}  // namespace

class SeriesExpression::Parser {
public:
    Parser(std::string_view text, const SeriesSource& source, SeriesExpression& out)
        : text_(text), source_(source), out_(out) {}

    Result<void> run() {
        next();
        KL_TRY(out_.root_, either(0));
        return token_.empty() ? Result<void>() : Result<void>(unreadable(token_));
    }

private:
    static bool word_char(char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    }
    void next() {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
        const std::size_t begin = at_;
        if (at_ == text_.size()) {
            token_ = {};
            return;
        }
        if (word_char(text_[at_])) {
            while (at_ < text_.size() && word_char(text_[at_])) ++at_;
        } else {
            ++at_;
            const char c = text_[begin];
            if ((c == '<' || c == '>' || c == '!') && at_ < text_.size() && text_[at_] == '=')
                ++at_;
        }
        token_ = text_.substr(begin, at_ - begin);
    }
    bool take(std::string_view word) {
        if (token_ != word) return false;
        next();
        return true;
    }
    std::size_t add(Node node) {
        out_.nodes_.push_back(node);
        return out_.nodes_.size() - 1;
    }
    bool condition(std::size_t node) const { return out_.nodes_[node].kind == Kind::condition; }

    Result<std::size_t> joined(Op op, std::size_t left, std::size_t right, std::string_view word) {
        if (!condition(left) || !condition(right)) return unreadable(word);
        Node node;
        node.op = op;
        node.left = left;
        node.right = right;
        return add(node);
    }
    Result<std::size_t> either(int depth) {
        KL_TRY(std::size_t left, both(depth));
        while (take("or")) {
            KL_TRY(const std::size_t right, both(depth));
            KL_TRY(left, joined(Op::either, left, right, "or"));
        }
        return left;
    }
    Result<std::size_t> both(int depth) {
        KL_TRY(std::size_t left, negated(depth));
        while (take("and")) {
            KL_TRY(const std::size_t right, negated(depth));
            KL_TRY(left, joined(Op::both, left, right, "and"));
        }
        return left;
    }
    Result<std::size_t> negated(int depth) {
        if (depth > kDepthMax) return unreadable(token_);
        if (take("not")) {
            KL_TRY(const std::size_t inner, negated(depth + 1));
            return joined(Op::negate, inner, inner, "not");
        }
        if (take("(")) {
            KL_TRY(const std::size_t inner, either(depth + 1));
            if (!take(")")) return unreadable(token_.empty() ? "(" : token_);
            return inner;
        }
        return comparison();
    }

    std::optional<Order> order() {
        static constexpr std::pair<std::string_view, Order> kOrders[] = {
            {"=", Order::equal},          {"!=", Order::other}, {"<=", Order::less_equal},
            {">=", Order::greater_equal}, {"<", Order::less},   {">", Order::greater}};
        for (const auto& [word, order] : kOrders) {
            if (take(word)) return order;
        }
        return std::nullopt;
    }
    std::optional<Operand> operand() {
        if (take("ms")) {
            out_.reads_ms_ = true;
            return Operand{Kind::ms, 0};
        }
        const auto fact = std::find(source_.facts.begin(), source_.facts.end(), token_);
        if (fact != source_.facts.end()) {
            next();
            const auto place = fact - source_.facts.begin();
            if (place < 64) out_.reads_facts_ |= std::uint64_t{1} << place;
            return Operand{Kind::fact, place};
        }
        std::int64_t number = 0;
        const auto read = std::from_chars(token_.data(), token_.data() + token_.size(), number);
        if (token_.empty() || read.ec != std::errc{} || read.ptr != token_.data() + token_.size()) {
            return std::nullopt;
        }
        next();
        return Operand{Kind::number, number};
    }

    Result<std::size_t> comparison() {
        for (const SeriesField& field : source_.fields) {
            if (field.name == token_) return field_test(field);
        }
        const std::string_view begin = token_;
        const auto left = operand();
        if (!left) return unreadable(begin);
        const auto how = order();
        Node node;
        if (!how) {
            node.kind = left->kind;
            node.number = left->number;
            return add(node);
        }
        const std::string_view second = token_;
        const auto right = operand();
        if (!right || (left->kind == Kind::ms && right->kind == Kind::ms))
            return unreadable(second);
        node.order = *how;
        node.a = *left;
        node.b = *right;
        if (right->kind == Kind::ms) {  // ms stands left
            std::swap(node.a, node.b);
            node.order = mirrored(*how);
        }
        node.op = node.a.kind == Kind::ms ? Op::compare_ms : Op::compare_facts;
        return add(node);
    }
    static Order mirrored(Order order) {
        switch (order) {
            case Order::less: return Order::greater;
            case Order::less_equal: return Order::greater_equal;
            case Order::greater: return Order::less;
            case Order::greater_equal: return Order::less_equal;
            default: return order;
        }
    }
    Result<std::size_t> field_test(const SeriesField& field) {
        next();
        const bool equal = token_ == "=";
        if (!equal && token_ != "!=") return unreadable(token_.empty() ? field.name : token_);
        next();
        const auto word = std::find(field.words.begin(), field.words.end(), token_);
        if (word == field.words.end()) return unreadable(token_);
        next();
        out_.reads_outcome_ = true;
        Node node;
        node.op = Op::field;
        node.order = equal ? Order::equal : Order::other;
        node.mask = static_cast<std::uint8_t>(field.mask << field.shift);
        node.bits = static_cast<std::uint8_t>((word - field.words.begin()) << field.shift);
        return add(node);
    }

    std::string_view text_;
    const SeriesSource& source_;
    SeriesExpression& out_;
    std::size_t at_ = 0;
    std::string_view token_;
};

Result<SeriesExpression> SeriesExpression::parse(std::string_view text,
                                                 const SeriesSource& source) {
    SeriesExpression expression;
    KL_CHECK(Parser(text, source, expression).run());
    return expression;
}

// The milliseconds that a comparison lets pass, but for `!=`, which lets all others pass.
SeriesExpression::Passing SeriesExpression::passing(const Node& node, const Facts& facts) {
    Passing pass;
    const auto bound =
        node.b.kind == Kind::fact ? known(facts, node.b.number) : std::optional(node.b.number);
    std::int64_t low = 0;
    std::int64_t high = kLargest;
    if (!bound)
        high = -1;
    else if (node.order == Order::equal)
        low = high = *bound;
    else if (node.order == Order::less)
        high = *bound - 1;
    else if (node.order == Order::less_equal)
        high = *bound;
    else if (node.order == Order::greater)
        low = *bound + 1;
    else if (node.order == Order::greater_equal)
        low = *bound;
    pass.low = std::max<std::int64_t>(low, 0);
    pass.high = std::min(high, kLargest);
    if (bound && node.order == Order::other && *bound >= 0 && *bound <= kLargest) {
        pass.but = static_cast<std::uint32_t>(*bound);
    }
    return pass;
}

void SeriesExpression::compare_ms(const Node& node, const SeriesChunk& chunk,
                                  SeriesMask& into) const {
    const Passing pass = passing(node, *chunk.facts);
    if (pass.low > pass.high) {
        std::fill_n(into.begin(), chunk.size, std::uint8_t{0});
        return;
    }
    within(chunk.ms, chunk.size, static_cast<std::uint32_t>(pass.low),
           static_cast<std::uint32_t>(pass.high), into.data());
    if (!pass.but) return;
    SeriesMask same;
    within(chunk.ms, chunk.size, *pass.but, *pass.but, same.data());
    flip(same.data(), chunk.size);
    and_with(into.data(), same.data(), chunk.size);
}

bool SeriesExpression::compare_facts(const Node& node, const Facts& facts) {
    const auto value = [&](const Operand& operand) {
        return operand.kind == Kind::fact ? known(facts, operand.number)
                                          : std::optional(operand.number);
    };
    const auto a = value(node.a);
    const auto b = value(node.b);
    if (node.op != Op::compare_facts || !a || !b) return false;
    switch (node.order) {
        case Order::equal: return *a == *b;
        case Order::other: return *a != *b;
        case Order::less: return *a < *b;
        case Order::less_equal: return *a <= *b;
        case Order::greater: return *a > *b;
        case Order::greater_equal: return *a >= *b;
    }
    return false;
}

std::optional<bool> SeriesExpression::decide(std::size_t number, const SeriesRange& range) const {
    const Node& node = nodes_[number];
    switch (node.op) {
        case Op::both:
        case Op::either: {
            const bool ends = node.op == Op::either;  // what one side alone decides
            const auto left = decide(node.left, range);
            if (left && *left == ends) return ends;
            const auto right = decide(node.right, range);
            if (right && *right == ends) return ends;
            return left && right ? std::optional(!ends) : std::nullopt;
        }
        case Op::negate: {
            const auto inner = decide(node.left, range);
            return inner ? std::optional(!*inner) : std::nullopt;
        }
        case Op::field: {
            const bool same = (range.outcome & node.mask) == node.bits;
            return same == (node.order == Order::equal);
        }
        case Op::compare_ms: {
            const Passing pass = passing(node, *range.facts);
            const bool none = range.low > range.high || pass.low > pass.high ||
                              range.high < pass.low || range.low > pass.high ||
                              (range.low == range.high && pass.but == range.low);
            if (none) return false;
            const bool all = !range.lacks && range.low >= pass.low && range.high <= pass.high &&
                             (!pass.but || *pass.but < range.low || *pass.but > range.high);
            return all ? std::optional(true) : std::nullopt;
        }
        case Op::compare_facts:
        case Op::none: break;
    }
    return compare_facts(node, *range.facts);
}

void SeriesExpression::evaluate(std::size_t number, const SeriesChunk& chunk,
                                SeriesMask& into) const {
    const Node& node = nodes_[number];
    SeriesMask other;
    switch (node.op) {
        case Op::both:
        case Op::either:
            evaluate(node.left, chunk, into);
            evaluate(node.right, chunk, other);
            if (node.op == Op::both)
                and_with(into.data(), other.data(), chunk.size);
            else
                or_with(into.data(), other.data(), chunk.size);
            return;
        case Op::negate: evaluate(node.left, chunk, into); return flip(into.data(), chunk.size);
        case Op::compare_ms: return compare_ms(node, chunk, into);
        case Op::field:
            test_bits(chunk.outcome, chunk.size, node.mask, node.bits, into.data());
            if (node.order == Order::other) flip(into.data(), chunk.size);
            return;
        case Op::compare_facts:
        case Op::none: break;
    }
    const bool holds = compare_facts(node, *chunk.facts);
    std::fill_n(into.begin(), chunk.size, static_cast<std::uint8_t>(holds ? 1 : 0));
}

}  // namespace klarsyn
