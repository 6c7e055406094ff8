// Figures and records as JSON and CSV: one serializer for the command line and the web API, so that
// the two cannot differ. Pure functions; thread-safe. Numbers are written unrounded.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "indicators/catalogue.h"
#include "indicators/figures.h"

namespace klarsyn {

// A JSON string with its quotes. Bytes that are no UTF-8 become U+FFFD.
std::string json_string(std::string_view text);
// The shortest decimal that reads back as the same double; integers without a point.
std::string json_number(double value);
std::string json_day(Day day);  // "2013-04-15" in quotes

// {"figure":"...","definition":"...","as_of":1,"unit":"count","period":{...},"rows":[...]}
std::string figure_json(const FigureAnswer& answer);

// {"ref":"...","day":"...", ...the fact's columns}
std::string record_json(const RecordItem& item);
// {"records":[...],"hidden":0}: how many more there are that the reader may not see.
std::string records_json(const RecordPage& page);

// {"figure":"...","title":{"da":...,"en":...}, ...}: one indicator of the catalogue.
std::string indicator_json(const Indicator& indicator);
// {"figures":[...]}
std::string catalogue_json(const Catalogue& catalogue);

// RFC 4180 with LF ends replaced by CRLF, or what a Danish Excel opens with a double click: byte
// order mark, semicolons and decimal comma. Text that a spreadsheet would run as a formula gets an
// apostrophe in front.
enum class RecordsCsv { plain, excel_da };

std::string records_csv_field(std::string_view text, RecordsCsv dialect);
// The first line (with the byte order mark where the dialect wants one): ref, day, columns.
std::string records_csv_header(const std::vector<std::string>& columns, RecordsCsv dialect);
std::string record_csv(const RecordItem& item, RecordsCsv dialect);

}  // namespace klarsyn
