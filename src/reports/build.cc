#include "reports/build.h"

#include <algorithm>
#include <map>

#include "indicators/answer.h"
#include "reports/each.h"
#include "reports/markdown.h"
#include "reports/table_notes.h"
#include "reports/words.h"

namespace klarsyn {

namespace {

Print print_of(const SeriesSpec& spec, const Indicator& indicator) {
    if (spec.print_given) return spec.print;
    if (indicator.unit == "seconds") return Print::duration;
    if (indicator.unit == "fraction") return Print::share;
    if (indicator.aggregate == Aggregate::mean || indicator.unit == "days") return Print::decimal;
    return indicator.divides() ? Print::decimal : Print::integer;
}

LocalText bucket_title(Bucket bucket, Period period) {
    const Date date = date_of(period.from);
    switch (bucket) {
        case Bucket::month:
            return {format_month_short(date.month, Language::da),
                    format_month_short(date.month, Language::en)};
        case Bucket::week:
            return local_text("report.column.week",
                              {{"week", std::to_string(iso_week_of(period.from).week)}});
        default: return {format_period(period, Language::da), format_period(period, Language::en)};
    }
}

LocalText bucket_group(Bucket bucket, Period period) {
    if (bucket != Bucket::month && bucket != Bucket::week) return {};
    const int year =
        bucket == Bucket::week ? iso_week_of(period.from).year : date_of(period.from).year;
    return {std::to_string(year), std::to_string(year)};
}

// A figure's state, from what the source answered.
FigureState state_of(const ReportFigure& figure, const Indicator& indicator, bool too_few) {
    if (!figure.value) return too_few ? FigureState::too_few : FigureState::missing;
    // A balance is a stock at the end of its bucket: its other days need no coverage.
    const bool covered = indicator.aggregate == Aggregate::balance ||
                         indicator.aggregate == Aggregate::latest ||
                         figure.days_covered >= figure.question.period.days();
    return figure.gap.empty() && covered ? FigureState::present : FigureState::incomplete;
}

class Builder {
public:
    Builder(const ReportLibrary& library, const ReportPlan& plan, Period period,
            const Catalogue& catalogue, const FigureSource& source)
        : library_(library), plan_(plan), catalogue_(catalogue), source_(source) {
        document_.plan = plan.id;
        document_.period = period;
        document_.span = period;
        const auto titled = [&](const LocalText& text) {
            return LocalText{with_period(text.da, Language::da),
                             with_period(text.en, Language::en)};
        };
        document_.title = titled(plan.title);
        document_.lead = titled(plan.lead);
    }

    Result<Document> run() {
        for (const std::string& id : plan_.sections) {
            const SectionSpec* spec = library_.section(id);
            if (!spec)
                return make_error(ErrorCode::not_found, "report.error.section_unknown",
                                  {{"section", id}});
            spec_ = spec;
            KL_TRY(ReportSection section, build_section());
            document_.sections.push_back(std::move(section));
        }
        return std::move(document_);
    }

private:
    std::string with_period(std::string text, Language language) const {
        const std::string words = format_period(document_.period, language);
        for (std::size_t at; (at = text.find("{period}")) != std::string::npos;)
            text.replace(at, 8, words);
        return text;
    }

    // Tables first, because charts and words before them speak of the same figures.
    Result<ReportSection> build_section() {
        ReportSection section;
        section.id = spec_->id;
        section.title = spec_->title;
        tables_.clear();
        for (const BlockSpec& block : spec_->blocks)
            if (const auto* table = std::get_if<TableSpec>(&block)) {
                KL_TRY(Table built, build_table(*table));
                tables_.emplace(table->id, std::move(built));
            }
        for (const BlockSpec& block : spec_->blocks) {
            if (const auto* written = std::get_if<TextSpec>(&block)) {
                KL_TRY(Block built, build_text(*written));
                section.blocks.push_back(std::move(built));
            } else if (const auto* table = std::get_if<TableSpec>(&block)) {
                section.blocks.push_back({std::nullopt, tables_.at(table->id)});
            } else if (const auto* chart = std::get_if<ChartSpec>(&block)) {
                KL_TRY(Chart built, build_chart(*chart));
                section.blocks.push_back({std::nullopt, std::move(built)});
            } else if (const auto* words = std::get_if<WordsSpec>(&block)) {
                add_words(section, tables_.at(words->table));
            }
        }
        return section;
    }

    void add_words(ReportSection& section, const Table& table) {
        const LocalText words = draft_words(document_, table, catalogue_);
        for (const Language language : {Language::da, Language::en}) {
            if (words.in(language).empty()) continue;
            Paragraph paragraph;
            paragraph.origin = Paragraph::Origin::drafted;
            paragraph.spans.push_back({Span::Kind::text, words.in(language), {}, -1});
            section.blocks.push_back({language, std::move(paragraph)});
        }
    }

