// Drafted words: what may be said of a series of figures. A change is called a change only if it is
// a signal on an XmR chart: a point beyond mean ± 2.66 × mean moving range, or eight in a row on
// one side of the mean, among at least eight points. All comparisons are exact fractions. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "indicators/catalogue.h"
#include "reports/document.h"

namespace klarsyn {

struct Fraction {
    std::int64_t num = 0;
    std::int64_t den = 1;  // > 0
};

struct Xmr {
    enum class Signal { none, above, below, run_above, run_below };
    int points = 0;               // points that count: present and complete
    bool enough = false;          // at least eight
    Limits limits;                // for drawing and printing only; the lower limit is at least 0
    std::vector<Signal> signals;  // one per value; none where the value is missing
};

constexpr int kXmrPointsMin = 8;

// Values in order of time; none = missing or incomplete. The moving range goes over the gap.
Xmr xmr(std::span<const std::optional<Fraction>> values);

// The series of a table as XmR values: incomplete figures are left out.
std::vector<std::optional<Fraction>> series_values(const Document& document, const Series& series);

// The drafted paragraph of a table: its rows with a subject. Empty when there is none.
LocalText draft_words(const Document& document, const Table& table, const Catalogue& catalogue);

// "i april 2013", "i uge 13 i 2018": a bucket as part of a sentence.
std::string in_bucket(Bucket bucket, Period period, Language language);

}  // namespace klarsyn
