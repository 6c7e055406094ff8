#include "indicators/cells.h"

namespace klarsyn {

Result<bool> add_from_cells(Connection&, const Catalogue&, const BoundQuestion&, Groups&) {
    return false;
}
Result<std::optional<std::vector<std::pair<Day, std::int64_t>>>> day_counts(Connection&,
                                                                           const Catalogue&,
                                                                           const BoundQuestion&) {
    return std::optional<std::vector<std::pair<Day, std::int64_t>>>();
}
Result<void> mark_dirty(Connection& db, std::string_view table, const std::vector<Day>& days) {
    for (const Day day : days) {
        KL_TRY([[maybe_unused]] const auto marked,
               db.run("INSERT INTO core_dirty (fact_table, day) VALUES (:table, :day) "
                      "ON CONFLICT (fact_table, day) DO NOTHING",
                      {{":table", Value(std::string(table))}, {":day", Value(std::int64_t{day})}}));
    }
    return {};
}
Result<void> refresh_cells(Connection&, const Catalogue&, const RefreshCallback&) { return {}; }
Result<std::vector<CellFault>> verify_cells(Connection&, const Catalogue&) {
    return std::vector<CellFault>();
}

}  // namespace klarsyn
