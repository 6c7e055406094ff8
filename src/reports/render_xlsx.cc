#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xlsxwriter.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>

#include "reports/render.h"

namespace klarsyn {

namespace {

// Excel allows 31 letters in a sheet's name and none of []:*?/\.
std::string sheet_name(std::string name, std::set<std::string>& taken) {
    std::string clean;
    for (const char c : name)
        clean += std::string_view("[]:*?/\\'").find(c) == std::string_view::npos ? c : ' ';
    std::size_t letters = 0, end = 0;
    while (end < clean.size() && letters < 27) {
        ++end;
        while (end < clean.size() && (static_cast<unsigned char>(clean[end]) & 0xC0) == 0x80) ++end;
        ++letters;
    }
    clean.resize(end);
    std::string unique = clean;
    for (int i = 2; !taken.insert(unique).second; ++i) unique = clean + " " + std::to_string(i);
    return unique;
}

class Workbook {
public:
    Workbook(const Document& document, Language language, const char* path)
        : document_(document), language_(language) {
        lxw_workbook_options options = {};
        options.constant_memory = LXW_FALSE;
        book_ = workbook_new_opt(path, &options);
    }

    int run() {
        std::string title = document_.title.in(language_), author = "Klarsyn";
        lxw_doc_properties properties = {};
        properties.title = title.data();
        properties.author = author.data();
        properties.created = document_.published_at;  // the file's bytes depend on nothing but it
        workbook_set_properties(book_, &properties);
        make_formats();
        for (const Table* table : document_.tables()) write_table(*table);
        for (const ReportSection& section : document_.sections)
            for (const Block& block : section.blocks)
                if (const auto* chart = std::get_if<Chart>(&block.body)) add_chart(*chart);
        write_about();
        write_definitions();
        return workbook_close(book_);
    }

private:
    struct Place {  // where a table's figures stand
        lxw_worksheet* sheet;
        std::string name;
        lxw_row_t first_row;
        bool across;
        const Table* table;
        lxw_row_t end;
    };

    std::string word(std::string_view key) const { return text(language_, key); }

    lxw_format* format(const char* pattern) {
        lxw_format* made = workbook_add_format(book_);
        format_set_num_format(made, pattern);
        return made;
    }
    void make_formats() {
        bold_ = workbook_add_format(book_);
        format_set_bold(bold_);
        head_ = workbook_add_format(book_);
        format_set_bold(head_);
        format_set_align(head_, LXW_ALIGN_RIGHT);
        format_set_bottom(head_, LXW_BORDER_THIN);
        wrap_ = workbook_add_format(book_);
        format_set_text_wrap(wrap_);
        format_set_align(wrap_, LXW_ALIGN_VERTICAL_TOP);
        integer_ = format("#,##0");
        decimal_ = format("#,##0.0");
        duration_ = format("[h]:mm:ss");
        share_ = format("0.0%");
    }

    // Texts are written as strings always: a name that begins with "=" is a name, not a formula.
    void put(lxw_worksheet* sheet, lxw_row_t row, lxw_col_t column, const std::string& words,
             lxw_format* how = nullptr) {
        worksheet_write_string(sheet, row, column, words.c_str(), how);
    }

    void put_figure(lxw_worksheet* sheet, lxw_row_t row, lxw_col_t column,
                    const ReportFigure& figure) {
        const bool held =
            figure.state == FigureState::withheld || figure.state == FigureState::under_review;
        if (held || !figure.value) {
            put(sheet, row, column, print_figure(figure, language_));
            return;
        }
        double value = *figure.value;
        lxw_format* how = integer_;
        if (figure.print == Print::duration) {
            value /= 86400;  // a spreadsheet counts time in days
            how = duration_;
        } else if (figure.print == Print::share) {
            how = share_;
        } else if (figure.print == Print::decimal) {
            how = decimal_;
        }
        worksheet_write_number(sheet, row, column, value, how);
        const std::string interval = print_interval(figure, language_);
        if (!interval.empty()) worksheet_write_comment(sheet, row, column, interval.c_str());
    }

    void write_table(const Table& table) {
        const std::string name =
            sheet_name(std::to_string(++tables_) + " " + table.caption.in(language_), taken_);
        lxw_worksheet* sheet = workbook_add_worksheet(book_, name.c_str());
        const bool across = table.layout == Table::Layout::buckets_across;
        put(sheet, 0, 0, table.caption.in(language_), bold_);
        worksheet_set_column(sheet, 0, 0, 34, nullptr);
        worksheet_set_column(sheet, 1, 40, 13, nullptr);
        put(sheet, 2, 0, table.corner.in(language_), bold_);
        for (std::size_t i = 0; i < table.buckets.size(); ++i) {
            const std::string label = table.by.empty()
                                          ? format_period(table.buckets[i].period, language_)
                                          : table.buckets[i].title.in(language_);
            across ? put(sheet, 2, static_cast<lxw_col_t>(i + 1), label, head_)
                   : put(sheet, static_cast<lxw_row_t>(i + 3), 0, label);
        }
        for (std::size_t s = 0; s < table.series.size(); ++s) {
            const Series& series = table.series[s];
            across
                ? put(sheet, static_cast<lxw_row_t>(s + 3), 0, series.title.in(language_))
                : put(sheet, 2, static_cast<lxw_col_t>(s + 1), series.title.in(language_), head_);
            for (std::size_t i = 0; i < series.figures.size(); ++i)
                put_figure(sheet, static_cast<lxw_row_t>((across ? s : i) + 3),
                           static_cast<lxw_col_t>((across ? i : s) + 1),
                           document_.figures[series.figures[i]]);
        }
        lxw_row_t row =
            static_cast<lxw_row_t>((across ? table.series.size() : table.buckets.size()) + 4);
        for (const Note& note : table.notes) put(sheet, row++, 0, note.text.in(language_));
        put(sheet, row++, 0,
            text(language_, "report.source",
                 {{"source", table.source.in(language_)},
                  {"as_of", std::to_string(document_.as_of)}}));
        worksheet_freeze_panes(sheet, 3, 1);
        places_[table.id] = {sheet, name, 3, across, &table, row + 1};
    }