    Result<const Indicator*> indicator(const SeriesSpec& spec) {
        const Indicator* found = catalogue_.find(spec.figure);
        if (!found)
            return section_error(spec_->file, spec.line, "report.error.figure_unknown",
                                 {{"figure", spec.figure}}, "figure");
        for (const DimFilter& filter : spec.where)
            if (std::find(found->dims.begin(), found->dims.end(), filter.dim) == found->dims.end())
                return section_error(spec_->file, spec.line, "report.error.dim_unknown",
                                     {{"figure", spec.figure}, {"dim", filter.dim}}, "where");
        if (spec.interval && found->aggregate != Aggregate::ratio)
            return section_error(spec_->file, spec.line, "report.error.interval",
                                 {{"figure", spec.figure}}, "interval");
        note_indicator(*found);
        return found;
    }

    void note_indicator(const Indicator& found) {
        auto& list = document_.indicators;
        const auto place = std::lower_bound(
            list.begin(), list.end(), found.id,
            [](const IndicatorNote& note, const std::string& id) { return note.id < id; });
        if (place != list.end() && place->id == found.id) return;
        IndicatorNote note;
        note.id = found.id;
        note.definition = found.definition;
        note.owner = found.owner;
        note.formula = {found.formula_da, found.formula};
        note.title = {found.title_da, found.title_en};
        note.text = {found.definition_da, found.definition_en};
        note.caveat = {found.caveat_da, found.caveat_en};
        list.insert(place, std::move(note));
    }

    Result<Table> build_table(const TableSpec& spec) {
        Table table;
        table.id = spec_->id + "." + spec.id;
        table.caption = {with_period(spec.caption.da, Language::da),
                         with_period(spec.caption.en, Language::en)};
        table.corner = spec.corner;
        table.layout = spec.layout;
        table.bucket = spec.bucket;
        table.by = spec.by;
        table.source = spec.source;
        KL_CHECK(check_beside(spec));
        if (!spec.by.empty()) {
            KL_CHECK(fill_by_value(table, spec));
            add_notes(document_, catalogue_, table);
            return table;
        }
        for (const Period& bucket : table_buckets(spec.bucket, spec.last, document_.period))
            table.buckets.push_back(
                {bucket, bucket_title(spec.bucket, bucket), bucket_group(spec.bucket, bucket)});
        const Period span{table.buckets.front().period.from, table.buckets.back().period.to};
        document_.span.from = std::min(document_.span.from, span.from);
        document_.span.to = std::max(document_.span.to, span.to);
        KL_TRY(const auto rows, rows_of(spec, spec_->file, span, catalogue_, source_));
        for (const SeriesSpec& row : rows) {
            KL_TRY(Series series, build_series(table, row, span));
            table.series.push_back(std::move(series));
        }
        add_notes(document_, catalogue_, table);
        return table;
    }

    // A figure that says nothing alone stands with the other one, of the same records.
    Result<void> check_beside(const TableSpec& spec) {
        for (const SeriesSpec& row : spec.series) {
            KL_TRY(const Indicator* found, indicator(row));
            if (found->beside.empty()) continue;
            const bool stands = std::any_of(
                spec.series.begin(), spec.series.end(), [&](const SeriesSpec& other) {
                    return other.figure == found->beside && same_filters(other.where, row.where);
                });
            if (!stands)
                return section_error(spec_->file, row.line, "report.error.beside",
                                     {{"figure", row.figure}, {"beside", found->beside}},
                                     "figure");
        }
        return {};
    }

    static bool same_filters(const std::vector<DimFilter>& a, const std::vector<DimFilter>& b) {
        return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                          [](const DimFilter& one, const DimFilter& other) {
                              return one.dim == other.dim && one.value == other.value;
                          });
    }

    // A line for each value that the dimension has in the report's period, and one for all.
    Result<void> fill_by_value(Table& table, const TableSpec& spec) {
        std::vector<FigureAnswer> answers;
        KL_TRY(const auto rows,
               rows_of(spec, spec_->file, document_.period, catalogue_, source_));
        for (const SeriesSpec& row : rows) {
            KL_TRY(const Indicator* found, indicator(row));
            if (std::find(found->dims.begin(), found->dims.end(), spec.by) == found->dims.end())
                return section_error(spec_->file, row.line, "report.error.dim_unknown",
                                     {{"figure", row.figure}, {"dim", spec.by}}, "by");
            FigureAnswer& answer = answers.emplace_back();
            if (found->status == IndicatorStatus::published) {
                KL_TRY(answer, source_({row.figure, document_.period, {spec.by}, row.where,
                                        std::nullopt}));
            }
        }
        table.buckets = value_columns(spec, document_.period, answers);
        for (std::size_t i = 0; i < rows.size(); ++i) {
            KL_TRY(Series series, build_values(table, rows[i], answers[i]));
            table.series.push_back(std::move(series));
        }
        return {};
    }

