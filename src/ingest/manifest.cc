#include "ingest/manifest.h"

namespace klarsyn {
namespace {

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    while (true) {
        const auto end = text.find(separator);
        parts.emplace_back(text.substr(0, end));
        if (end == std::string_view::npos) return parts;
        text = text.substr(end + 1);
    }
}

}  // namespace

Result<std::vector<ManifestLine>> parse_manifest(std::string_view name, std::string_view text) {
    std::vector<ManifestLine> lines;
    int number = 0;
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    for (auto& raw : split(text, '\n')) {
        ++number;
        if (!raw.empty() && raw.back() == '\r') raw.pop_back();
        if (raw.empty() || raw.front() == '#') continue;
        const auto columns = split(raw, '\t');
        if (columns.size() != 4 || columns[0].empty() || columns[3].empty()) {
            Error error = make_error(ErrorCode::invalid_input, "ingest.manifest_columns",
                                     {{"count", std::to_string(columns.size())}});
            error.file = std::string(name);
            error.line = number;
            return error;
        }
        ManifestLine line;
        line.line = number;
        line.format = columns[0];
        line.source = columns[1];
        for (auto& word : split(columns[2], ' ')) {
            if (!word.empty()) line.options.push_back(std::move(word));
        }
        line.file = columns[3];
        lines.push_back(std::move(line));
    }
    return lines;
}

}  // namespace klarsyn
