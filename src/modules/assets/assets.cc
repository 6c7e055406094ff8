#include "modules/assets/assets.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/text.h"

namespace klarsyn::assets {
namespace {

using Words = std::pair<std::string_view, std::string_view>;  // folded, meant

constexpr std::array<Words, 22> kKinds{{{"pc", "pc"},
                                        {"computer", "pc"},
                                        {"stationaer", "pc"},
                                        {"stationaer pc", "pc"},
                                        {"baerbar", "pc"},
                                        {"baerbar pc", "pc"},
                                        {"desktop", "pc"},
                                        {"laptop", "pc"},
                                        {"notebook", "pc"},
                                        {"server", "server"},
                                        {"network", "network"},
                                        {"netvaerk", "network"},
                                        {"netvaerksudstyr", "network"},
                                        {"switch", "network"},
                                        {"router", "network"},
                                        {"access point", "network"},
                                        {"firewall", "network"},
                                        {"thin_client", "thin_client"},
                                        {"thin client", "thin_client"},
                                        {"thinclient", "thin_client"},
                                        {"tynd klient", "thin_client"},
                                        {"tyndklient", "thin_client"}}};

constexpr std::array<Words, 22> kStatuses{{{"in_use", "in_use"},
                                           {"in use", "in_use"},
                                           {"active", "in_use"},
                                           {"aktiv", "in_use"},
                                           {"i brug", "in_use"},
                                           {"i drift", "in_use"},
                                           {"in_stock", "in_stock"},
                                           {"in stock", "in_stock"},
                                           {"stock", "in_stock"},
                                           {"paa lager", "in_stock"},
                                           {"lager", "in_stock"},
                                           {"consolidated", "consolidated"},
                                           {"konsolideret", "consolidated"},
                                           {"retired", "retired"},
                                           {"disposed", "retired"},
                                           {"scrapped", "retired"},
                                           {"sold", "retired"},
                                           {"kasseret", "retired"},
                                           {"skrottet", "retired"},
                                           {"udgaaet", "retired"},
                                           {"bortskaffet", "retired"},
                                           {"solgt", "retired"}}};

template <std::size_t N>
std::string meant(const std::array<Words, N>& words, std::string_view word) {
    const std::string folded = fold(word);
    for (const auto& [written, meaning] : words) {
        if (written == folded) return std::string(meaning);
    }
    return {};
}

Day from_of(const AssetRow& row) { return row.from.value_or(row.base.value_or(kAlways)); }

// What a row leaves empty, as the rows before said it.
void inherit(AssetRow& row, const AssetRow& before) {
    for (std::string AssetRow::*field : {&AssetRow::model, &AssetRow::place, &AssetRow::owner,
                                         &AssetRow::status, &AssetRow::kind}) {
        if ((row.*field).empty()) row.*field = before.*field;
    }
    if (!row.base) row.base = before.base;
}

// A PC's stretch, cut at its birthdays.
void add_aged(AssetSpan span, std::vector<AssetSpan>& spans) {
    if (span.state.kind != "pc" || !span.state.base) {
        spans.push_back(std::move(span));
        return;
    }
    const std::optional<Day> end = span.to;
    for (int age = 0; age <= kOldestAge; ++age) {
        const Day birthday = add_years(*span.state.base, age + 1);
        if (age < kOldestAge && birthday <= span.from) continue;
        const bool last = age == kOldestAge || (end && *end <= birthday);
        span.age = age_word(age);
        span.over_age = age >= kAgeLimitYears;
        span.to = last ? end : std::optional<Day>(birthday);
        spans.push_back(span);
        if (last) return;
        span.from = birthday;
    }
}

// The rows that hold, by their first day. Two rows of one file about the same day are a duplicate.
std::vector<AssetRow> timeline(std::vector<AssetRow> rows, std::vector<Finding>& findings) {
    std::sort(rows.begin(), rows.end(), [](const AssetRow& a, const AssetRow& b) {
        return std::pair(from_of(a), a.order) < std::pair(from_of(b), b.order);
    });
    std::vector<AssetRow> held;
    for (AssetRow& row : rows) {
        if (!held.empty()) inherit(row, held.back());
        if (held.empty() || from_of(held.back()) != from_of(row)) {
            held.push_back(std::move(row));
            continue;
        }
        const auto& [batch, file, line] = row.order;
        if (std::get<0>(held.back().order) == batch && std::get<1>(held.back().order) == file)
            findings.push_back({"duplicate", "id", std::to_string(line)});
        held.back() = std::move(row);
    }
    return held;
}

}  // namespace

Day add_months(Day day, int months) {
    const Date date = date_of(day);
    const int month = date.year * 12 + date.month - 1 + months;
    Date later{month / 12, month % 12 + 1, date.day};
    while (!valid_date(later)) --later.day;
    return day_of(later);
}

int span_class(Day from, std::optional<Day> to) {
    if (!to) return -1;
    int cls = 0;
    while ((std::int64_t{1} << cls) <= std::int64_t{*to} - from) ++cls;
    return cls;
}

std::string bare_code(std::string_view text) {
    std::string bare;
    for (const char c : text) {
        if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z')) bare += c;
        if (c >= 'a' && c <= 'z') bare += static_cast<char>(c - 'a' + 'A');
    }
    return bare;
}

std::string asset_kind(std::string_view word) { return meant(kKinds, word); }
std::string asset_status(std::string_view word) { return meant(kStatuses, word); }

AssetHistory asset_history(std::vector<AssetRow> rows) {
    AssetHistory history;
    const std::vector<AssetRow> held = timeline(std::move(rows), history.findings);
    for (std::size_t i = 0; i < held.size(); ++i) {
        const AssetRow& row = held[i];
        if (!row.bad_base.empty())
            history.findings.push_back({"impossible_date", "base_date", row.bad_base});
        if (row.model_unknown) history.findings.push_back({"unknown_model", "model", row.model});
        if (row.status == "retired") continue;
        AssetSpan span;
        span.state = row;
        span.from = from_of(row);
        if (row.to) span.to = *row.to + 1;
        if (i + 1 < held.size())
            span.to = std::min(span.to.value_or(from_of(held[i + 1])), from_of(held[i + 1]));
        if (!span.to || *span.to > span.from) add_aged(std::move(span), history.spans);
    }
    return history;
}

}  // namespace klarsyn::assets
