// GET /api/v1/affected: who is affected when something fails.
#include <boost/json/serialize.hpp>

#include "modules/organisation/relations.h"
#include "store/journal.h"

namespace klarsyn::organisation {
namespace {

namespace json = boost::json;

Error in_field(std::string key, std::string field) {
    Error error = make_error(ErrorCode::invalid_input, std::move(key));
    error.field = std::move(field);
    return error;
}

Result<Response> get_affected(const Request& request, Context& context) {
    const std::string of = request.find("of").value_or("");
    if (of.empty()) return in_field("organisation.error.of", "of");
    Day day = Zone::copenhagen().to_local(context.site.clock.now()).day;
    if (const auto given = request.find("day"); given && !given->empty()) {
        const auto parsed = parse_iso_date(*given);
        if (!parsed.ok()) return in_field("organisation.error.day", "day");
        day = *parsed;
    }
    KL_TRY(const std::int64_t head, head_seq(context.db()));
    KL_TRY(const auto relations, relations_on(context.db(), day, head));
    json::array list;
    for (const Affected& thing : affected_by(relations, of, day)) {
        list.push_back(json::object{{"thing", thing.thing},
                                    {"steps", thing.steps},
                                    {"through", thing.through},
                                    {"relation", thing.relation}});
    }
    Response response;
    response.type = "application/json";
    response.body = json::serialize(json::object{{"of", of},
                                                 {"day", iso_date(day)},
                                                 {"as_of", head},
                                                 {"total", list.size()},
                                                 {"affected", std::move(list)}}) +
                    "\n";
    return response;
}

}  // namespace

std::vector<Route> relation_routes() {
    return {
        {"GET", "/api/v1/affected", Permission::records, Runs::reader, Shape::api, get_affected}};
}

}  // namespace klarsyn::organisation
