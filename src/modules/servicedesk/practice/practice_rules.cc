#include "modules/servicedesk/practice/practice_rules.h"

#include <algorithm>

#include "core/embedded.h"
#include "modules/servicedesk/settings_toml.h"
#include "store/settings.h"

namespace klarsyn::servicedesk {
namespace {

constexpr std::int64_t kApprovalsMax = 20;

// The tables of an array of tables; none where the key is absent.
Result<std::vector<const toml::table*>> tables_of(const SettingsToml& file, std::string_view key) {
    std::vector<const toml::table*> list;
    const toml::node* node = file.root().get(key);
    if (node == nullptr) return list;
    const toml::array* array = node->as_array();
    if (array == nullptr) return file.fault(*node, key, "servicedesk.settings.not_a_table");
    for (const toml::node& item : *array) {
        const toml::table* table = item.as_table();
        if (table == nullptr) return file.fault(item, key, "servicedesk.settings.not_a_table");
        list.push_back(table);
    }
    return list;
}

Result<std::string> text_of(const SettingsToml& file, const toml::table& table,
                            std::string_view key) {
    const toml::node* node = table.get(key);
    if (node == nullptr) return file.missing(table, key);
    return file.text(*node, key);
}

Result<TwoTexts> two_texts(const SettingsToml& file, const toml::table& table) {
    TwoTexts texts;
    KL_TRY(texts.da, text_of(file, table, "da"));
    KL_TRY(texts.en, text_of(file, table, "en"));
    return texts;
}

Result<std::vector<std::string>> list_of(const SettingsToml& file, const toml::table& table,
                                         std::string_view key) {
    const toml::node* node = table.get(key);
    if (node == nullptr) return std::vector<std::string>();
    return file.texts(*node, key);
}

std::optional<int> number_at(std::string_view text, std::size_t at, std::size_t size) {
    if (text.size() < at + size) return std::nullopt;
    int value = 0;
    for (std::size_t i = at; i < at + size; ++i) {
        if (text[i] < '0' || text[i] > '9') return std::nullopt;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

// "2026-12-11", "2026-12-11T18:00", "12-20", "12-20T18:00". A day alone as an end is its last
// moment.
enum class Bound { from, to };
std::optional<FreezeBound> parse_bound(std::string_view text, Bound which) {
    FreezeBound bound;
    if (const auto year = number_at(text, 0, 4); year && text.size() > 4 && text[4] == '-') {
        bound.year = *year;
        text.remove_prefix(5);
    }
    const auto month = number_at(text, 0, 2);
    const auto day = number_at(text, 3, 2);
    if (!month || !day || text[2] != '-') return std::nullopt;
    bound.month = *month;
    bound.day = *day;
    const int year = bound.year > 0 ? bound.year : 2028;  // a leap year: 02-29 comes back
    if (!valid_date({year, bound.month, bound.day})) return std::nullopt;
    text.remove_prefix(5);
    if (text.empty()) {
        bound.second = which == Bound::to ? 86400 : 0;
        return bound;
    }
    const auto hour = number_at(text, 1, 2);
    const auto minute = number_at(text, 4, 2);
    if (text.size() != 6 || text[0] != 'T' || text[3] != ':' || !hour || !minute || *hour > 23 ||
        *minute > 59)
        return std::nullopt;
    bound.second = *hour * 3600 + *minute * 60;
    return bound;
}

UtcSecond moment_of(const FreezeBound& bound, int year) {
    Date date{bound.year > 0 ? bound.year : year, bound.month, bound.day};
    while (!valid_date(date)) --date.day;  // 29 February of a year without one
    const Day day = day_of(date);
    if (bound.second == 86400) return day_end(day);
    return Zone::copenhagen().to_utc({day, bound.second}).utc;
}

bool shares(const std::vector<std::string>& some, const std::vector<std::string>& others) {
    return std::any_of(some.begin(), some.end(), [&](const std::string& one) {
        return std::any_of(others.begin(), others.end(),
                           [&](const std::string& other) { return fold(one) == fold(other); });
    });
}

Result<FreezeWindow> read_window(const SettingsToml& file, const toml::table& table) {
    KL_CHECK(file.only_keys(table, {"id", "da", "en", "from", "to", "systems"}));
    FreezeWindow window;
    KL_TRY(window.id, text_of(file, table, "id"));
    KL_TRY(window.title, two_texts(file, table));
    KL_TRY(window.systems, list_of(file, table, "systems"));
    for (const auto& [key, which] : {std::pair{"from", Bound::from}, {"to", Bound::to}}) {
        KL_TRY(const std::string text, text_of(file, table, key));
        const auto bound = parse_bound(text, which);
        if (!bound)
            return file.fault(*table.get(key), key, "servicedesk.practice.setting.no_moment",
                              {{"value", text}});
        (which == Bound::from ? window.from : window.to) = *bound;
    }
    if ((window.from.year > 0) != (window.to.year > 0))
        return file.fault(table, "to", "servicedesk.practice.setting.one_year");
    if (window.from.year > 0 && moment_of(window.from, 0) >= moment_of(window.to, 0))
        return file.fault(table, "to", "servicedesk.practice.setting.ends_first");
    return window;
}

Result<void> read_risk(const SettingsToml& file, ChangeRules& rules) {
    KL_TRY(const toml::table* table, file.table(file.root(), "risk"));
    KL_CHECK(file.only_keys(*table, {"impact1", "impact2", "impact3"}));
    for (std::size_t impact = 0; impact < 3; ++impact) {
        const std::string key = "impact" + std::to_string(impact + 1);
        const toml::node* node = table->get(key);
        if (node == nullptr) return file.missing(*table, key);
        KL_TRY(const auto words, file.texts(*node, key));
        const bool known = words.size() == 3 &&
                           std::all_of(words.begin(), words.end(), [](const std::string& word) {
                               return word == "low" || word == "medium" || word == "high";
                           });
        if (!known) return file.fault(*node, key, "servicedesk.practice.setting.three_risks");
        std::copy(words.begin(), words.end(), rules.risk[impact].begin());
    }
    return {};
}

Result<std::int64_t> number_of(const SettingsToml& file, const toml::table& table,
                               std::string_view key, std::int64_t min, std::int64_t max) {
    const toml::node* node = table.get(key);
    if (node == nullptr) return file.missing(table, key);
    return file.integer(*node, key, min, max);
}

struct InForce {
    std::string text, file;
    UtcSecond until = 0;
};

Result<InForce> in_force(Connection& db, std::string_view name, UtcSecond now) {
    InForce found;
    found.file = "modules/servicedesk/settings/" + std::string(name) + ".toml";
    for (const EmbeddedFile& file : embedded_files(found.file))
        if (file.path == found.file) found.text = file.text;
    KL_TRY(const auto versions, setting_versions(db, name));
    for (const SettingVersion& version : versions) {
        if (version.valid_from > now) {
            found.until = version.valid_from;
            break;
        }
        found.text = version.text;
        found.file = name;
    }
    return found;
}

}  // namespace

const Criterion* CriticalityRules::find(std::string_view id) const {
    for (const Criterion& criterion : criteria)
        if (criterion.id == id) return &criterion;
    return nullptr;
}

const CriticalityLevel* CriticalityRules::level(std::string_view id) const {
    for (const CriticalityLevel& one : levels)
        if (one.id == id) return &one;
    return nullptr;
}

std::string CriticalityRules::level_of(const std::vector<std::string>& ids) const {
    for (const CriticalityLevel& one : levels)
        for (const std::string& id : ids)
            if (const Criterion* met = find(id); met != nullptr && met->level == one.id)
                return one.id;
    return {};
}

std::vector<Freeze> FreezeRules::touching(UtcSecond from, UtcSecond to,
                                          const std::vector<std::string>& systems) const {
    std::vector<Freeze> found;
    const int first = date_of(Zone::copenhagen().to_local(from).day).year;
    const int last = date_of(Zone::copenhagen().to_local(to).day).year;
    for (const FreezeWindow& window : windows) {
        if (!window.systems.empty() && !systems.empty() && !shares(window.systems, systems))
            continue;
        const bool yearly = window.from.year == 0;
        for (int year = yearly ? first - 1 : first; year <= (yearly ? last : first); ++year) {
            const UtcSecond begins = moment_of(window.from, year);
            UtcSecond ends = moment_of(window.to, year);
            if (ends <= begins) ends = moment_of(window.to, year + 1);  // over New Year
            if (begins < to && from < ends)
                found.push_back({window.id, window.title, begins, ends});
        }
    }
    std::sort(found.begin(), found.end(),
              [](const Freeze& a, const Freeze& b) { return a.from < b.from; });
    return found;
}

const std::string& ChangeRules::risk_of(std::int64_t impact, std::int64_t likelihood) const {
    const auto place = [](std::int64_t value) {
        return static_cast<std::size_t>(std::clamp<std::int64_t>(value, 1, 3) - 1);
    };
    return risk[place(impact)][place(likelihood)];
}

Result<CriticalityRules> parse_criticality(std::string_view toml, std::string_view name) {
    KL_TRY(const SettingsToml file, SettingsToml::parse(toml, name));
    KL_CHECK(file.only_keys(file.root(), {"level", "criterion"}));
    CriticalityRules rules;
    KL_TRY(const auto levels, tables_of(file, "level"));
    for (const toml::table* table : levels) {
        KL_CHECK(file.only_keys(*table, {"id", "da", "en"}));
        CriticalityLevel level;
        KL_TRY(level.id, text_of(file, *table, "id"));
        KL_TRY(level.title, two_texts(file, *table));
        rules.levels.push_back(std::move(level));
    }
    KL_TRY(const auto criteria, tables_of(file, "criterion"));
    for (const toml::table* table : criteria) {
        KL_CHECK(file.only_keys(*table, {"id", "level", "da", "en"}));
        Criterion criterion;
        KL_TRY(criterion.id, text_of(file, *table, "id"));
        KL_TRY(criterion.level, text_of(file, *table, "level"));
        KL_TRY(criterion.text, two_texts(file, *table));
        if (rules.level(criterion.level) == nullptr)
            return file.fault(*table, "level", "servicedesk.practice.setting.no_level",
                              {{"name", criterion.level}});
        if (rules.find(criterion.id) != nullptr)
            return file.fault(*table, "id", "servicedesk.settings.twice", {{"name", criterion.id}});
        rules.criteria.push_back(std::move(criterion));
    }
    if (rules.criteria.empty()) return file.missing(file.root(), "criterion");
    return rules;
}

Result<FreezeRules> parse_freeze(std::string_view toml, std::string_view name) {
    KL_TRY(const SettingsToml file, SettingsToml::parse(toml, name));
    KL_CHECK(file.only_keys(file.root(), {"window"}));
    FreezeRules rules;
    KL_TRY(const auto windows, tables_of(file, "window"));
    for (const toml::table* table : windows) {
        KL_TRY(rules.windows.emplace_back(), read_window(file, *table));
    }
    return rules;
}

Result<ChangeRules> parse_changes(std::string_view toml, std::string_view name) {
    KL_TRY(const SettingsToml file, SettingsToml::parse(toml, name));
    KL_CHECK(file.only_keys(file.root(), {"risk", "small", "board", "emergency"}));
    ChangeRules rules;
    KL_CHECK(read_risk(file, rules));
    KL_TRY(const toml::table* small, file.table(file.root(), "small"));
    KL_CHECK(file.only_keys(*small, {"max_minutes", "not_systems"}));
    KL_TRY(rules.small_minutes_max, number_of(file, *small, "max_minutes", 0, 10'080));
    KL_TRY(rules.small_not_systems, list_of(file, *small, "not_systems"));
    KL_TRY(const toml::table* board, file.table(file.root(), "board"));
    KL_CHECK(file.only_keys(*board, {"approvals", "members"}));
    KL_TRY(rules.board_approvals, number_of(file, *board, "approvals", 1, kApprovalsMax));
    KL_TRY(rules.members, list_of(file, *board, "members"));
    KL_TRY(const toml::table* emergency, file.table(file.root(), "emergency"));
    KL_CHECK(file.only_keys(*emergency, {"approvals"}));
    KL_TRY(rules.emergency_approvals, number_of(file, *emergency, "approvals", 1, kApprovalsMax));
    return rules;
}

Result<std::string> setting_text(Connection& db, std::string_view name, UtcSecond now) {
    KL_TRY(const InForce found, in_force(db, name, now));
    return found.text;
}

Result<std::shared_ptr<const PracticeRules>> practice_rules(Connection& db, ThreadMemory& memory,
                                                            UtcSecond now) {
    const std::string name = "servicedesk.practice";
    KL_TRY(const std::int64_t settings_seq, query_i64(db, "SELECT MAX(seq) FROM core_setting"));
    if (const auto known = memory.parsed.find(name); known != memory.parsed.end()) {
        auto rules = std::static_pointer_cast<const PracticeRules>(known->second);
        if (rules->settings_seq == settings_seq &&
            (rules->holds_until == 0 || now < rules->holds_until))
            return rules;
    }
    auto rules = std::make_shared<PracticeRules>();
    rules->settings_seq = settings_seq;
    const auto hold = [&](const InForce& found) {
        if (found.until > 0 && (rules->holds_until == 0 || found.until < rules->holds_until))
            rules->holds_until = found.until;
    };
    KL_TRY(const InForce criticality, in_force(db, "criticality", now));
    KL_TRY(rules->criticality, parse_criticality(criticality.text, criticality.file));
    KL_TRY(const InForce freeze, in_force(db, "freeze", now));
    KL_TRY(rules->freeze, parse_freeze(freeze.text, freeze.file));
    KL_TRY(const InForce changes, in_force(db, "changes", now));
    KL_TRY(rules->changes, parse_changes(changes.text, changes.file));
    for (const InForce* one : {&criticality, &freeze, &changes}) hold(*one);
    memory.parsed[name] = rules;
    return std::shared_ptr<const PracticeRules>(rules);
}

}  // namespace klarsyn::servicedesk
