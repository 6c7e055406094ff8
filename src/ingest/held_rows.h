// What several rows say of one thing: how it is named for good, and which row holds. Pure.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "ingest/table_file.h"

namespace klarsyn {

// "a/b/": the parts of a stable name, with '/' inside a part escaped.
inline std::string joined_key(std::initializer_list<std::string_view> parts) {
    std::string key;
    for (const std::string_view part : parts) {
        for (const char c : part) {
            if (c == '/')
                key += "%2F";
            else if (c == '%')
                key += "%25";
            else
                key += c;
        }
        key += '/';
    }
    return key;
}

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

// A column that may be empty.
template <typename Number>
void write_optional(const std::optional<Number>& value, FactSink& sink) {
    if (value)
        sink.i64(*value);
    else
        sink.null();
}

}  // namespace klarsyn