    Result<Series> build_values(const Table& table, const SeriesSpec& spec,
                                const FigureAnswer& answer) {
        KL_TRY(const Indicator* found, indicator(spec));
        Series series = head_of(spec, *found);
        for (const BucketColumn& column : table.buckets) {
            FigureQuestion question{spec.figure, document_.period, {}, spec.where, std::nullopt};
            const FigureRow* line = nullptr;
            if (!column.value.empty()) {
                question.where.push_back({table.by, column.value});
                for (const FigureRow& row : answer.rows)
                    if (!row.key.empty() && dim_text(row.key.front().second) == column.value)
                        line = &row;
            }
            KL_TRY(const int index, add_figure(question, spec, *found, answer, line));
            series.figures.push_back(index);
        }
        return series;
    }

    static Series head_of(const SeriesSpec& spec, const Indicator& found) {
        Series series;
        series.figure = spec.figure;
        series.where = spec.where;
        series.title =
            spec.title.empty() ? LocalText{found.title_da, found.title_en} : spec.title;
        if (!spec.bare)
            series.formula =
                spec.formula.empty() ? LocalText{found.formula_da, found.formula} : spec.formula;
        series.subject = spec.subject;
        return series;
    }

    Result<Series> build_series(const Table& table, const SeriesSpec& spec, Period span) {
        KL_TRY(const Indicator* found, indicator(spec));
        Series series = head_of(spec, *found);
        FigureQuestion question{
            spec.figure, span, {std::string(bucket_name(table.bucket))}, spec.where, std::nullopt};
        FigureAnswer answer;
        if (found->status == IndicatorStatus::published && !spec.each.empty()) {
            KL_TRY(answer, each_.of(spec, span, table.bucket, source_));
        } else if (found->status == IndicatorStatus::published) {
            KL_TRY(answer, source_(question));
        }
        std::map<std::string, const FigureRow*> rows;
        for (const FigureRow& row : answer.rows)
            if (!row.key.empty()) rows.emplace(dim_text(row.key.front().second), &row);
        for (const BucketColumn& bucket : table.buckets) {
            const auto place = rows.find(bucket_label(table.bucket, bucket.period.from));
            question.period = bucket.period;
            KL_TRY(const int index, add_figure(question, spec, *found, answer,
                                               place == rows.end() ? nullptr : place->second));
            series.figures.push_back(index);
        }
        return series;
    }

    // `row` is null where the source gave no row for the bucket: then it is asked alone, because
    // only the source knows whether that is 0 or unknown.
    Result<int> add_figure(FigureQuestion question, const SeriesSpec& spec, const Indicator& found,
                           const FigureAnswer& answer, const FigureRow* row) {
        question.by.clear();
        ReportFigure figure;
        figure.question = question;
        figure.unit = found.unit;
        figure.definition = found.definition;
        figure.print = print_of(spec, found);
        const std::string key = figure_key(question);
        if (const auto known = known_.find(key); known != known_.end()) {
            if (spec.interval) add_interval(document_.figures[known->second], found);
            return known->second;
        }
        FigureAnswer alone;
        if (found.status != IndicatorStatus::published) {
            figure.state = found.status == IndicatorStatus::withheld ? FigureState::withheld
                                                                     : FigureState::under_review;
        } else {
            figure.as_of = answer.as_of;
            if (!row) {
                KL_TRY(alone, source_(question));
                figure.as_of = alone.as_of;
                if (!alone.rows.empty()) row = &alone.rows.front();
            }
            if (row) take_row(figure, *row);
            figure.state = state_of(figure, found, row && row->too_few);
            document_.as_of = std::max(document_.as_of, figure.as_of);
        }
        if (spec.interval) add_interval(figure, found);
        document_.figures.push_back(std::move(figure));
        const int index = static_cast<int>(document_.figures.size()) - 1;
        known_.emplace(key, index);
        return index;
    }

    static void add_interval(ReportFigure& figure, const Indicator& indicator) {
        if (figure.value) figure.interval = share_interval(indicator, figure.num, figure.den);
    }

    static void take_row(ReportFigure& figure, const FigureRow& row) {
        figure.value = row.value;
        figure.num = row.num;
        figure.den = row.den;
        figure.records = row.records;
        figure.status = row.status;
        figure.target = row.target;
        figure.gap = row.gap;
        figure.days_covered = row.days_covered;
        figure.gap_records = row.gap_records;
        figure.behind = row.behind;
    }

