#include "indicators/coverage.h"

#include <algorithm>

namespace klarsyn {
namespace {

void add_period(std::vector<Period>& periods, Period added) {
    periods.push_back(added);
    std::sort(periods.begin(), periods.end(),
              [](const Period& a, const Period& b) { return a.from < b.from; });
    std::vector<Period> merged;
    for (const auto& period : periods) {
        if (!merged.empty() && period.from <= merged.back().to + 1) {
            merged.back().to = std::max(merged.back().to, period.to);
        } else {
            merged.push_back(period);
        }
    }
    periods = std::move(merged);
}

constexpr std::string_view kVisible =
    " AND f.seq <= :as_of AND (f.retracted_seq IS NULL OR f.retracted_seq > :as_of)";

// Behind kVisible: only lines of these feeds. A line that no batch brought is the running server's.
class FeedClause {
public:
    FeedClause(const TableFeeds* feeds, Params& params) {
        if (feeds == nullptr) return;
        const std::string batch = "EXISTS (SELECT 1 FROM core_batch AS b WHERE b.seq = f.seq";
        names_.reserve(feeds->formats.size());  // params keep views of these names
        std::string list;
        for (const auto& format : feeds->formats) {
            names_.push_back(":format" + std::to_string(names_.size()));
            list += (list.empty() ? "" : ", ") + names_.back();
            params.emplace_back(names_.back(), Value(format));
        }
        const std::string imported = batch + " AND b.format IN (" + list + "))";
        text_ = " AND (";
        if (!list.empty()) text_ += imported + (feeds->live ? " OR " : "");
        if (feeds->live) text_ += "NOT " + batch + ")";
        if (list.empty() && !feeds->live) text_ += "1 = 0";
        text_ += ")";
    }
    const std::string& text() const { return text_; }

private:
    std::vector<std::string> names_;
    std::string text_;
};

}  // namespace

int Coverage::days_covered(Period period) const {
    int days = 0;
    for (const auto& part : covered) {
        days += std::max(0, std::min(part.to, period.to) - std::max(part.from, period.from) + 1);
    }
    return days;
}

std::vector<Day> Coverage::gap(Period period) const {
    std::set<Day> days;
    for (const auto& feed : feeds) {
        const auto from = std::lower_bound(feed.missing.begin(), feed.missing.end(), period.from);
        for (auto at = from; at != feed.missing.end() && *at <= period.to; ++at) days.insert(*at);
    }
    return {days.begin(), days.end()};
}

const TableFeeds* feeds_of(const Catalogue& catalogue, const Indicator& indicator) {
    static const TableFeeds kLive{{}, true};
    if (indicator.live_only) return &kLive;
    const FactTable* table = catalogue.table(indicator.table);
    return table != nullptr && table->feeds ? &*table->feeds : nullptr;
}

Result<Coverage> load_coverage(Connection& db, std::string_view module, std::int64_t as_of,
                               const TableFeeds* only) {
    Params params = {{":module", Value(std::string(module))}, {":as_of", Value(as_of)}};
    const FeedClause clause(only, params);
    const std::string conditions = std::string(kVisible) + clause.text();
    std::map<std::string, std::set<Day>> present;
    {
        KL_TRY(auto rows, db.query("SELECT DISTINCT f.source, f.day FROM core_feed_day AS f "
                                   "WHERE f.module = :module" + conditions,
                                   params));
        while (true) {
            KL_TRY(const bool more, rows->next());
            if (!more) break;
            present[std::string(rows->text(0))].insert(static_cast<Day>(rows->i64(1)));
        }
    }
    std::map<std::string, FeedCoverage> feeds;
    std::map<std::string, std::vector<Period>> whole;  // days of which none lacks lines
    for (const auto& [source, days] : present) {
        add_period(feeds[source].covered, {*days.begin(), *days.rbegin()});
    }
    {
        KL_TRY(auto rows, db.query("SELECT f.source, f.from_day, f.to_day, f.whole "
                                   "FROM core_feed_cover AS f WHERE f.module = :module" + conditions,
                                   params));
        while (true) {
            KL_TRY(const bool more, rows->next());
            if (!more) break;
            const std::string source(rows->text(0));
            const Period period{static_cast<Day>(rows->i64(1)), static_cast<Day>(rows->i64(2))};
            add_period(feeds[source].covered, period);
            if (rows->i64(3) == 1) add_period(whole[source], period);
        }
    }
    Coverage coverage;
    for (auto& [source, feed] : feeds) {
        feed.source = source;
        const auto& days = present[source];
        const auto& told_of = whole[source];
        for (const auto& covered : feed.covered) {
            add_period(coverage.covered, covered);
            for (Day day = covered.from; day <= covered.to; ++day) {
                const bool told = days.contains(day) ||
                                  std::any_of(told_of.begin(), told_of.end(),
                                              [&](Period p) { return p.contains(day); });
                if (!told) feed.missing.push_back(day);
            }
        }
        coverage.feeds.push_back(std::move(feed));
    }
    return coverage;
}

}  // namespace klarsyn
