#include "web/systems.h"

#include <toml++/toml.h>

#include "core/embedded.h"
#include "store/settings.h"
#include "web/org_scope.h"

namespace klarsyn {
namespace {

constexpr std::string_view kSystemsFile = "web/settings/systems.toml";

std::string_view built_in() {
    for (const EmbeddedFile& file : embedded_files(kSystemsFile)) return file.text;
    return {};
}

Words words_at(Rows& rows, int column) {
    return {std::string(rows.text(column)), std::string(rows.text(column + 1))};
}

}  // namespace

// A disturbance at a hospital is one at its wards, and at the region it belongs to.
Result<bool> touches_place(Connection& db, std::string_view orgs, std::string_view org, Day day) {
    if (orgs.empty() || org.empty()) return true;
    KL_TRY(const OrgScope below_mine, org_scope(db, org, day));
    while (!orgs.empty()) {
        const std::size_t end = orgs.find('\n');
        const std::string_view one = orgs.substr(0, end);
        orgs.remove_prefix(end == std::string_view::npos ? orgs.size() : end + 1);
        if (one.empty()) continue;
        if (below_mine.sees(one)) return true;
        KL_TRY(const OrgScope below_one, org_scope(db, one, day));
        if (below_one.sees(org)) return true;
    }
    return false;
}

Result<std::vector<SystemName>> parse_systems(std::string_view source, std::string_view name) {
    const auto bad = [&](const toml::source_region& where, std::string_view field, std::string key,
                         TextArgs args = {}) {
        Error error = make_error(ErrorCode::invalid_input, std::move(key), std::move(args));
        error.file = std::string(name);
        error.line = where.begin.line;
        error.field = std::string(field);
        return error;
    };
    std::vector<SystemName> list;
    try {
        const toml::table file = toml::parse(source);
        const toml::node* systems = file.get("system");
        if (systems == nullptr || !systems->is_array())
            return bad(file.source(), "system", "web.systems_none");
        for (const toml::node& node : *systems->as_array()) {
            const toml::table* one = node.as_table();
            if (one == nullptr) return bad(node.source(), "system", "web.systems_none");
            SystemName system;
            for (const auto& [field, into] :
                 {std::pair("id", &system.id), {"da", &system.da}, {"en", &system.en}}) {
                *into = (*one)[field].value_or(std::string());
                const bool needed = std::string_view(field) != "en";
                if (needed && into->empty())
                    return bad(one->source(), field, "web.systems_field");
            }
            for (const SystemName& other : list)
                if (other.id == system.id)
                    return bad(one->source(), "id", "web.systems_twice", {{"id", system.id}});
            list.push_back(std::move(system));
        }
    } catch (const toml::parse_error& broken) {
        return bad(broken.source(), "", "web.systems_unreadable",
                   {{"reason", std::string(broken.description())}});
    }
    return list;
}

Result<std::vector<SystemName>> load_systems(Connection& db, UtcSecond now) {
    KL_TRY(const auto versions, setting_versions(db, "systems"));
    for (auto version = versions.rbegin(); version != versions.rend(); ++version)
        if (version->valid_from <= now) return parse_systems(version->text, "systems");
    return parse_systems(built_in(), kSystemsFile);
}

Result<std::vector<StandingNotice>> standing_notices(Connection& db, std::string_view org,
                                                     UtcSecond now) {
    struct Row {
        StandingNotice notice;
        std::string orgs;
    };
    std::vector<Row> found;
    {
        KL_TRY(const auto rows,
               db.query("SELECT number, kind, system, severity, title_da, title_en, text_da,"
                        " text_en, advice_da, advice_en, case_number, starts_at, next_at, orgs"
                        " FROM core_notice WHERE state = 'open' AND starts_at <= :now"
                        " AND (kind <> 'planned' OR ends_at IS NULL OR ends_at > :now)"
                        " ORDER BY num DESC",
                        {{":now", now}}));
        while (true) {
            KL_TRY(const bool more, rows->next());
            if (!more) break;
            Row row;
            row.notice.number = rows->text(0);
            row.notice.kind = rows->text(1);
            row.notice.system = rows->text(2);
            row.notice.severity = rows->text(3);
            row.notice.title = words_at(*rows, 4);
            row.notice.text = words_at(*rows, 6);
            row.notice.advice = words_at(*rows, 8);
            row.notice.case_number = rows->text(10);
            row.notice.starts_at = rows->i64(11);
            if (!rows->is_null(12)) row.notice.next_at = rows->i64(12);
            row.orgs = rows->text(13);
            found.push_back(std::move(row));
        }
    }
    std::vector<StandingNotice> list;
    const Day day = Zone::copenhagen().to_local(now).day;
    for (Row& row : found) {
        KL_TRY(const bool here, touches_place(db, row.orgs, org, day));
        if (here) list.push_back(std::move(row.notice));
    }
    return list;
}

Result<std::vector<StandingNotice>> standing_disturbances(Connection& db, std::string_view system,
                                                          std::string_view org, UtcSecond now) {
    KL_TRY(auto list, standing_notices(db, org, now));
    std::erase_if(list, [&](const StandingNotice& one) {
        return one.kind != "disturbance" || (!system.empty() && one.system != system);
    });
    return list;
}

}  // namespace klarsyn