    Result<Chart> build_chart(const ChartSpec& spec) {
        const Table& table = tables_.at(spec.table);
        Chart chart;
        chart.id = spec_->id + "." + spec.id;
        chart.table = table.id;
        chart.title = spec.title;
        chart.form = spec.form;
        chart.bucket = table.bucket;
        chart.buckets = table.buckets;
        for (const std::string& name : spec.figures) {
            const auto place =
                std::find_if(table.series.begin(), table.series.end(), [&](const Series& series) {
                    return series.figure == name || series.title.da == name;
                });
            if (place == table.series.end())
                return section_error(spec_->file, spec.line, "report.error.row_unknown",
                                     {{"row", name}}, "figures");
            chart.series.push_back(*place);
        }
        const Series& first = chart.series.front();
        if (spec.target)
            for (const int index : first.figures)
                if (document_.figures[index].target) chart.target = document_.figures[index].target;
        if (chart.target) chart.target_title = target_title(first, *chart.target);
        if (spec.limits) {
            const Xmr limits = xmr(series_values(document_, first));
            if (limits.enough) chart.limits = limits.limits;
        }
        return chart;
    }

    LocalText target_title(const Series& series, double target) const {
        ReportFigure shown = document_.figures[series.figures.front()];
        shown.state = FigureState::present;
        shown.value = target;
        shown.num = static_cast<std::int64_t>(target * 1e6 + 0.5);
        shown.den = 1'000'000;
        return {text(Language::da, "report.chart.target",
                     {{"value", print_figure(shown, Language::da)}}),
                text(Language::en, "report.chart.target",
                     {{"value", print_figure(shown, Language::en)}})};
    }

    Result<Block> build_text(const TextSpec& spec) {
        std::vector<std::vector<Span>> items;
        for (const auto& item : spec.items) {
            std::vector<Span> spans;
            for (const InlineSpec& inline_spec : item) {
                KL_TRY(Span span, build_span(inline_spec, spec.language));
                spans.push_back(std::move(span));
            }
            items.push_back(std::move(spans));
        }
        switch (spec.kind) {
            case TextSpec::Kind::heading:
                return Block{spec.language, Heading{spec.level, std::move(items.front())}};
            case TextSpec::Kind::bullet_list:
                return Block{spec.language, BulletList{std::move(items)}};
            case TextSpec::Kind::paragraph: break;
        }
        return Block{spec.language,
                     Paragraph{std::move(items.front()), Paragraph::Origin::written}};
    }

    Result<Span> build_span(const InlineSpec& spec, Language language) {
        Span span = spec.span;
        if (spec.period) span.text = format_period(document_.period, language);
        if (!spec.figure) return span;
        KL_TRY(const Indicator* found, indicator(*spec.figure));
        const FigureQuestion question{
            spec.figure->figure, document_.period, {}, spec.figure->where, std::nullopt};
        KL_TRY(span.figure, add_figure(question, *spec.figure, *found, {}, nullptr));
        return span;
    }

    const ReportLibrary& library_;
    const ReportPlan& plan_;
    const Catalogue& catalogue_;
    const FigureSource& source_;
    Document document_;
    const SectionSpec* spec_ = nullptr;
    std::map<std::string, Table> tables_;  // of the section being built, by the directive's id
    std::map<std::string, int> known_;     // figure key -> index
    EachAnswers each_;
};

// The bucket that holds `day`, moved by so many buckets.
Period step(Bucket bucket, Period from, int by) {
    for (; by < 0; ++by) from = bucket_of(bucket, from.from - 1);
    for (; by > 0; --by) from = bucket_of(bucket, from.to + 1);
    return from;
}

}  // namespace

std::vector<Period> table_buckets(Bucket bucket, int last, Period period) {
    Period first = bucket_of(bucket, period.from), final = bucket_of(bucket, period.to);
    if (bucket == Bucket::week) {
        constexpr int kThursday = 3;  // days after Monday
        if (first.from + kThursday < period.from) first = step(bucket, first, 1);
        if (final.from + kThursday > period.to) final = step(bucket, final, -1);
        if (first.from > final.from) first = final = bucket_of(bucket, period.to);
    }
    if (last > 0) first = step(bucket, final, 1 - last);
    std::vector<Period> buckets;
    for (Period at = first; at.from <= final.from; at = step(bucket, at, 1)) buckets.push_back(at);
    return buckets;
}

Result<Document> build_document(const ReportLibrary& library, const ReportPlan& plan, Period period,
                                const Catalogue& catalogue, const FigureSource& source) {
    return Builder(library, plan, period, catalogue, source).run();
}

}  // namespace klarsyn
