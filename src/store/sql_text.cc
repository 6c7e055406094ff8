#include "store/sql_text.h"

#include <algorithm>
#include <array>

namespace klarsyn {
namespace {

bool word_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// The end of the string, quoted name or comment that begins at `at`; `at` where none begins there.
std::size_t opaque_end(std::string_view sql, std::size_t at) {
    const char c = sql[at];
    if (c == '\'' || c == '"') {
        // A doubled quote ends one literal and begins the next: the same span in the end.
        const auto close = sql.find(c, at + 1);
        return close == sql.npos ? sql.size() : close + 1;
    }
    if (sql.substr(at, 2) == "--") {
        const auto newline = sql.find('\n', at);
        return newline == sql.npos ? sql.size() : newline;
    }
    if (sql.substr(at, 2) == "/*") {
        const auto close = sql.find("*/", at + 2);
        return close == sql.npos ? sql.size() : close + 2;
    }
    return at;
}

std::size_t word_end(std::string_view sql, std::size_t at) {
    while (at < sql.size() && word_char(sql[at])) ++at;
    return at;
}

struct Placeholder {
    std::string_view mark;
    std::string_view sqlite;
    std::string_view postgres;
};
constexpr std::array<Placeholder, 4> kPlaceholders{{
    {"{id}", "INTEGER PRIMARY KEY", "BIGINT PRIMARY KEY"},
    {"{bytes}", "BLOB", "BYTEA"},
    {"{clustered}", "WITHOUT ROWID", ""},
    // Words come folded and separated by spaces: which document has which, and no more. Up to eight
    // segments of a size may wait to be merged; idle time merges from two on (see search_sqlite.cc).
    {"{search_index}",
     "CREATE VIRTUAL TABLE core_search_text USING fts5(words, tokenize = 'ascii', detail = 'none', "
     "columnsize = 0); "
     "INSERT INTO core_search_text (core_search_text, rank) VALUES ('automerge', 8); "
     "INSERT INTO core_search_text (core_search_text, rank) VALUES ('usermerge', 2);",
     "CREATE TABLE core_search_text (rowid BIGINT PRIMARY KEY, words TSVECTOR NOT NULL); "
     "CREATE INDEX core_search_text_words ON core_search_text USING gin (words);"},
}};

}  // namespace

NumberedSql number_parameters(std::string_view sql) {
    NumberedSql out;
    out.sql.reserve(sql.size() + 16);
    for (std::size_t at = 0; at < sql.size();) {
        std::size_t end = opaque_end(sql, at);
        if (end == at && sql[at] == ':') {
            end = word_end(sql, at + 1);
            if (end > at + 1) {
                const auto name = sql.substr(at, end - at);
                auto known = std::find(out.names.begin(), out.names.end(), name);
                if (known == out.names.end()) known = out.names.insert(known, std::string(name));
                out.sql += '$' + std::to_string(known - out.names.begin() + 1);
                at = end;
                continue;
            }
            end = sql.substr(at, 2) == "::" ? word_end(sql, at + 2) : at + 1;
        }
        end = std::max(end, at + 1);
        out.sql += sql.substr(at, end - at);
        at = end;
    }
    return out;
}

std::string localise_schema(Dialect dialect, std::string_view sql) {
    std::string out;
    std::string_view previous_word;
    for (std::size_t at = 0; at < sql.size();) {
        std::size_t end = opaque_end(sql, at);
        if (end == at && sql[at] == '{') {
            const auto* found = std::find_if(
                kPlaceholders.begin(), kPlaceholders.end(),
                [&](const Placeholder& p) { return sql.substr(at, p.mark.size()) == p.mark; });
            if (found != kPlaceholders.end()) {
                out += dialect == Dialect::sqlite ? found->sqlite : found->postgres;
                at += found->mark.size();
                continue;
            }
        }
        if (end == at) end = word_end(sql, at);
        const auto piece = sql.substr(at, std::max(end, at + 1) - at);
        out += piece;
        // In CAST(x AS TEXT) a collation may not follow.
        if (piece == "TEXT" && dialect == Dialect::postgres && previous_word != "AS") {
            out += " COLLATE \"C\"";
        }
        if (word_char(piece.front())) previous_word = piece;
        at += piece.size();
    }
    return out;
}

bool only_reads(std::string_view sql) {
    bool first = true;
    for (std::size_t at = 0; at < sql.size();) {
        const std::size_t opaque = opaque_end(sql, at);
        const std::size_t end = opaque == at ? word_end(sql, at) : at;
        if (end == at) {
            at = std::max(opaque, at + 1);
            continue;
        }
        std::string word(sql.substr(at, end - at));
        for (char& c : word) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
        if (first && word != "SELECT" && word != "WITH" && word != "VALUES") return false;
        if (word == "INSERT" || word == "UPDATE" || word == "DELETE") return false;
        first = false;
        at = end;
    }
    return !first;
}

bool plain_name(std::string_view name) {
    const auto plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    };
    return !name.empty() && !(name[0] >= '0' && name[0] <= '9') &&
           std::all_of(name.begin(), name.end(), plain);
}

}  // namespace klarsyn
