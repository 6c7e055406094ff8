#include "web/org_scope.h"

#include <algorithm>
#include <map>
#include <set>

#include "core/text.h"

namespace klarsyn {

bool OrgScope::sees(std::string_view org) const {
    return all || org.empty() || std::binary_search(codes.begin(), codes.end(), org);
}

Result<OrgScope> org_scope(Connection& db, std::string_view org, Day day) {
    OrgScope scope;
    if (org.empty()) return scope;
    scope.all = false;
    KL_TRY(const auto rows,
           db.query("SELECT code, parent FROM core_org WHERE retracted_seq IS NULL"
                    " AND valid_from <= :day AND (valid_to IS NULL OR valid_to >= :day)",
                    {{":day", std::int64_t{day}}}));
    std::multimap<std::string, std::string> children;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) break;
        children.emplace(std::string(rows->text(1)), std::string(rows->text(0)));
    }
    std::set<std::string> found = {std::string(org)};
    std::vector<std::string> open = {std::string(org)};
    while (!open.empty()) {
        const std::string parent = open.back();
        open.pop_back();
        const auto [begin, end] = children.equal_range(parent);
        for (auto child = begin; child != end; ++child)
            if (found.insert(child->second).second) open.push_back(child->second);
    }
    scope.codes.assign(found.begin(), found.end());
    return scope;
}

Result<std::string> resolve_org(Connection& db, std::string_view text, Day day) {
    KL_TRY(const auto rows,
           db.query("SELECT code FROM core_org_alias WHERE folded = :folded AND"
                    " retracted_seq IS NULL AND valid_from <= :day"
                    " AND (valid_to IS NULL OR valid_to >= :day) ORDER BY code LIMIT 1",
                    {{":folded", fold(text)}, {":day", std::int64_t{day}}}));
    KL_TRY(const bool found, rows->next());
    return std::string(found ? rows->text(0) : text);
}

ScopeSql scope_sql(const OrgScope& scope, std::string_view column) {
    ScopeSql sql;
    if (scope.all) {
        sql.condition = "1 = 1";
        return sql;
    }
    const std::string name(column);
    sql.condition = "(" + name + " = ''";
    if (!scope.codes.empty()) {
        sql.condition += " OR " + name + " IN (";
        for (std::size_t i = 0; i < scope.codes.size(); ++i) {
            const std::string param = ":scope" + std::to_string(i);
            sql.condition += (i == 0 ? "" : ", ") + param;
            sql.params.emplace_back(param, Value(scope.codes[i]));
        }
        sql.condition += ")";
    }
    sql.condition += ")";
    return sql;
}

}  // namespace klarsyn
