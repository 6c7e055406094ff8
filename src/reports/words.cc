#include "reports/words.h"

#include <cmath>

namespace klarsyn {

namespace {

__extension__ typedef __int128 Wide;

// The order of a * b and c * d, exactly: -1, 0 or 1.
int compare(std::int64_t a, std::int64_t b, std::int64_t c, std::int64_t d) {
    const Wide left = static_cast<Wide>(a) * b, right = static_cast<Wide>(c) * d;
    return left < right ? -1 : left > right ? 1 : 0;
}

std::string name_of(Bucket bucket, Period period, Language language) {
    if (bucket != Bucket::week) return format_period(period, language);
    const IsoWeek week = iso_week_of(period.from);
    return text(language, "report.bucket.week",
                {{"week", std::to_string(week.week)}, {"year", std::to_string(week.year)}});
}

// A limit is a drawing aid, not a figure: it is printed rounded like the series itself.
std::string print_limit(double value, Print print, Language language) {
    switch (print) {
        case Print::integer: return format_integer(std::llround(value), language);
        case Print::decimal: return format_decimal(value, 1, language);
        case Print::duration: return format_duration(std::llround(value));
        case Print::share: return format_share(std::llround(value * 1e6), 1'000'000, 1, language);
    }
    return {};
}

std::string join(const std::vector<std::string>& parts, Language language) {
    std::string out;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (i > 0) out += i + 1 == parts.size() ? text(language, "report.words.and") : ", ";
        out += parts[i];
    }
    return out;
}

bool usable(const ReportFigure& figure) {
    return figure.state == FigureState::present && figure.num.has_value();
}

// What the sentences of one row are made from.
struct Row {
    const Document& document;
    const Table& table;
    const Series& series;
    const Xmr& limits;

    const ReportFigure& figure(std::size_t i) const { return document.figures[series.figures[i]]; }
    std::size_t last() const { return series.figures.size() - 1; }
    Print print() const { return figure(0).print; }
};

// The bucket before the last: a week of the same year does not name the year again.
std::string in_previous(const Row& row, Language language) {
    const Period before = row.table.buckets[row.last() - 1].period;
    const Period now = row.table.buckets[row.last()].period;
    if (row.table.bucket == Bucket::week &&
        iso_week_of(before.from).year == iso_week_of(now.from).year)
        return text(language, "report.in.week_of_year",
                    {{"week", std::to_string(iso_week_of(before.from).week)}});
    return in_bucket(row.table.bucket, before, language);
}

std::string value_sentence(const Row& row, Language language) {
    const std::size_t last = row.last();
    const ReportFigure& now = row.figure(last);
    const Period period = row.table.buckets[last].period;
    TextArgs args = {{"subject", row.series.subject.in(language)},
                     {"value", print_figure(now, language)},
                     {"in", in_bucket(row.table.bucket, period, language)}};
    if (now.state == FigureState::incomplete && now.num)
        return text(language, "report.words.incomplete", args);
    if (!usable(now)) return text(language, "report.words.missing", args);
    if (last == 0 || !usable(row.figure(last - 1)))
        return text(language, "report.words.value", args);
    const ReportFigure& before = row.figure(last - 1);
    args.emplace_back("previous", print_figure(before, language));
    args.emplace_back("in_previous", in_previous(row, language));
    const bool same =
        compare(*now.num, before.den.value_or(1), *before.num, now.den.value_or(1)) == 0;
    return text(language, same ? "report.words.value_same" : "report.words.value_from", args);
}

bool ends_with_signal(const Row& row) {
    return row.limits.enough && usable(row.figure(row.last())) &&
           row.limits.signals[row.last()] != Xmr::Signal::none;
}

int run_length(const Row& row, std::size_t end) {
    int count = 0;
    for (std::size_t i = end + 1; i-- > 0;) {
        if (!usable(row.figure(i))) continue;
        const bool above = *row.figure(i).value > row.limits.limits.mean;
        const bool first_above = *row.figure(end).value > row.limits.limits.mean;
        if (above != first_above) break;
        ++count;
    }
    return count;
}

std::string signal_sentence(const Row& row, Language language) {
    const Limits& limits = row.limits.limits;
    TextArgs args = {{"lower", print_limit(limits.lower, row.print(), language)},
                     {"upper", print_limit(limits.upper, row.print(), language)},
                     {"mean", print_limit(limits.mean, row.print(), language)},
                     {"buckets", text(language, "report.buckets." +
                                                    std::string(bucket_name(row.table.bucket)))}};
    switch (row.limits.signals[row.last()]) {
        case Xmr::Signal::above: return text(language, "report.words.above", args);
        case Xmr::Signal::below: return text(language, "report.words.below", args);
        case Xmr::Signal::run_above:
        case Xmr::Signal::run_below: {
            args.emplace_back("count", std::to_string(run_length(row, row.last())));
            const bool above = row.limits.signals[row.last()] == Xmr::Signal::run_above;
            return text(language, above ? "report.words.run_above" : "report.words.run_below",
                        args);
        }
        case Xmr::Signal::none: break;
    }
    return {};
}

// Points before the last that stood outside the limits: the reader should not take them for usual.
std::string earlier_sentence(const Row& row, Xmr::Signal kind, Language language) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < row.last(); ++i)
        if (row.limits.signals[i] == kind)
            names.push_back(name_of(row.table.bucket, row.table.buckets[i].period, language) +
                            " (" + print_figure(row.figure(i), language) + ")");
    if (names.empty()) return {};
    return text(
        language,
        kind == Xmr::Signal::above ? "report.words.earlier_above" : "report.words.earlier_below",
        {{"list", join(names, language)}});
}

