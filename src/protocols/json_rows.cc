#include "protocols/json_rows.h"

#include <boost/json.hpp>

#include <algorithm>
#include <limits>
#include <optional>
#include <unordered_set>

namespace klarsyn {
namespace {

namespace json = boost::json;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

Error json_error(std::string key, std::int64_t line) {
    Error error = make_error(ErrorCode::invalid_input, std::move(key));
    error.line = line;
    return error;
}

// Walks over a document without building it: only where values begin and end.
class Scanner {
public:
    explicit Scanner(std::string_view text) : text_(text) {}

    std::size_t at() const { return at_; }
    std::int64_t line() const { return line_; }
    bool at_end() const { return at_ >= text_.size(); }

    char peek() {
        while (!at_end() && is_space(text_[at_])) advance();
        return at_end() ? '\0' : text_[at_];
    }
    bool take(char wanted) {
        if (peek() != wanted || at_end()) return false;
        advance();
        return true;
    }
    // The value at hand, of whatever kind. False where the text ends inside it.
    bool skip_value() {
        int depth = 0;
        peek();
        while (!at_end()) {
            const char c = text_[at_];
            if (depth == 0 && (c == ',' || c == ']' || c == '}')) return true;
            if (c == '"') {
                if (!skip_string()) return false;
                if (depth == 0) return true;
                continue;
            }
            depth += c == '{' || c == '[' ? 1 : 0;
            depth -= c == '}' || c == ']' ? 1 : 0;
            advance();
            if (depth == 0 && (c == '}' || c == ']')) return true;
        }
        return false;
    }

private:
    void advance() {
        if (text_[at_] == '\n') ++line_;
        ++at_;
    }
    bool skip_string() {
        advance();
        while (!at_end()) {
            const char c = text_[at_];
            advance();
            if (c == '"') return true;
            if (c == '\\' && !at_end()) advance();
        }
        return false;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::int64_t line_ = 1;
};

// Comes to stand behind the [ of the first array among the members of the document's object.
bool enter_array(Scanner& scanner, int& depth) {
    if (scanner.take('[')) return true;
    if (!scanner.take('{')) return false;
    ++depth;
    while (scanner.peek() == '"') {
        if (!scanner.skip_value() || !scanner.take(':')) return false;
        if (scanner.take('[')) return true;
        if (!scanner.skip_value() || !scanner.take(',')) return false;
    }
    return false;
}

// What stands behind the array in the document's object.
bool leave_object(Scanner& scanner) {
    while (scanner.take(',')) {
        if (scanner.peek() != '"' || !scanner.skip_value() || !scanner.take(':') ||
            !scanner.skip_value())
            return false;
    }
    return scanner.take('}');
}

std::string text_of(const json::value& value);

std::string text_of(const json::array& array) {
    std::string list;
    for (const json::value& element : array) {
        const std::string text = text_of(element);
        if (text.empty()) continue;
        if (!list.empty()) list += ", ";
        list += text;
    }
    return list;
}

std::string text_of(const json::object& object) {
    // An empty display value is an empty field, whatever the value behind it.
    const json::value* shown = object.if_contains("display_value");
    if (shown && !shown->is_null()) return text_of(*shown);
    for (const char* key : {"Name", "name", "value", "id"}) {
        const json::value* found = object.if_contains(key);
        if (!found) continue;
        if (std::string text = text_of(*found); !text.empty()) return text;
    }
    return {};
}

std::string text_of(const json::value& value) {
    switch (value.kind()) {
        case json::kind::null: return {};
        case json::kind::string: return std::string(value.get_string());
        case json::kind::object: return text_of(value.get_object());
        case json::kind::array: return text_of(value.get_array());
        default: return json::serialize(value);  // numbers and truth values as they are written
    }
}

std::optional<json::object> parse_object(std::string_view bytes) {
    boost::system::error_code error;
    json::value value = json::parse(bytes, error);
    if (error || !value.is_object()) return std::nullopt;
    return std::move(value.get_object());
}

}  // namespace

bool looks_like_json(std::string_view text) {
    const auto first = std::find_if_not(text.begin(), text.end(), is_space);
    return first != text.end() && (*first == '[' || *first == '{');
}

Result<JsonReader> JsonReader::open(std::string_view text) {
    JsonReader reader;
    reader.text_ = text;
    Scanner scanner(text);
    int depth = 0;
    if (!enter_array(scanner, depth)) return json_error("error.json.no_rows", scanner.line());
    std::unordered_set<std::string> known;
    bool more = scanner.peek() != ']';
    while (more) {
        scanner.peek();
        const Span begin{scanner.at(), 0, scanner.line()};
        if (!scanner.skip_value()) return json_error("error.json.cut", begin.line);
        const std::size_t length = scanner.at() - begin.offset;
        if (length > std::numeric_limits<std::uint32_t>::max())
            return json_error("error.json.cut", begin.line);
        reader.spans_.push_back({begin.offset, static_cast<std::uint32_t>(length), begin.line});
        if (const auto object = parse_object(text.substr(begin.offset, length))) {
            for (const auto& member : *object) {
                if (known.insert(std::string(member.key())).second)
                    reader.columns_.emplace_back(member.key());
            }
        }
        more = scanner.take(',');
    }
    if (!scanner.take(']')) return json_error("error.json.cut", scanner.line());
    if (depth > 0 && !leave_object(scanner)) return json_error("error.json.cut", scanner.line());
    scanner.peek();
    if (!scanner.at_end()) return json_error("error.json.behind", scanner.line());
    return reader;
}

bool JsonReader::next(CsvRow& row, bool& readable) {
    if (at_ >= spans_.size()) return false;
    const Span& span = spans_[at_++];
    row.line = span.line;
    row.offset = span.offset;
    row.length = span.length;
    row.bytes = text_.substr(span.offset, span.length);
    row.fault = CsvFault::none;
    readable = parse_json_row(row.bytes, columns_, row);
    return true;
}

bool parse_json_row(std::string_view bytes, const std::vector<std::string>& columns, CsvRow& row) {
    row.fields.clear();
    row.scratch.clear();
    row.bytes = bytes;
    const auto object = parse_object(bytes);
    if (!object) return false;
    std::vector<std::size_t> ends;
    ends.reserve(columns.size());
    for (const std::string& column : columns) {
        const json::value* found = object->if_contains(column);
        if (found) row.scratch += text_of(*found);
        ends.push_back(row.scratch.size());
    }
    row.scratch += ' ';  // never empty: the fields always stand in it
    std::size_t begin = 0;
    for (const std::size_t end : ends) {
        row.fields.push_back(std::string_view(row.scratch).substr(begin, end - begin));
        begin = end;
    }
    return true;
}

}  // namespace klarsyn