    void add_chart(const Chart& chart) {
        Place& place = places_.at(chart.table);
        const Table& table = *place.table;
        lxw_chart* made = workbook_add_chart(
            book_, chart.form == Chart::Form::bar ? LXW_CHART_COLUMN : LXW_CHART_LINE);
        const auto last = static_cast<std::uint16_t>(table.buckets.size());
        for (const Series& series : chart.series) {
            const auto found =
                std::find_if(table.series.begin(), table.series.end(),
                             [&](const Series& other) { return other.figures == series.figures; });
            if (found == table.series.end()) continue;
            const auto s = static_cast<std::uint16_t>(found - table.series.begin());
            lxw_chart_series* line = chart_add_series(made, nullptr, nullptr);
            const char* name = place.name.c_str();
            if (place.across) {
                chart_series_set_categories(line, name, 2, 1, 2, last);
                chart_series_set_values(line, name, place.first_row + s, 1, place.first_row + s,
                                        last);
                chart_series_set_name_range(line, name, place.first_row + s, 0);
            } else {
                chart_series_set_categories(line, name, 3, 0, 2 + last, 0);
                chart_series_set_values(line, name, 3, s + 1, 2 + last, s + 1);
                chart_series_set_name_range(line, name, 2, s + 1);
            }
            chart_series_set_marker_type(line, LXW_CHART_MARKER_AUTOMATIC);
        }
        chart_title_set_name(made, chart.title.in(language_).c_str());
        chart_axis_set_min(made->y_axis, 0);
        std::string description = chart.title.in(language_);
        lxw_chart_options options = {};
        options.description = description.data();
        options.x_scale = 1.6;
        worksheet_insert_chart_opt(place.sheet, place.end, 0, made, &options);
        place.end += 17;
    }

    void write_about() {
        lxw_worksheet* sheet =
            workbook_add_worksheet(book_, sheet_name(word("report.sheet.about"), taken_).c_str());
        worksheet_set_column(sheet, 0, 0, 26, nullptr);
        worksheet_set_column(sheet, 1, 1, 70, nullptr);
        lxw_row_t row = 0;
        const auto line = [&](const char* key, const std::string& value) {
            put(sheet, row, 0, word(key), bold_);
            put(sheet, row++, 1, value);
        };
        line("report.sheet.report", document_.title.in(language_));
        line("report.sheet.edition",
             document_.edition.empty() ? word("report.sheet.draft") : document_.edition);
        line("report.sheet.period", format_period(document_.period, language_));
        line("report.sheet.as_of", std::to_string(document_.as_of));
        if (document_.published_at != 0)
            line("report.sheet.published", format_timestamp(document_.published_at, language_));
    }

    void write_definitions() {
        lxw_worksheet* sheet = workbook_add_worksheet(
            book_, sheet_name(word("report.sheet.definitions"), taken_).c_str());
        static constexpr const char* kHeads[] = {"figure", "title",   "definition", "formula",
                                                 "owner",  "version", "caveat"};
        static constexpr double kWidths[] = {28, 30, 70, 40, 20, 20, 40};
        for (lxw_col_t i = 0; i < 7; ++i) {
            put(sheet, 0, i, word(std::string("report.sheet.") + kHeads[i]), bold_);
            worksheet_set_column(sheet, i, i, kWidths[i], nullptr);
        }
        lxw_row_t row = 1;
        for (const IndicatorNote& note : document_.indicators) {
            put(sheet, row, 0, note.id, wrap_);
            put(sheet, row, 1, note.title.in(language_), wrap_);
            put(sheet, row, 2, note.text.in(language_), wrap_);
            put(sheet, row, 3, note.formula.in(language_), wrap_);
            put(sheet, row, 4, note.owner, wrap_);
            put(sheet, row, 5, note.definition, wrap_);
            put(sheet, row, 6, note.caveat.in(language_), wrap_);
            ++row;
        }
        worksheet_freeze_panes(sheet, 1, 1);
    }

    const Document& document_;
    Language language_;
    lxw_workbook* book_ = nullptr;
    lxw_format *bold_ = nullptr, *head_ = nullptr, *wrap_ = nullptr, *integer_ = nullptr,
               *decimal_ = nullptr, *duration_ = nullptr, *share_ = nullptr;
    int tables_ = 0;
    std::set<std::string> taken_;
    std::map<std::string, Place> places_;
};

Error failed(const char* reason) {
    return make_error(ErrorCode::unavailable, "report.error.xlsx", {{"reason", reason}});
}

}  // namespace

// The library writes to a file by name: a file in memory, which leaves nothing behind.
Result<std::string> render_xlsx(const Document& document, Language language) {
    const int file = memfd_create("klarsyn-xlsx", MFD_CLOEXEC);
    if (file < 0) return failed("memfd_create");
    const std::string path = "/proc/self/fd/" + std::to_string(file);
    const int code = Workbook(document, language, path.c_str()).run();
    std::string bytes;
    if (code == 0) {
        bytes.resize(static_cast<std::size_t>(lseek(file, 0, SEEK_END)));
        if (pread(file, bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
            bytes.clear();
    }
    close(file);
    if (code != 0) return failed(lxw_strerror(static_cast<lxw_error>(code)));
    if (bytes.empty()) return failed("empty");
    return bytes;
}

}  // namespace klarsyn