bool meets(const Bound& bound, const ReportFigure& figure) {
    const int order = compare(*figure.num, bound.scale, bound.value, figure.den.value_or(1));
    switch (bound.op) {
        case Bound::Op::less: return order < 0;
        case Bound::Op::less_equal: return order <= 0;
        case Bound::Op::greater: return order > 0;
        case Bound::Op::greater_equal: return order >= 0;
    }
    return false;
}

std::string target_sentence(const Row& row, const Catalogue& catalogue, Language language) {
    const ReportFigure& figure = row.figure(row.last());
    const Indicator* indicator = catalogue.find(row.series.figure);
    if (!indicator || !usable(figure)) return {};
    const DatedTarget* target = nullptr;
    for (const DatedTarget& dated : indicator->targets)
        if (dated.from <= figure.question.period.to && (!target || dated.from > target->from))
            target = &dated;
    if (!target) return {};
    static constexpr std::string_view kWords[] = {"less", "less_equal", "greater", "greater_equal"};
    const double value =
        static_cast<double>(target->bound.value) / static_cast<double>(target->bound.scale);
    std::string printed = print_limit(value, row.print(), language);
    if (row.print() == Print::share && target->bound.value * 100 % target->bound.scale == 0)
        printed = format_share(target->bound.value, target->bound.scale, 0, language);
    const std::string op(kWords[static_cast<int>(target->bound.op)]);
    return text(
        language,
        meets(target->bound, figure) ? "report.words.target_met" : "report.words.target_missed",
        {{"target", text(language, "report.words.bound." + op, {{"value", printed}})}});
}

enum class Verdict { unknown, usual, signal };

Verdict verdict_of(const Row& row) {
    if (!row.limits.enough || !usable(row.figure(row.last()))) return Verdict::unknown;
    return ends_with_signal(row) ? Verdict::signal : Verdict::usual;
}

std::string draft(const Document& document, const Table& table, const Catalogue& catalogue,
                  const std::vector<Xmr>& limits, Language language) {
    std::vector<Row> rows;
    int usual = 0, signals = 0;
    for (std::size_t i = 0; i < table.series.size(); ++i) {
        if (table.series[i].subject.empty() || table.series[i].figures.empty()) continue;
        const Row row{document, table, table.series[i], limits[i]};
        rows.push_back(row);
        usual += verdict_of(row) == Verdict::usual;
        signals += verdict_of(row) == Verdict::signal;
    }
    // One sentence for all that is usual, unless it would seem to speak of rows it knows nothing
    // of.
    const bool together = usual > 1 && usual + signals == static_cast<int>(rows.size());
    std::vector<std::string> sentences;
    int points_min = kXmrPointsMin;
    for (const Row& row : rows) {
        sentences.push_back(value_sentence(row, language));
        if (verdict_of(row) == Verdict::signal) sentences.push_back(signal_sentence(row, language));
        if (verdict_of(row) == Verdict::usual && !together)
            sentences.push_back(text(language, "report.words.usual_one"));
        points_min = std::min(points_min, row.limits.points);
        sentences.push_back(target_sentence(row, catalogue, language));
        sentences.push_back(earlier_sentence(row, Xmr::Signal::above, language));
        sentences.push_back(earlier_sentence(row, Xmr::Signal::below, language));
    }
    if (together)
        sentences.push_back(
            text(language, signals > 0 ? "report.words.usual_others" : "report.words.usual_all",
                 {{"bucket", name_of(table.bucket, table.buckets.back().period, language)}}));
    if (!sentences.empty() && points_min < kXmrPointsMin)
        sentences.push_back(
            text(language, "report.words.few",
                 {{"buckets",
                   text(language, "report.buckets." + std::string(bucket_name(table.bucket)))}}));
    std::string out;
    for (const std::string& sentence : sentences)
        if (!sentence.empty()) out += (out.empty() ? "" : " ") + sentence;
    return out;
}

}  // namespace

std::string in_bucket(Bucket bucket, Period period, Language language) {
    switch (bucket) {
        case Bucket::day:
            return text(language, "report.in.day", {{"date", format_date(period.from, language)}});
        case Bucket::week:
            return text(language, "report.in.week",
                        {{"week", std::to_string(iso_week_of(period.from).week)},
                         {"year", std::to_string(iso_week_of(period.from).year)}});
        default:
            return text(language, "report.in.period",
                        {{"period", format_period(period, language)}});
    }
}

std::vector<std::optional<Fraction>> series_values(const Document& document, const Series& series) {
    std::vector<std::optional<Fraction>> values;
    for (const int index : series.figures) {
        const ReportFigure& figure = document.figures[index];
        if (usable(figure) && figure.den.value_or(1) > 0)
            values.emplace_back(Fraction{*figure.num, figure.den.value_or(1)});
        else
            values.emplace_back();
    }
    return values;
}

LocalText draft_words(const Document& document, const Table& table, const Catalogue& catalogue) {
    std::vector<Xmr> limits;
    for (const Series& series : table.series)
        limits.push_back(xmr(series_values(document, series)));
    return {draft(document, table, catalogue, limits, Language::da),
            draft(document, table, catalogue, limits, Language::en)};
}

}  // namespace klarsyn
