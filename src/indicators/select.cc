#include "indicators/select.h"

#include <algorithm>
#include <cctype>
#include <initializer_list>
#include <map>

namespace klarsyn {
namespace {

struct Token {
    enum class Kind { word, quoted, text, other, space } kind = Kind::other;
    std::size_t begin = 0;
    std::size_t end = 0;
    int depth = 0;  // parentheses around it
};

bool word_char(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == ':' || c == '.';
}

std::size_t quoted_end(std::string_view sql, std::size_t begin, char quote) {
    std::size_t i = begin + 1;
    while (i < sql.size()) {
        if (sql[i] == quote && i + 1 < sql.size() && sql[i + 1] == quote) {
            i += 2;
            continue;
        }
        if (sql[i] == quote) return i + 1;
        ++i;
    }
    return sql.size();
}

bool is_word(std::string_view sql, const Token& token, std::string_view upper) {
    if (token.kind != Token::Kind::word || token.end - token.begin != upper.size()) return false;
    for (std::size_t i = 0; i < upper.size(); ++i) {
        if (std::toupper(static_cast<unsigned char>(sql[token.begin + i])) != upper[i]) return false;
    }
    return true;
}

std::vector<Token> tokenize(std::string_view sql) {
    std::vector<Token> tokens;
    int depth = 0;
    std::size_t i = 0;
    while (i < sql.size()) {
        Token token;
        token.begin = i;
        const char c = sql[i];
        if (std::isspace(static_cast<unsigned char>(c))) {
            while (i < sql.size() && std::isspace(static_cast<unsigned char>(sql[i]))) ++i;
            token.kind = Token::Kind::space;
        } else if (c == '\'' || c == '"') {
            i = quoted_end(sql, i, c);
            token.kind = c == '"' ? Token::Kind::quoted : Token::Kind::text;
        } else if (word_char(c)) {
            while (i < sql.size() && word_char(sql[i])) ++i;
            token.kind = Token::Kind::word;
        } else {
            if (c == ')') --depth;
            ++i;
        }
        token.end = i;
        if (is_word(sql, token, "END")) --depth;  // CASE … END nests like parentheses
        token.depth = depth;
        if (c == '(' && token.kind == Token::Kind::other) ++depth;
        if (is_word(sql, token, "CASE")) ++depth;
        tokens.push_back(token);
    }
    return tokens;
}

std::string trimmed(std::string_view text) {
    while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front()))) {
        text.remove_prefix(1);
    }
    while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) {
        text.remove_suffix(1);
    }
    return std::string(text);
}

std::string unquoted(std::string_view text) {
    if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
        return std::string(text.substr(1, text.size() - 2));
    }
    const auto dot = text.rfind('.');
    return std::string(dot == std::string_view::npos ? text : text.substr(dot + 1));
}

SelectColumn parse_column(std::string_view text) {
    const auto tokens = tokenize(text);
    for (std::size_t i = tokens.size(); i-- > 0;) {
        if (tokens[i].depth == 0 && is_word(text, tokens[i], "AS")) {
            return {unquoted(trimmed(text.substr(tokens[i].end))),
                    trimmed(text.substr(0, tokens[i].begin))};
        }
    }
    return {unquoted(trimmed(text)), trimmed(text)};
}

std::vector<SelectColumn> parse_columns(std::string_view list) {
    std::vector<SelectColumn> columns;
    std::size_t begin = 0;
    for (const auto& token : tokenize(list)) {
        if (token.depth != 0 || list[token.begin] != ',') continue;
        columns.push_back(parse_column(list.substr(begin, token.begin - begin)));
        begin = token.end;
    }
    columns.push_back(parse_column(list.substr(begin)));
    return columns;
}

}  // namespace

const std::string* SelectQuery::column(std::string_view name) const {
    for (const auto& column : columns) {
        if (column.name == name) return &column.expression;
    }
    return nullptr;
}

std::optional<SelectQuery> parse_select(std::string_view sql) {
    const auto tokens = tokenize(sql);
    const Token* select = nullptr;
    const Token* from = nullptr;
    const Token* where = nullptr;
    static constexpr std::string_view kForbidden[] = {"UNION", "GROUP",  "ORDER", "LIMIT",
                                                      "WITH",  "HAVING", "EXCEPT", "INTERSECT"};
    for (const auto& token : tokens) {
        if (token.kind != Token::Kind::word || token.depth != 0) continue;
        for (const auto word : kForbidden) {
            if (is_word(sql, token, word)) return std::nullopt;
        }
        if (is_word(sql, token, "SELECT")) {
            if (select) return std::nullopt;
            select = &token;
        } else if (is_word(sql, token, "FROM")) {
            if (from) return std::nullopt;
            from = &token;
        } else if (is_word(sql, token, "WHERE")) {
            if (where) return std::nullopt;
            where = &token;
        }
    }
    if (!select || !from || from->begin < select->end || (where && where->begin < from->end)) {
        return std::nullopt;
    }
    SelectQuery query;
    query.columns = parse_columns(sql.substr(select->end, from->begin - select->end));
    const std::size_t from_end = where ? where->begin : sql.size();
    query.from = trimmed(sql.substr(from->end, from_end - from->end));
    if (where) query.where = trimmed(sql.substr(where->end));
    return query;
}

std::vector<std::string> split_conjuncts(std::string_view where) {
    std::vector<std::string> conjuncts;
    std::size_t begin = 0;
    bool between = false;
    for (const auto& token : tokenize(where)) {
        if (token.depth != 0) continue;
        if (is_word(where, token, "OR")) return {trimmed(where)};
        if (is_word(where, token, "BETWEEN")) between = true;
        if (!is_word(where, token, "AND")) continue;
        if (between) {
            between = false;
            continue;
        }
        conjuncts.push_back(trimmed(where.substr(begin, token.begin - begin)));
        begin = token.end;
    }
    if (!trimmed(where.substr(begin)).empty()) conjuncts.push_back(trimmed(where.substr(begin)));
    return conjuncts;
}

std::vector<std::string> relations(std::string_view sql) {
    std::vector<std::string> names;
    std::map<int, bool> in_from;  // by depth: a comma there begins another relation
    bool expected = false;
    for (const auto& token : tokenize(sql)) {
        if (token.kind == Token::Kind::space) continue;
        const bool word = token.kind == Token::Kind::word;
        const auto any_of = [&](std::initializer_list<std::string_view> list) {
            return std::any_of(list.begin(), list.end(),
                               [&](std::string_view name) { return is_word(sql, token, name); });
        };
        if (any_of({"FROM", "JOIN"})) {
            in_from[token.depth] = expected = true;
        } else if (any_of({"SELECT", "WHERE", "GROUP", "ORDER", "HAVING", "UNION", "EXCEPT",
                           "INTERSECT", "LIMIT"})) {
            in_from[token.depth] = expected = false;
        } else if (sql[token.begin] == ',' && in_from[token.depth]) {
            expected = true;
        } else if (expected && sql[token.begin] == '(') {
            in_from[token.depth + 1] = true;  // a subquery, or a join in parentheses
        } else if (expected && (word || token.kind == Token::Kind::quoted)) {
            std::string name(sql.substr(token.begin, token.end - token.begin));
            if (std::find(names.begin(), names.end(), name) == names.end()) {
                names.push_back(std::move(name));
            }
            expected = false;
        }
    }
    return names;
}

}  // namespace klarsyn
