// The writing half of csv.h.
#include <cmath>

#include <fmt/format.h>

#include "protocols/csv.h"

namespace klarsyn {

std::optional<CsvDialect> parse_csv_dialect(std::string_view name) {
    if (name == "rfc4180") return CsvDialect::rfc4180;
    if (name == "excel-da") return CsvDialect::excel_da;
    return std::nullopt;
}

CsvWriter::CsvWriter(CsvDialect dialect) : dialect_(dialect) {
    if (dialect_ == CsvDialect::excel_da) out_ = "\xef\xbb\xbf";
}

void CsvWriter::separate() {
    if (row_begun_) out_ += dialect_ == CsvDialect::excel_da ? ';' : ',';
    row_begun_ = true;
}

void CsvWriter::text(std::string_view value) {
    separate();
    bool formula =
        !value.empty() && std::string_view("=+-@\t\r").find(value[0]) != std::string_view::npos;
    // Both delimiters are quoted in both dialects, so that a file survives a wrong guess.
    if (value.find_first_of(",;\t\"\r\n") == std::string_view::npos) {
        if (formula) out_ += '\'';
        out_ += value;
        return;
    }
    out_ += '"';
    if (formula) out_ += '\'';
    for (char c : value) {
        if (c == '"') out_ += '"';
        out_ += c;
    }
    out_ += '"';
}

void CsvWriter::integer(std::int64_t value) {
    separate();
    out_ += std::to_string(value);
}

void CsvWriter::mark_decimal(std::string number) {
    std::size_t point = number.find('.');
    if (point != std::string::npos && dialect_ == CsvDialect::excel_da) number[point] = ',';
    out_ += number;
}

void CsvWriter::decimal(double value, int decimals) {
    separate();
    double scale = std::pow(10.0, decimals);
    double rounded = std::round(value * scale) / scale;
    mark_decimal(fmt::format("{:.{}f}", rounded == 0 ? 0.0 : rounded, decimals));
}

void CsvWriter::number(double value) {
    separate();
    mark_decimal(fmt::format("{}", value));
}

void CsvWriter::empty() { separate(); }

void CsvWriter::end_row() {
    out_ += "\r\n";
    row_begun_ = false;
}

std::string CsvWriter::take() {
    std::string written = std::move(out_);
    out_.clear();
    return written;
}

}  // namespace klarsyn
