#include "store/series_columns.h"

#include "store/series_codec.h"
#include "store/varint.h"

namespace klarsyn {
namespace {

enum Steps : char { kRuns, kChanges };

// Sums and differences wrap: hostile numbers are no undefined behaviour.
std::int64_t plus(std::int64_t a, std::int64_t b) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}
std::int64_t minus(std::int64_t a, std::int64_t b) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
}

void put_runs(std::string& out, const std::vector<std::int64_t>& values) {
    std::int64_t before = 0;
    for (std::size_t at = 0; at < values.size();) {
        const std::int64_t step = minus(values[at], before);
        std::size_t end = at + 1;
        while (end < values.size() && minus(values[end], values[end - 1]) == step) ++end;
        put_signed_varint(out, step);
        put_varint(out, end - at);
        before = values[end - 1];
        at = end;
    }
}

void put_changes(std::string& out, const std::vector<std::int64_t>& values) {
    std::int64_t before = 0;
    std::int64_t step = 0;
    for (const std::int64_t value : values) {
        const std::int64_t now = minus(value, before);
        put_signed_varint(out, minus(now, step));
        step = now;
        before = value;
    }
}

}  // namespace

void put_steps(std::string& out, const std::vector<std::int64_t>& values) {
    std::size_t runs = 1;
    for (std::size_t i = 2; i < values.size(); ++i) {
        runs += minus(values[i], values[i - 1]) != minus(values[i - 1], values[i - 2]) ? 1 : 0;
    }
    out.clear();
    if (runs <= values.size() / 4 + 1) {
        out.push_back(kRuns);
        put_runs(out, values);
    } else {
        out.push_back(kChanges);
        put_changes(out, values);
    }
}

bool take_steps(std::string_view bytes, std::size_t rows, std::vector<std::int64_t>& into) {
    into.clear();
    if (bytes.empty() || (bytes[0] != kRuns && bytes[0] != kChanges)) return false;
    VarintReader in(bytes.substr(1));
    into.resize(rows);
    std::int64_t value = 0;
    if (bytes[0] == kRuns) {
        for (std::size_t at = 0; at < rows;) {
            const std::int64_t step = in.next_signed();
            const std::uint64_t count = in.next();
            if (!in.ok() || count == 0 || count > rows - at) return false;
            for (const std::size_t end = at + count; at < end; ++at) {
                value = plus(value, step);
                into[at] = value;
            }
        }
        return in.done();
    }
    std::int64_t step = 0;
    for (auto& target : into) {
        step = plus(step, in.next_signed());
        value = plus(value, step);
        target = value;
    }
    return in.ok() && in.done();
}

void put_outcomes(std::string& out, const std::vector<std::uint8_t>& outcomes) {
    out.clear();
    for (std::size_t at = 0; at < outcomes.size();) {
        std::size_t end = at + 1;
        while (end < outcomes.size() && outcomes[end] == outcomes[at]) ++end;
        out.push_back(static_cast<char>(outcomes[at]));
        put_varint(out, end - at);
        at = end;
    }
}

bool take_outcomes(std::string_view bytes, std::size_t rows, std::vector<std::uint8_t>& into) {
    into.clear();
    into.reserve(rows);
    VarintReader in(bytes);
    while (into.size() < rows) {
        const std::uint64_t outcome = in.next();
        const std::uint64_t count = in.next();
        if (!in.ok() || outcome >= kOutcomesMax || count == 0 || count > rows - into.size()) {
            return false;
        }
        into.insert(into.end(), count, static_cast<std::uint8_t>(outcome));
    }
    return in.done();
}

}  // namespace klarsyn
