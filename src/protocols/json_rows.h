// Rows of a JSON document: the objects of its one array, read like the rows of a table. The array
// is the document itself or a member of it ({"result": [...]}). Values and functions over the
// caller's bytes; each object belongs to one thread. Texts must outlive the reader and its rows.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "protocols/csv.h"

namespace klarsyn {

// Whether the text begins with [ or {, as no CSV header does.
bool looks_like_json(std::string_view text);

class JsonReader {
public:
    // invalid_input with the line: no array of objects, text behind the end, an end inside a row.
    static Result<JsonReader> open(std::string_view text);

    // The keys of all rows, in the order in which they first occur.
    const std::vector<std::string>& columns() const { return columns_; }

    // The next row, or false after the last; `readable` says whether it is a JSON object. A row
    // that is none has no fields: reject it and go on.
    bool next(CsvRow& row, bool& readable);

private:
    struct Span {
        std::uint64_t offset = 0;
        std::uint32_t length = 0;
        std::int64_t line = 0;
    };
    std::string_view text_;
    std::vector<Span> spans_;
    std::size_t at_ = 0;
    std::vector<std::string> columns_;
};

// Parses a row's bytes alone: the text of each column's value, empty for null and where it lacks. A
// value that is an object gives what people see of it (display_value, Name, name), else its value
// or id; an array its elements, joined by ", ". False where the bytes are no object.
bool parse_json_row(std::string_view bytes, const std::vector<std::string>& columns, CsvRow& row);

}  // namespace klarsyn
