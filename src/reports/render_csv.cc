#include "reports/render.h"

namespace klarsyn {

namespace {

constexpr const char* kColumns[] = {"section", "table",  "row",   "figure",     "where", "period",
                                    "printed", "value",  "unit",  "num",        "den",   "records",
                                    "status",  "target", "state", "definition", "as_of", "gap_records",
                                    "low",     "high",   "certain"};

std::string where_text(const ReportFigure& figure) {
    std::string out;
    for (const DimFilter& filter : figure.question.where)
        out += (out.empty() ? "" : " ") + filter.dim + "=" + filter.value;
    return out;
}

void write_number(CsvWriter& csv, const std::optional<double>& value) {
    value ? csv.number(*value) : csv.empty();
}
void write_integer(CsvWriter& csv, const std::optional<std::int64_t>& value) {
    value ? csv.integer(*value) : csv.empty();
}

void write_row(CsvWriter& csv, const ReportSection& section, const Table& table,
               const Series& series, const ReportFigure& figure, Language language) {
    csv.text(section.id);
    csv.text(table.caption.in(language));
    csv.text(series.title.in(language));
    csv.text(series.figure);
    csv.text(where_text(figure));
    csv.text(period_label(figure.question.period));
    csv.text(print_figure(figure, language));
    write_number(csv, figure.value);
    csv.text(figure.unit);
    write_integer(csv, figure.num);
    write_integer(csv, figure.den);
    csv.integer(figure.records);
    csv.text(figure.status);
    write_number(csv, figure.target);
    csv.text(state_name(figure.state));
    csv.text(figure.definition);
    csv.integer(figure.as_of);
    csv.integer(figure.gap_records);
    write_number(csv, figure.interval ? std::optional(figure.interval->between.low) : std::nullopt);
    write_number(csv, figure.interval ? std::optional(figure.interval->between.high) : std::nullopt);
    csv.text(!figure.interval ? "" : figure.interval->certain ? "yes" : "no");
    csv.end_row();
}

}  // namespace

// One line per figure of every table: what a spreadsheet can filter and pivot.
std::string render_csv(const Document& document, Language language, CsvDialect dialect) {
    CsvWriter csv(dialect);
    for (const char* column : kColumns) csv.text(column);
    csv.end_row();
    for (const ReportSection& section : document.sections)
        for (const Block& block : section.blocks) {
            const auto* table = std::get_if<Table>(&block.body);
            if (!table) continue;
            for (const Series& series : table->series)
                for (const int index : series.figures)
                    write_row(csv, section, *table, series, document.figures[index], language);
        }
    return csv.take();
}

}  // namespace klarsyn
