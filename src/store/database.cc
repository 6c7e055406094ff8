#include "store/database.h"

namespace klarsyn {

std::string qualified(Dialect dialect, std::string_view table) {
    return std::string(dialect == Dialect::sqlite ? "main." : "public.").append(table);
}

Result<std::int64_t> query_i64(Connection& db, std::string_view sql, const Params& params,
                               std::int64_t null_value) {
    KL_TRY(auto rows, db.query(sql, params));
    KL_TRY(const bool found, rows->next());
    return found && !rows->is_null(0) ? rows->i64(0) : null_value;
}

}  // namespace klarsyn
