// Measurements in blocks for the tests of indicators.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "indicators/cells.h"
#include "indicators/series_source.h"
#include "store/journal.h"
#include "store/series.h"

namespace klarsyn {

// The ids by which a test names its measurements, by ref.
inline std::map<std::string, std::int64_t>& measurement_ids_for_test() {
    static std::map<std::string, std::int64_t> ids;
    return ids;
}

// The days with measurements of the last test that had any, by table.
inline std::map<std::string, std::set<Day>>& measured_days_for_test() {
    static std::map<std::string, std::set<Day>> days;
    return days;
}

// Rows of words (id, at, the source's dimensions and fields, ms), "-" and "unknown" for none, as
// measurements that entry `seq` brought.
inline void insert_measurements_for_test(Connection& db, const SeriesSource& source,
                                         const std::vector<std::string>& columns,
                                         const std::vector<std::vector<std::string>>& rows_given,
                                         std::int64_t seq) {
    Names names(db);
    SeriesWriter writer(db, source.table, names);
    std::vector<SeriesRow> rows;
    measurement_ids_for_test().clear();
    for (const auto& words : rows_given) {
        const auto word = [&](const std::string& column) {
            const auto at = std::find(columns.begin(), columns.end(), column);
            if (at == columns.end()) return std::string();
            const std::string& found = words.at(static_cast<std::size_t>(at - columns.begin()));
            return found == "unknown" || found == "-" ? std::string() : found;
        };
        SeriesDims dims{};
        std::vector<std::string> texts;
        for (std::size_t d = 0; d < source.table.dims.size(); ++d) {
            texts.push_back(word(source.table.dims[d]));
            dims[d] = names.intern(texts.back()).take();
        }
        SeriesRow row;
        row.series = writer.series(dims).take();
        row.time = parse_iso_utc(word("at")).take();
        if (const std::string ms = word("ms"); !ms.empty())
            row.ms = static_cast<std::uint32_t>(std::stoul(ms));
        for (const SeriesField& field : source.fields) {
            const auto value = std::find(field.words.begin(), field.words.end(), word(field.name));
            ASSERT_NE(value, field.words.end()) << field.name;
            row.outcome |= static_cast<std::uint8_t>((value - field.words.begin()) << field.shift);
        }
        rows.push_back(row);
        const std::string ref = source.table.name + ":" + source.key(texts) + "/" + iso_utc(row.time);
        measurement_ids_for_test()[ref] = std::stoll(words.at(0));
    }
    const auto change = writer.append(seq, std::move(rows));
    ASSERT_TRUE(change.ok());
    measured_days_for_test()[source.table.name] = change->days;
}

inline std::optional<std::int64_t> measurement_id_for_test(const std::string& ref) {
    const auto found = measurement_ids_for_test().find(ref);
    if (found == measurement_ids_for_test().end()) return std::nullopt;
    return found->second;
}

inline void mark_measured_for_test(Connection& db) {
    for (const auto& [table, days] : measured_days_for_test())
        ASSERT_TRUE(mark_dirty(db, table, {days.begin(), days.end()}).ok());
}

inline void remove_measurements_for_test(Connection& db) {
    mark_measured_for_test(db);
    for (const char* table : {"core_series", "core_series_tail", "core_series_state"})
        ASSERT_TRUE(db.run("DELETE FROM " + std::string(table)).ok());
    measurement_ids_for_test().clear();
}

}  // namespace klarsyn
