// Reading SQL as text: what is a string, a quoted name or a comment and what is not. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "store/database.h"

namespace klarsyn {

struct NumberedSql {
    std::string sql;                 // `:name` replaced by $1, $2, ...
    std::vector<std::string> names;  // ":name" of $1, $2, ...; each name once
};
// `::type`, strings, quoted names and comments stay as they are.
NumberedSql number_parameters(std::string_view sql);

// The schema placeholders and the type TEXT as the dialect wants them; see Connection::script.
std::string localise_schema(Dialect dialect, std::string_view sql);

// True for a SELECT, WITH or VALUES that holds no word INSERT, UPDATE or DELETE: it may run twice.
bool only_reads(std::string_view sql);

// True for table and column names as our schemas write them: [a-z0-9_], not beginning with a digit.
bool plain_name(std::string_view name);

}  // namespace klarsyn
