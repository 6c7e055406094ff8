// Takes an indicator's single SELECT apart, so that indicators over the same table can share one
// scan and drill-down can push conditions inside. Pure; knows only what indicators may be.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace klarsyn {

struct SelectColumn {
    std::string name;        // the alias, without quotes
    std::string expression;  // as written
};

struct SelectQuery {
    std::vector<SelectColumn> columns;
    std::string from;        // "telephony_visit", or with joins
    std::string where;       // empty where there is none
    const std::string* column(std::string_view name) const;
};

// nullopt unless the text is exactly one SELECT … FROM … [WHERE …] at the top level.
std::optional<SelectQuery> parse_select(std::string_view sql);

// Splits at top-level AND: the conjuncts of a WHERE. BETWEEN x AND y stays whole.
std::vector<std::string> split_conjuncts(std::string_view where);

// What the text reads from: the names after FROM and JOIN, in subqueries too, each once, as written.
// Quoted names keep their quotes, qualified ones their dot, so that a caller can refuse both.
std::vector<std::string> relations(std::string_view sql);

}  // namespace klarsyn
