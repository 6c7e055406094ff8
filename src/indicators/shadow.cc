#include "indicators/shadow.h"

#include <algorithm>
#include <set>

#include "indicators/select.h"

namespace klarsyn {
namespace {

using Words = std::set<std::string, std::less<>>;

Words words_of(std::string_view sql) {
    const auto names = relations(sql);
    return {names.begin(), names.end()};
}

// The views that the words lead to, in their order; the words gain what the views read.
std::vector<const PubView*> needed_views(const Catalogue& catalogue, Words& words) {
    std::vector<const PubView*> needed;
    const auto& views = catalogue.views();
    for (auto view = views.rbegin(); view != views.rend(); ++view) {
        if (!words.contains(view->name)) continue;
        needed.push_back(&*view);
        words.merge(words_of(view->sql));
    }
    std::reverse(needed.begin(), needed.end());
    return needed;
}

Error relation_error(std::string_view reader, std::string key, std::string_view name) {
    Error error =
        make_error(ErrorCode::invalid_input, std::move(key), {{"value", std::string(name)}});
    error.file = std::string(reader);
    error.field = "sql";
    return error;
}

bool plain_name(std::string_view name) {
    return std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    });
}

Result<void> check_read(const Catalogue& catalogue, std::string_view reader,
                        std::string_view module, std::string_view sql) {
    for (const auto& name : relations(sql)) {
        if (!plain_name(name)) return relation_error(reader, "indicators.relation_name", name);
        const bool view = std::any_of(catalogue.views().begin(), catalogue.views().end(),
                                      [&](const PubView& v) { return v.name == name; });
        if (view || name.starts_with("core_")) continue;
        const FactTable* table = catalogue.table(name);
        if (!table) return relation_error(reader, "indicators.relation_unknown", name);
        if (table->module != module) {
            return relation_error(reader, "indicators.relation_foreign", name);
        }
    }
    return {};
}

}  // namespace

std::string shadow_clause(const Catalogue& catalogue, Dialect dialect, std::string_view sql) {
    Words words = words_of(sql);
    const auto views = needed_views(catalogue, words);
    std::string clause;
    for (const auto& table : catalogue.tables()) {
        if (!words.contains(table.name)) continue;
        clause += clause.empty() ? "WITH " : ", ";
        clause += table.name + " AS NOT MATERIALIZED (SELECT * FROM " +
                  qualified(dialect, table.name) +
                  " WHERE seq <= :as_of AND (retracted_seq IS NULL OR retracted_seq > :as_of))";
    }
    for (const PubView* view : views) {
        clause += clause.empty() ? "WITH " : ", ";
        clause += view->name + " AS NOT MATERIALIZED (" + view->sql + ")";
    }
    if (!clause.empty()) clause += " ";
    return clause;
}

std::string view_clause(const Catalogue& catalogue, std::string_view sql) {
    Words words = words_of(sql);
    std::string clause;
    for (const PubView* view : needed_views(catalogue, words)) {
        clause += view->name + " AS (" + view->sql + ") ";
    }
    return clause;
}

Result<void> check_relations(const Catalogue& catalogue, const Indicator& indicator) {
    KL_CHECK(check_read(catalogue, indicator.id, indicator.module, indicator.sql));
    if (!catalogue.table(indicator.table)) {
        return relation_error(indicator.id, "indicators.relation_unknown", indicator.table);
    }
    if (!indicator.known_by.empty()) {
        return check_read(catalogue, indicator.id, indicator.module,
                          "SELECT 1 FROM " + indicator.known_by);
    }
    return {};
}

Result<void> order_views(const Catalogue& catalogue, std::vector<PubView>& views) {
    for (const auto& view : views) {
        KL_CHECK(check_read(catalogue, view.name, view.module, view.sql));
    }
    std::vector<PubView> ordered;
    Words done;
    while (ordered.size() < views.size()) {
        const std::size_t before = ordered.size();
        for (const auto& view : views) {
            if (done.contains(view.name)) continue;
            const auto reads = relations(view.sql);
            const bool ready = std::all_of(reads.begin(), reads.end(), [&](const auto& name) {
                return !name.starts_with("pub_") || done.contains(name);
            });
            if (!ready) continue;
            ordered.push_back(view);
            done.insert(view.name);
        }
        if (ordered.size() == before) {  // two that read each other
            return relation_error(views.front().name, "indicators.relation_circle",
                                  views.front().name);
        }
    }
    views = std::move(ordered);
    return {};
}

}  // namespace klarsyn
