#include <algorithm>
#include <map>
#include <set>

#include "indicators/coverage.h"
#include "reports/editions.h"

namespace klarsyn {

namespace {

constexpr std::size_t kPlacesMax = 5;  // of one failing identity: enough to start looking
constexpr std::size_t kDaysMax = 10;

std::string place_of(const FigureRow& row) {
    std::string out;
    for (const auto& [name, value] : row.key) out += (out.empty() ? "" : ", ") + dim_text(value);
    return out;
}

struct Sums {
    std::map<std::string, std::int64_t> sum;
    std::set<std::string> unknown;  // places where a term has no value
};

// Adds coefficient * figure for every place of the answer.
void add_rows(Sums& sums, const FigureAnswer& answer, int coefficient) {
    for (const FigureRow& row : answer.rows)
        if (row.num) sums.sum[place_of(row)] += coefficient * *row.num;
}

// The balance's part: closing minus opening of every bucket. A place without a row has nothing
// open; a row without a value is not covered, and nothing can be said of its bucket.
void add_balance(Sums& sums, const FigureAnswer& answer, const Identity& identity, Period span) {
    std::map<std::string, std::map<std::string, std::optional<std::int64_t>>> places;
    for (const FigureRow& row : answer.rows) {
        if (row.key.empty()) continue;
        FigureRow bare = row;
        bare.key.pop_back();
        places[place_of(bare)][dim_text(row.key.back().second)] = row.num;
    }
    for (const auto& [place, values] : places) {
        const auto value_at = [&values = values](const std::string& label) {
            const auto found = values.find(label);
            return found == values.end() ? std::optional<std::int64_t>(0) : found->second;
        };
        std::int64_t opening = value_at(bucket_label(identity.bucket, span.from - 1)).value_or(0);
        for (Day day = span.from; day <= span.to; day = bucket_of(identity.bucket, day).to + 1) {
            const std::string label = bucket_label(identity.bucket, day);
            const std::string whole = place.empty() ? label : place + ", " + label;
            const auto closing = value_at(label);
            if (!closing) sums.unknown.insert(whole);
            sums.sum[whole] += closing.value_or(0) - opening;
            opening = closing.value_or(0);
        }
    }
}

// `by` first and the bucket last, so that the rows of one place follow each other in time.
Result<Sums> evaluate(const Identity& identity, Period span, const FigureSource& source) {
    Sums sums;
    std::vector<std::string> by;
    if (!identity.by.empty()) by.push_back(identity.by);
    by.emplace_back(bucket_name(identity.bucket));
    for (std::size_t i = 0; i < identity.terms.size(); ++i) {
        const auto& [coefficient, figure] = identity.terms[i];
        FigureQuestion question{figure, span, by, {}, std::nullopt};
        for (const IdentityFilter& filter : identity.where) {
            if (filter.term == i) question.where.push_back({filter.dim, filter.value});
        }
        const bool balance = identity.flow_of_balance && i == 0;
        if (balance) question.period.from = bucket_of(identity.bucket, span.from - 1).from;
        KL_TRY(const FigureAnswer answer, source(question));
        if (balance)
            add_balance(sums, answer, identity, span);
        else
            add_rows(sums, answer, identity.flow_of_balance ? -coefficient : coefficient);
    }
    return sums;
}

bool uses_module(const Document& document, std::string_view module) {
    for (const IndicatorNote& note : document.indicators)
        if (note.id.size() > module.size() && note.id.starts_with(module) &&
            note.id[module.size()] == '.')
            return true;
    return false;
}

Result<void> check_identities(const PublishContext& context, const Document& document,
                              std::vector<Blocker>& found) {
    for (const Identity& identity : context.catalogue.identities()) {
        if (!uses_module(document, identity.id.substr(0, identity.id.find('.')))) continue;
        const Period span{bucket_of(identity.bucket, document.span.from).from,
                          bucket_of(identity.bucket, document.span.to).to};
        KL_TRY(const Sums sums, evaluate(identity, span, context.source));
        std::size_t places = 0;
        for (const auto& [place, sum] : sums.sum) {
            if (sum == 0 || sums.unknown.contains(place) || ++places > kPlacesMax) continue;
            found.push_back({"identity", local_text("report.blocked.identity",
                                                    {{"identity", identity.id},
                                                     {"place", place},
                                                     {"sum", std::to_string(sum)}})});
        }
    }
    return {};
}

LocalText days_text(const std::vector<Day>& days) {
    LocalText out;
    for (std::size_t i = 0; i < days.size() && i < kDaysMax; ++i) {
        out.da += (i ? ", " : "") + format_date(days[i], Language::da);
        out.en += (i ? ", " : "") + format_date(days[i], Language::en);
    }
    if (days.size() > kDaysMax) {
        out.da += " …";
        out.en += " …";
    }
    return out;
}

// By module and source: the days of the document on which a feed lacks lines that it ought to have.
using MissingDays = std::map<std::pair<std::string, std::string>, std::set<Day>>;

Result<MissingDays> missing_days(PublishContext& context, const Document& document,
                                 const std::vector<const Indicator*>& used) {
    MissingDays missing;
    std::set<std::pair<std::string, const TableFeeds*>> seen;
    for (const Indicator* indicator : used) {
        const TableFeeds* feeds = feeds_of(context.catalogue, *indicator);
        if (!seen.emplace(indicator->module, feeds).second) continue;
        KL_TRY(const Coverage coverage,
               load_coverage(context.reader, indicator->module, document.as_of, feeds));
        for (const FeedCoverage& feed : coverage.feeds)
            for (const Day day : feed.missing)
                if (document.span.contains(day))
                    missing[{indicator->module, feed.source}].insert(day);
    }
    return missing;
}

Result<void> check_feeds(PublishContext& context, const Document& document,
                         std::vector<Blocker>& found) {
    std::set<std::string> tables;
    std::vector<const Indicator*> used;
    for (const IndicatorNote& note : document.indicators)
        if (const Indicator* indicator = context.catalogue.find(note.id)) {
            tables.insert(indicator->table);
            used.push_back(indicator);
        }
    std::set<std::pair<std::string, Day>> accepted;
    for (const std::string& table : tables) {
        if (!context.accepted_gaps) break;
        KL_TRY(const auto gaps, context.accepted_gaps(table, document.span));
        for (const AcceptedGap& gap : gaps) accepted.emplace(gap.source, gap.day);
    }
    const auto answered_for = [&](const std::string& source, Day day) {
        return accepted.contains({source, day}) || accepted.contains({"", day});
    };
    KL_TRY(const auto missing, missing_days(context, document, used));
    for (const auto& [feed, days] : missing) {
        std::vector<Day> open;
        for (const Day day : days)
            if (!answered_for(feed.second, day)) open.push_back(day);
        if (open.empty()) continue;
        const LocalText listed = days_text(open);
        const auto in = [&](Language language) {
            return text(language, "report.blocked.gap",
                        {{"source", feed.second}, {"days", listed.in(language)}});
        };
        found.push_back({"gap", {in(Language::da), in(Language::en)}});
    }
    return {};
}

void check_indicators(const PublishContext& context, const Document& document,
                      std::vector<Blocker>& found) {
    for (const IndicatorNote& note : document.indicators) {
        const Indicator* indicator = context.catalogue.find(note.id);
        if (note.owner.empty())
            found.push_back({"owner", local_text("report.blocked.owner", {{"figure", note.id}})});
        const bool held = indicator && indicator->status != IndicatorStatus::published;
        if (held && (note.caveat.da.empty() || note.caveat.en.empty()))
            found.push_back(
                {"withheld", local_text("report.blocked.withheld", {{"figure", note.id}})});
    }
    const bool any =
        std::any_of(document.figures.begin(), document.figures.end(),
                    [](const ReportFigure& figure) { return figure.value.has_value(); });
    if (!any) found.push_back({"no_data", local_text("report.blocked.no_data")});
}

}  // namespace

Result<std::vector<Blocker>> publish_blockers(PublishContext& context, const Document& document) {
    std::vector<Blocker> found;
    check_indicators(context, document, found);
    KL_CHECK(check_feeds(context, document, found));
    KL_CHECK(check_identities(context, document, found));
    return found;
}

}  // namespace klarsyn
