#include "modules/servicedesk/desk/rules.h"

#include <algorithm>
#include <charconv>

#include "core/embedded.h"
#include "store/settings.h"

namespace klarsyn::servicedesk {
namespace {

constexpr std::string_view kGroupsFile = "modules/servicedesk/settings/groups.csv";

std::string_view embedded(std::string_view path) {
    for (const EmbeddedFile& file : embedded_files(path))
        if (file.path == path) return file.text;
    return {};
}

std::int64_t level_number(std::string_view level) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(level.data(), level.data() + level.size(), number);
    return error == std::errc{} && end == level.data() + level.size() ? number : 0;
}

// By level, and within one in the order of the file: the first group of a level takes what names no
// group.
void list_groups(DeskRules& rules, std::string_view file, Day today) {
    for (const auto& [name, spans] : rules.group_map.spans()) {
        const GroupSpan* span = rules.group_map.find(name, today);
        if (span != nullptr) rules.groups.push_back({name, level_number(span->level), span->org});
    }
    const auto place = [&](const std::string& name) { return file.find("\n" + name + ","); };
    std::sort(rules.groups.begin(), rules.groups.end(), [&](const auto& a, const auto& b) {
        return std::pair(a.level, place(a.name)) < std::pair(b.level, place(b.name));
    });
}

}  // namespace

const SupportGroupInfo* DeskRules::group(std::string_view name) const {
    for (const SupportGroupInfo& group : groups)
        if (group.name == name) return &group;
    return nullptr;
}

const SupportGroupInfo* DeskRules::first_of_level(std::int64_t level) const {
    for (const SupportGroupInfo& group : groups)
        if (group.level == level) return &group;
    return nullptr;
}

Result<std::shared_ptr<const DeskRules>> desk_rules(Connection& db, ThreadMemory& memory, Day today) {
    const std::string name = "servicedesk.rules";
    KL_TRY(const std::int64_t settings_seq, query_i64(db, "SELECT MAX(seq) FROM core_setting"));
    if (const auto known = memory.parsed.find(name); known != memory.parsed.end()) {
        auto rules = std::static_pointer_cast<const DeskRules>(known->second);
        if (rules->day == today && rules->settings_seq == settings_seq) return rules;
    }
    auto rules = std::make_shared<DeskRules>();
    rules->day = today;
    rules->settings_seq = settings_seq;
    KL_TRY(rules->service, load_service_rules(db));
    KL_TRY(const auto versions, setting_versions(db, kGroupsSetting));
    const std::string file(versions.empty() ? embedded(kGroupsFile) : versions.back().text);
    KL_TRY(rules->group_map, parse_groups(file, versions.empty() ? kGroupsFile : kGroupsSetting));
    list_groups(*rules, file, today);
    memory.parsed[name] = rules;
    return std::shared_ptr<const DeskRules>(rules);
}

}  // namespace klarsyn::servicedesk
