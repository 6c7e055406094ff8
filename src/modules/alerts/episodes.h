// Episodes as the database holds them: records, what follows from them, and what is noted between
// evaluations. Connections belong to the calling thread.
#pragma once

#include <boost/json/object.hpp>

#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/format.h"
#include "ingest/turn.h"
#include "modules/alerts/engine.h"
#include "store/store.h"
#include "web/org_scope.h"

namespace klarsyn::alerts {

struct EpisodeRecord {
    std::int64_t episode = 0, n = 0;
    UtcSecond at = 0;
    std::string kind;  // fired, held, told, joined, gathered, noted, flapping, cleared
    boost::json::object body;
};

// Pure: the same records always leave the same episode.
void apply(Episode& episode, const EpisodeRecord& record);
boost::json::object group_json(const Group& group);
Group group_from(const boost::json::object& json);
std::string episode_number(std::int64_t number);           // "A12"
std::int64_t parse_episode_number(std::string_view text);  // 0 for anything else

Result<std::vector<EpisodeRecord>> load_records(Connection& db, std::int64_t episode);
// What the engine goes on from: everything that burns or cleared after `since`, watches, the number
// of the next episode.
Result<EngineState> load_state(Connection& db, UtcSecond since);

struct EpisodeQuery {
    enum class Which { burning, held, cleared, all, members } which = Which::all;
    std::int64_t storm = 0;   // members: of this one
    std::int64_t before = 0;  // only numbers below; 0: from the newest on
    std::int64_t limit = 50;
    OrgScope scope = {};  // of who asks
};
// A condition on the column `site`: a site that is an organisation is shown to those who may see
// it.
ScopeSql site_scope(const OrgScope& scope);
// Newest first. Members of storms stand with their storm alone (Which::members), but in `all`.
Result<std::vector<Episode>> list_episodes(Connection& db, const EpisodeQuery& query);
// not_found for an unknown number, and for what the scope does not see.
Result<Episode> find_episode(Connection& db, std::int64_t number, const OrgScope& scope = {});
// The last episode of the same rule and group (or the same storm) that had a case and cleared at
// `since` or later, or still burns; "" for none.
Result<std::string> latest_case(Connection& db, const Episode& episode, UtcSecond since);

// Writes what happened, what follows from it and the facts, as one journal entry; nothing for no
// records. `changed`: episodes as the engine left them, by number.
Result<void> keep_records(WriteTurn& turn, std::vector<EpisodeRecord> records);
Result<void> keep_watches(Connection& db, const std::map<Watched, Watch>& before,
                          const std::map<Watched, Watch>& after);

// The facts' live format, and their derivation from an episode.
const Format& alert_format();
// klarsyn verify: episodes that do not follow from their records.
Result<std::int64_t> count_episode_faults(Store& store);

}  // namespace klarsyn::alerts
