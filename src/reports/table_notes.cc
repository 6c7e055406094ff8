#include "reports/table_notes.h"

#include <algorithm>

namespace klarsyn {

namespace {

// Per period, because the periods of a table may overlap.
void add_left_out(const Document& document, Table& table, const Series& series) {
    LocalText list;
    for (std::size_t i = 0; i < series.figures.size(); ++i) {
        const ReportFigure& figure = document.figures[series.figures[i]];
        if (figure.gap_records == 0 || !table.buckets[i].value.empty()) continue;
        for (const Language language : {Language::da, Language::en}) {
            std::string& out = language == Language::da ? list.da : list.en;
            out += (out.empty() ? "" : "; ") +
                   text(language, "report.note.left_out_period",
                        {{"count", format_integer(figure.gap_records, language)},
                         {"period", format_period(table.buckets[i].period, language)}});
        }
    }
    if (list.da.empty()) return;
    table.notes.push_back(
        {"gap_records",
         {text(Language::da, "report.note.left_out", {{"row", series.title.da}, {"list", list.da}}),
          text(Language::en, "report.note.left_out",
               {{"row", series.title.en}, {"list", list.en}})}});
}

void add_caveat(Table& table, const Series& series, const Indicator& found) {
    const char* code = found.status == IndicatorStatus::withheld ? "withheld" : "under_review";
    const std::string key = std::string("report.note.") + code;
    table.notes.push_back(
        {code,
         {text(Language::da, key, {{"row", series.title.da}, {"caveat", found.caveat_da}}),
          text(Language::en, key, {{"row", series.title.en}, {"caveat", found.caveat_en}})}});
}

std::string unique_list(const std::vector<std::string>& names) {
    std::vector<std::string> seen;
    std::string out;
    for (const std::string& name : names) {
        if (std::find(seen.begin(), seen.end(), name) != seen.end()) continue;
        seen.push_back(name);
        out += (out.empty() ? "" : "; ") + name;
    }
    return out;
}

LocalText gap_text(const std::vector<Day>& gap) {
    LocalText days;
    constexpr std::size_t kNamed = 10;
    for (std::size_t i = 0; i < gap.size() && i < kNamed; ++i) {
        days.da += (i ? ", " : "") + format_date(gap[i], Language::da);
        days.en += (i ? ", " : "") + format_date(gap[i], Language::en);
    }
    const char* key = gap.size() > kNamed ? "report.note.gap_many" : "report.note.gap";
    const std::string count = std::to_string(gap.size());
    return {text(Language::da, key, {{"days", days.da}, {"count", count}}),
            text(Language::en, key, {{"days", days.en}, {"count", count}})};
}

// Without a value although every day is covered, there was nothing to say it of.
bool is_partial(const ReportFigure& figure) {
    if (figure.state == FigureState::missing)
        return figure.days_covered < figure.question.period.days();
    return figure.state == FigureState::incomplete && figure.gap.empty();
}

}  // namespace

void add_notes(const Document& document, const Catalogue& catalogue, Table& table) {
    std::vector<Day> gap;
    std::vector<std::string> partial_da, partial_en;
    for (const Series& series : table.series) {
        for (std::size_t i = 0; i < series.figures.size(); ++i) {
            const ReportFigure& figure = document.figures[series.figures[i]];
            gap.insert(gap.end(), figure.gap.begin(), figure.gap.end());
            if (!is_partial(figure)) continue;
            partial_da.push_back(format_period(table.buckets[i].period, Language::da));
            partial_en.push_back(format_period(table.buckets[i].period, Language::en));
        }
        add_left_out(document, table, series);
        const Indicator* found = catalogue.find(series.figure);
        if (found && found->status != IndicatorStatus::published) add_caveat(table, series, *found);
    }
    std::sort(gap.begin(), gap.end());
    gap.erase(std::unique(gap.begin(), gap.end()), gap.end());
    if (!gap.empty()) table.notes.push_back({"gap", gap_text(gap)});
    if (!partial_da.empty())
        table.notes.push_back(
            {"incomplete",
             {text(Language::da, "report.note.incomplete", {{"periods", unique_list(partial_da)}}),
              text(Language::en, "report.note.incomplete",
                   {{"periods", unique_list(partial_en)}})}});
}

}  // namespace klarsyn
