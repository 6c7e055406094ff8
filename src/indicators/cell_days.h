// The stored cells of a range of days, in SQL. Internal to indicators.
#pragma once

namespace klarsyn {

// Continues a SELECT of c's columns; binds :first, :last, :scan and :cut. One seek per day and cut.
// The plus matters: without it SQLite concludes that c.day lies in the range, too, and then reads
// every cut of every day.
inline constexpr const char* kCellsOfDays =
    "FROM core_day AS d CROSS JOIN core_cell_day AS c WHERE d.day BETWEEN :first AND :last AND "
    "c.day = +d.day AND c.scan = :scan AND c.cut = :cut";

}  // namespace klarsyn
