// What the desk decides by: priorities, support groups with their levels, targets. Read from the
// settings of the database and kept by each thread until one of them changes.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/turn.h"
#include "modules/servicedesk/case_row.h"
#include "modules/servicedesk/groups.h"
#include "modules/servicedesk/service_rules.h"
#include "modules/servicedesk/servicedesk.h"

namespace klarsyn::servicedesk {

// The name of the support groups' file in core_setting: CSV group,level,org,from,to.
inline constexpr std::string_view kGroupsSetting = "groups";

struct SupportGroupInfo {
    std::string name;
    std::int64_t level = 0;  // 0: not a number
    std::string org;
};

struct DeskRules {
    GroupMap group_map;                      // of all times
    std::shared_ptr<const ServiceRules> service;  // priorities, opening hours and targets by date
    std::vector<SupportGroupInfo> groups;    // valid today, by level and name
    std::int64_t settings_seq = 0;           // of the newest setting that was read
    Day day = 0;

    const PriorityRules& priority_at(UtcSecond opened_at) const {
        return *service->at(opened_at).priority;
    }
    const SupportGroupInfo* group(std::string_view name) const;
    // The first group of a level; null where there is none.
    const SupportGroupInfo* first_of_level(std::int64_t level) const;
};

Result<std::shared_ptr<const DeskRules>> desk_rules(Connection& db, ThreadMemory& memory, Day today);

}  // namespace klarsyn::servicedesk
