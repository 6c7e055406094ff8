// Major incidents, problems and changes as JSON, as the API and the pages' own reading have them.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "modules/servicedesk/practice/commands.h"
#include "modules/servicedesk/practice/object.h"
#include "web/context.h"

namespace klarsyn::servicedesk {

// A row of a list.
boost::json::object row_json(const ObjectRow& row);

// How much a problem hurts: the cases linked to it. Counts everything, whoever asks.
struct Pain {
    std::int64_t cases = 0, open_cases = 0, last_30_days = 0;
};
Result<Pain> pain_of(Connection& db, std::string_view problem, UtcSecond now);
boost::json::object pain_json(const Pain& pain);

// The whole object with its records. not_found for one that the account may not see.
struct ReadObject {
    ObjectRow row;
    std::vector<Record> records;
    boost::json::object body;
};
Result<ReadObject> read_object(Context& context, std::string_view number);
// As it stood at a version, without its records.
boost::json::object object_base(std::string_view number, std::span<const Record> records);

boost::json::array clocks_json(const std::vector<DutyClock>& clocks);
boost::json::array freezes_json(const std::vector<Freeze>& freezes, Language language);
boost::json::array collisions_json(const std::vector<Collision>& collisions);

}  // namespace klarsyn::servicedesk
