// A table with texts that nobody thought of when a person is erased fails here.
#include "modules/text_columns.h"

#include <gtest/gtest.h>

#include <set>

#include "modules/module.h"
#include "store/test_store.h"

namespace klarsyn {
namespace {

using Places = std::set<std::string>;

// "table.column" of all that can hold a text or bytes; the search index's own tables apart.
Places columns_with_texts(Connection& db) {
    const auto rows =
        db.query(
              "SELECT m.name, c.name, c.type FROM sqlite_master m, pragma_table_info(m.name) c"
              " WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'"
              " AND m.name NOT LIKE 'core_search_text%' AND m.name NOT LIKE 'core_migration%'")
            .take();
    Places found;
    while (rows->next().take()) {
        const std::string type(rows->text(2));
        if (type != "BIGINT" && type != "INTEGER" && type != "DOUBLE PRECISION")
            found.insert(std::string(rows->text(0)) + "." + std::string(rows->text(1)));
    }
    return found;
}

TEST(TextColumns, every_column_of_the_schema_is_erased_or_free_of_persons) {
    TestDatabases databases;
    auto store = Store::create(databases.fresh(Dialect::sqlite), migrations());
    ASSERT_TRUE(store.ok()) << describe(store.error(), Language::en);
    Places listed;
    for (const TextColumn& column : text_columns()) {
        const std::string place = std::string(column.table) + "." + std::string(column.column);
        EXPECT_TRUE(listed.insert(place).second) << place << " stands twice";
        const bool told =
            column.how == TextColumn::How::free || column.how == TextColumn::How::by_code;
        EXPECT_EQ(told, !column.why.empty()) << place;
    }
    const Places there = columns_with_texts((*store)->writer());
    for (const std::string& place : there)
        EXPECT_TRUE(listed.contains(place))
            << place << " is not in text_columns.cc: does it hold anything about a person?";
    for (const std::string& place : listed)
        EXPECT_TRUE(there.contains(place)) << place << " is in no schema";
}

}  // namespace
}  // namespace klarsyn
