// What several rows say of one thing: which row holds. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <utility>

#include "ingest/table_file.h"

namespace klarsyn {

// Of several rows of one thing the one that was imported last: by batch, file and line. `read` gives
// a TableFault for a row and the thing that it fills; rows at fault are left out. `key_of` names it.
template <typename Thing, typename Read, typename KeyOf>
std::map<std::string, Thing> last_imported(const DeriveInput& input, Read read, KeyOf key_of) {
    using Order = std::tuple<std::int64_t, std::uint32_t, std::uint32_t>;
    TableRowReader reader;
    std::map<std::string, Order> orders;
    std::map<std::string, Thing> things;
    for (const GroupRow& row : input.rows) {
        Thing thing;
        if (!read(reader.read(row), thing).key.empty()) continue;
        const Order order{row.batch, row.file, row.line};
        std::string key = key_of(thing);
        const auto [known, fresh] = orders.try_emplace(key, order);
        if (!fresh && !(known->second < order)) continue;
        known->second = order;
        things.insert_or_assign(std::move(key), std::move(thing));
    }
    return things;
}

}  // namespace klarsyn
