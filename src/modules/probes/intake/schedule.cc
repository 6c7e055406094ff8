#include "modules/probes/intake/schedule.h"

#include <boost/json.hpp>

#include <array>
#include <limits>

#include "modules/probes/slots.h"
#include "protocols/probe/rules_toml.h"
#include "store/journal.h"
#include "store/settings.h"

namespace klarsyn::probes {
namespace {

namespace json = boost::json;

constexpr std::string_view kSetting = "probe_checks";
constexpr std::size_t kNameMost = 200;

Result<const toml::array*> tables_of(const toml::table& root, std::string_view name,
                                     std::string_view file) {
    const toml::node* node = root.get(name);
    if (node == nullptr) return static_cast<const toml::array*>(nullptr);
    if (!node->is_array_of_tables()) return toml_fault(file, node, name, "checks.field.objects");
    return node->as_array();
}

struct SeriesName {
    std::string system, action;
    friend auto operator<=>(const SeriesName&, const SeriesName&) = default;
};

// The schedule's rows of one place, by series.
Result<std::map<SeriesName, std::vector<ScheduleRule>>> rows_of(Connection& db,
                                                                const std::string& site,
                                                                const std::string& seat) {
    std::map<SeriesName, std::vector<ScheduleRule>> found;
    Names names(db);
    KL_TRY(const auto site_id, names.find(site));
    std::optional<std::int64_t> seat_id = 0;  // an empty text
    if (!seat.empty()) {
        KL_TRY(seat_id, names.find(seat));
    }
    if (!site_id || !seat_id) return found;
    KL_TRY(auto rows, db.query("SELECT system, action, every_s, source, from_at, to_at "
                               "FROM probes_schedule WHERE retracted_seq IS NULL "
                               "AND site = :site AND seat = :seat",
                               {{":site", Value(*site_id)}, {":seat", Value(*seat_id)}}));
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return found;
        SeriesName series;
        KL_TRY(series.system, names.text(rows->i64(0)));
        KL_TRY(series.action, names.text(rows->i64(1)));
        ScheduleRule rule;
        rule.every_s = rows->i64(2);
        KL_TRY(rule.source, names.text(rows->i64(3)));
        if (!rows->is_null(4)) rule.span.from = rows->i64(4);
        if (!rows->is_null(5)) rule.span.to = rows->i64(5);
        found[series].push_back(std::move(rule));
    }
}

json::value time_or_null(UtcSecond at) {
    const bool open = at == Span().from || at == Span().to;
    return open ? json::value(nullptr) : json::value(iso_utc(at));
}

json::object piece_json(const SeriesName& series, const std::string& site, const std::string& seat,
                        const Plan& plan, const Span& piece) {
    return {{"system", series.system},
            {"action", series.action},
            {"site", site},
            {"seat", seat},
            {"every_s", plan.every_s},
            {"anchor", time_or_null(plan.anchor)},
            {"from", time_or_null(piece.from)},
            {"to", time_or_null(piece.to)}};
}

void add_rule(const CheckRule& rule, json::object& into) {
    into["protocol"] = rule.protocol;
    into["settings"] = rule.settings;
    into["secrets"] = json::array(rule.secrets.begin(), rule.secrets.end());
    if (rule.time_limit_ms > 0) into["time_limit_ms"] = rule.time_limit_ms;
}

}  // namespace

Result<ProbeChecks> ProbeChecks::parse(std::string_view text, std::string_view file) {
    KL_TRY(const toml::table root, read_toml(text, file));
    constexpr std::array<std::string_view, 2> kTables = {"check", "probe"};
    KL_CHECK(only_fields(root, kTables, file));
    ProbeChecks checks;
    KL_TRY(const toml::array* rules, tables_of(root, "check", file));
    for (std::size_t i = 0; rules != nullptr && i < rules->size(); ++i) {
        const toml::table& table = *rules->get(i)->as_table();
        constexpr std::array<std::string_view, 2> kMore = {"site", "seat"};
        Rule rule;
        KL_TRY(rule.how, read_check_rule(table, file, check_protocols(), kMore));
        KL_TRY(rule.site, toml_text(table, "site", file, false));
        KL_TRY(rule.seat, toml_text(table, "seat", file, false));
        checks.rules.push_back(std::move(rule));
    }
    KL_TRY(const toml::array* probes, tables_of(root, "probe", file));
    for (std::size_t i = 0; probes != nullptr && i < probes->size(); ++i) {
        const toml::table& table = *probes->get(i)->as_table();
        constexpr std::array<std::string_view, 3> kKnown = {"agent", "site", "seat"};
        KL_CHECK(only_fields(table, kKnown, file));
        KL_TRY(const std::string agent, toml_text(table, "agent", file, true));
        KL_TRY(const std::string site, toml_text(table, "site", file, true));
        KL_TRY(const std::string seat, toml_text(table, "seat", file, false));
        checks.places[agent] = {site, seat};
    }
    return checks;
}

