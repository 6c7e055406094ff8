// Coverage without files, for tests.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "modules/module.h"

namespace klarsyn {

// A feed "test" that covers `days` of a module: of an import in that format, or of the running
// server where `format` is empty. `seq` must be new; below 0 it is known at every entry.
inline void cover_for_test(Connection& db, std::int64_t seq, std::string_view module,
                           std::string_view format, Period days) {
    if (!format.empty()) {
        const auto batch = db.run(
            "INSERT INTO core_batch (seq, source, format, module, options, state, rows_read, "
            "rows_new, rows_changed, rows_unchanged, rows_rejected) VALUES (:seq, 'test', :format, "
            ":module, '{}', 'applied', 0, 0, 0, 0, 0)",
            {{":seq", seq}, {":format", std::string(format)}, {":module", std::string(module)}});
        ASSERT_TRUE(batch.ok()) << describe(batch.error(), Language::en);
    }
    const auto done = db.run(
        "INSERT INTO core_feed_cover (seq, module, source, from_day, to_day) "
        "VALUES (:seq, :module, 'test', :from, :to)",
        {{":seq", seq},
         {":module", std::string(module)},
         {":from", std::int64_t{days.from}},
         {":to", std::int64_t{days.to}}});
    ASSERT_TRUE(done.ok()) << describe(done.error(), Language::en);
}

// All days of 2010 to 2020 of every table of a module: without a record the answer is 0, not "not
// available". `seq` is that of an entry that covers nothing else.
inline void cover_all_for_test(Connection& db, std::int64_t seq, const std::string& name) {
    const Period days{day_of({2010, 1, 1}), day_of({2020, 12, 31})};
    cover_for_test(db, seq, name, {}, days);
    for (const auto& module : modules()) {
        if (module.name != name) continue;
        for (const auto& format : module.formats) {
            const auto lowest = query_i64(db, "SELECT COALESCE(MIN(seq), 0) FROM core_batch", {});
            ASSERT_TRUE(lowest.ok());
            cover_for_test(db, std::min<std::int64_t>(*lowest, 0) - 1, name, format.name, days);
        }
    }
}

}  // namespace klarsyn
