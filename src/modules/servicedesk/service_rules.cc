#include "modules/servicedesk/service_rules.h"

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "core/embedded.h"
#include "modules/servicedesk/groups.h"
#include "store/settings.h"

namespace klarsyn::servicedesk {
namespace {

constexpr UtcSecond kBeginning = std::numeric_limits<UtcSecond>::min();

SettingText embedded_setting(std::string_view name) {
    const std::string path = "modules/servicedesk/settings/" + std::string(name) + ".toml";
    for (const EmbeddedFile& file : embedded_files(path)) {
        if (file.path == path) return {kBeginning, std::string(file.text), path};
    }
    KL_ASSERT(false);
    return {};
}

SettingTexts embedded_settings() {
    return {{embedded_setting(kPrioritySetting)},
            {embedded_setting(kHoursSetting)},
            {embedded_setting(kSlaSetting)}};
}

// The version of a setting that holds at a moment: of those that began last, the newest.
const SettingText& in_force(const std::vector<SettingText>& texts, UtcSecond at) {
    const SettingText* found = &texts.front();
    for (const SettingText& text : texts) {
        if (text.from <= at && text.from >= found->from) found = &text;
    }
    return *found;
}

// Parsed files by their text, so that each is read once however many versions it is part of.
struct Parsed {
    const SettingText* priority_text = nullptr;
    const SettingText* hours_text = nullptr;
    std::shared_ptr<const PriorityRules> priority;
    std::shared_ptr<const BusinessHours> hours;

    Result<void> take(const SettingText& priority_setting, const SettingText& hours_setting) {
        if (priority_text != &priority_setting) {
            KL_TRY(auto read, parse_priority(priority_setting.text, priority_setting.file));
            priority = std::make_shared<const PriorityRules>(std::move(read));
            priority_text = &priority_setting;
        }
        if (hours_text != &hours_setting) {
            KL_TRY(auto read, parse_business_hours(hours_setting.text, hours_setting.file));
            hours = std::make_shared<const BusinessHours>(std::move(read));
            hours_text = &hours_setting;
        }
        return {};
    }
};

Result<void> add_versions(Connection& db, std::string_view name, std::vector<SettingText>& texts) {
    KL_TRY(const auto versions, setting_versions(db, name));
    for (const SettingVersion& version : versions) {
        texts.push_back({version.valid_from, version.text, std::string(name)});
    }
    return {};
}

}  // namespace

const RuleVersion& ServiceRules::at(UtcSecond opened_at) const {
    const auto after = std::upper_bound(
        versions.begin(), versions.end(), opened_at,
        [](UtcSecond at, const RuleVersion& version) { return at < version.from; });
    return after == versions.begin() ? *after : *std::prev(after);
}

Result<std::shared_ptr<const ServiceRules>> make_service_rules(const SettingTexts& texts) {
    std::set<UtcSecond> moments;
    for (const auto* list : {&texts.priority, &texts.hours, &texts.sla}) {
        for (const SettingText& text : *list) moments.insert(text.from);
    }
    auto rules = std::make_shared<ServiceRules>();
    Parsed parsed;
    for (const UtcSecond from : moments) {
        KL_CHECK(parsed.take(in_force(texts.priority, from), in_force(texts.hours, from)));
        const SettingText& sla = in_force(texts.sla, from);
        KL_TRY(SlaFile file, parse_sla(sla.text, sla.file));
        KL_TRY(RuleVersion version,
               make_rules(from, parsed.priority, parsed.hours, std::move(file), sla.file));
        rules->versions.push_back(std::move(version));
    }
    return std::shared_ptr<const ServiceRules>(std::move(rules));
}

std::shared_ptr<const ServiceRules> default_service_rules() {
    static const std::shared_ptr<const ServiceRules> kRules = [] {
        auto rules = make_service_rules(embedded_settings());
        KL_ASSERT(rules.ok());
        return rules.take();
    }();
    return kRules;
}

Result<std::shared_ptr<const ServiceRules>> load_service_rules(Connection& db) {
    SettingTexts texts = embedded_settings();
    KL_CHECK(add_versions(db, kPrioritySetting, texts.priority));
    KL_CHECK(add_versions(db, kHoursSetting, texts.hours));
    KL_CHECK(add_versions(db, kSlaSetting, texts.sla));
    if (texts.priority.size() + texts.hours.size() + texts.sla.size() == 3)
        return default_service_rules();
    return make_service_rules(texts);
}

Result<void> check_service_setting(Connection& db, const SettingText& given,
                                   std::string_view name) {
    SettingTexts texts = embedded_settings();
    KL_CHECK(add_versions(db, kPrioritySetting, texts.priority));
    KL_CHECK(add_versions(db, kHoursSetting, texts.hours));
    KL_CHECK(add_versions(db, kSlaSetting, texts.sla));
    if (name == kPrioritySetting) texts.priority.push_back(given);
    if (name == kHoursSetting) texts.hours.push_back(given);
    if (name == kSlaSetting) texts.sla.push_back(given);
    KL_TRY([[maybe_unused]] const auto rules, make_service_rules(texts));
    return {};
}

const CaseRules& case_rules(const void* state) {
    static const CaseRules kDefault{{}, default_service_rules()};
    return state ? *static_cast<const CaseRules*>(state) : kDefault;
}

Result<std::shared_ptr<const void>> load_case_rules(Connection& db, std::string_view source) {
    auto rules = std::make_shared<CaseRules>();
    KL_TRY(rules->groups, load_groups(db, source));
    KL_TRY(rules->service, load_service_rules(db));
    return std::shared_ptr<const void>(std::move(rules));
}

}  // namespace klarsyn::servicedesk