const CheckRule* ProbeChecks::rule_of(std::string_view system, std::string_view action,
                                      std::string_view site, std::string_view seat) const {
    for (const Rule& rule : rules)
        if (rule.how.system == system && rule.how.action == action &&
            (rule.site.empty() || rule.site == site) && (rule.seat.empty() || rule.seat == seat))
            return &rule.how;
    return nullptr;
}

Result<std::shared_ptr<const ProbeChecks>> probe_checks_at(Connection& db, ThreadMemory& memory,
                                                           UtcSecond at) {
    KL_TRY(const auto versions, setting_versions(db, kSetting));
    const SettingVersion* found = nullptr;
    for (const SettingVersion& version : versions)
        if (version.valid_from <= at) found = &version;
    if (found == nullptr) return std::make_shared<const ProbeChecks>();
    const std::string name = std::string(kSetting) + ' ' + found->sha256;
    if (const auto known = memory.parsed.find(name); known != memory.parsed.end())
        return std::static_pointer_cast<const ProbeChecks>(known->second);
    KL_TRY(auto checks, ProbeChecks::parse(found->text, kSetting));
    auto shared = std::make_shared<const ProbeChecks>(std::move(checks));
    memory.parsed[name] = shared;
    return shared;
}

Result<void> check_probe_checks(Connection&, UtcSecond, std::string_view text,
                                std::string_view file) {
    KL_TRY([[maybe_unused]] const auto checks, ProbeChecks::parse(text, file));
    return {};
}

Result<json::object> schedule_of(Connection& db, const ProbeChecks& checks,
                                 const std::string& agent, std::string site, std::string seat,
                                 UtcSecond now) {
    if (const auto place = checks.places.find(agent); place != checks.places.end())
        std::tie(site, seat) = place->second;
    KL_TRY(auto series, rows_of(db, site, seat));
    json::array known, unknown;
    for (auto& [name, rules] : series) {
        const CheckRule* how = checks.rule_of(name.system, name.action, site, seat);
        for (const Plan& plan : plans_of(std::move(rules))) {
            for (const Span& piece : plan.pieces) {
                if (piece.to <= now) continue;
                json::object one = piece_json(name, site, seat, plan, piece);
                if (how != nullptr) add_rule(*how, one);
                (how != nullptr ? known : unknown).push_back(std::move(one));
            }
        }
    }
    return json::object{{"agent", agent},
                        {"site", site},
                        {"seat", seat},
                        {"checks", std::move(known)},
                        {"without_check", std::move(unknown)}};
}

Result<Response> get_schedule(const Request& request, Context& context) {
    const auto named = [&](std::string_view name) -> Result<std::string> {
        const std::string value = request.find(name).value_or("");
        if (value.size() <= kNameMost) return value;
        Error error = make_error(ErrorCode::invalid_input, "probes.agents.name");
        error.field = name;
        return error;
    };
    KL_TRY(const std::string agent, named("agent"));
    KL_TRY(std::string site, named("site"));
    KL_TRY(std::string seat, named("seat"));
    const UtcSecond now = context.site.clock.now();
    KL_TRY(const auto checks, probe_checks_at(context.db(), context.memory(), now));
    KL_TRY(const json::object schedule,
           schedule_of(context.db(), *checks, agent, std::move(site), std::move(seat), now));
    Response response;
    response.type = "application/json";
    response.body = json::serialize(schedule) + "\n";
    return response;
}

}  // namespace klarsyn::probes
