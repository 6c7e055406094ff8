// Which rules hold of which cases: the versions of priority.toml, business_hours.toml and sla.toml,
// by the moment at which a case was opened. Immutable; thread-safe.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "modules/servicedesk/servicedesk.h"
#include "modules/servicedesk/sla_rules.h"
#include "store/database.h"

namespace klarsyn::servicedesk {

// The names under which the files stand in core_setting.
inline constexpr std::string_view kPrioritySetting = "priority";
inline constexpr std::string_view kHoursSetting = "business_hours";
inline constexpr std::string_view kSlaSetting = "sla";

struct ServiceRules {
    std::vector<RuleVersion> versions;  // by `from`; the first holds of all cases before

    const RuleVersion& at(UtcSecond opened_at) const;
};

// One text of a setting and from when on it holds.
struct SettingText {
    UtcSecond from = 0;
    std::string text;
    std::string file;  // for messages
};
// The texts of each setting, oldest first; the embedded default comes before all of them.
struct SettingTexts {
    std::vector<SettingText> priority, hours, sla;
};
// invalid_input as the files' readers say, and for targets whose calendar is missing in some time.
Result<std::shared_ptr<const ServiceRules>> make_service_rules(const SettingTexts& texts);

// The rules that the binary carries.
std::shared_ptr<const ServiceRules> default_service_rules();
// Those of the database; the default where it has no settings of its own.
Result<std::shared_ptr<const ServiceRules>> load_service_rules(Connection& db);

// As the readers say of a text that is to become a version of a setting, and whether it fits the
// other settings at all times from then on.
Result<void> check_service_setting(Connection& db, const SettingText& given, std::string_view name);

// What derive needs beside a case's rows; the `state` of the case formats (Format::load_state).
struct CaseRules {
    GroupMap groups;
    std::shared_ptr<const ServiceRules> service;
};
// The state that a format gives to derive; without one: no groups, default rules.
const CaseRules& case_rules(const void* state);
Result<std::shared_ptr<const void>> load_case_rules(Connection& db, std::string_view source);

}  // namespace klarsyn::servicedesk
