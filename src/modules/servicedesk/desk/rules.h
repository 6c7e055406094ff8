// What the desk decides by: priorities, support groups with their levels, targets. Read from the
// settings of the database and kept by each thread until one of them changes.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/turn.h"
#include "modules/servicedesk/priority.h"
#include "modules/servicedesk/groups.h"
#include "modules/servicedesk/servicedesk.h"

namespace klarsyn::servicedesk {

// The source name of the desk's own cases.
inline constexpr std::string_view kOwnSource = "klarsyn";

struct SupportGroupInfo {
    std::string name;
    std::int64_t level = 0;  // 0: not a number
    std::string org;
};

struct DeskRules {
    GroupMap group_map;                      // of all times
    PriorityRules priority;                  // the newest version
    std::vector<SupportGroupInfo> groups;    // valid today, by level and name
    std::int64_t version = 0;

    const SupportGroupInfo* group(std::string_view name) const;
    // The first group of a level; null where there is none.
    const SupportGroupInfo* first_of_level(std::int64_t level) const;
};

Result<std::shared_ptr<const DeskRules>> desk_rules(Connection& db, ThreadMemory& memory, Day today);

}  // namespace klarsyn::servicedesk
