// POST /api/v1/flow: messages that a probe saw pass. An answer below 400 means that everything kept
// is on disk; a batch that comes again is known.
#include <boost/json.hpp>

#include <algorithm>

#include "modules/probes/flow/live.h"
#include "modules/probes/flow/register.h"
#include "modules/probes/rows.h"

namespace klarsyn::probes {
namespace {

namespace json = boost::json;

constexpr UtcSecond kAhead_s = 24 * 3600;  // a clock may be wrong, not absurd

Response answer(int status, const Context& context, const FlowBatch& batch, bool known,
                std::int64_t next) {
    json::array rejected;
    for (const FlowFault& fault : batch.faults)
        rejected.push_back(
            {{"event", fault.event}, {"field", fault.field}, {"detail", context.text(fault.key)}});
    Response response;
    response.status = status;
    response.type = "application/json";
    response.body = json::serialize(json::object{{"known", known},
                                                 {"next", next},
                                                 {"accepted", batch.events.size()},
                                                 {"rejected", std::move(rejected)}}) +
                    "\n";
    return response;
}

}  // namespace

Result<Response> post_flow_batch(const Request& request, Context& context) {
    std::string_view type = request.header("content-type");
    type = type.substr(0, type.find(';'));
    if (fold(trimmed(type)) != "application/json") {
        Response response;
        response.status = 415;
        response.type = "text/plain; charset=utf-8";
        response.body = context.text("probes.intake.agent_type") + "\n";
        return response;
    }
    KL_TRY(const FlowBatch batch, read_flow_batch(request.body, context.turn->now + kAhead_s));
    const auto named =
        claim_agent_name(context.db(), batch.agent, context.account.name, context.turn->now);
    if (!named.ok()) return refuse_batch(context, named.error());
    KL_TRY(const Delivered before, flow_feed_state(context.db(), batch));
    const auto known = came_before(before, batch.number, batch.digest);
    if (!known.ok()) return refuse_batch(context, known.error());
    if (*known) return answer(200, context, batch, true, before.last + 1);
    KL_CHECK(keep_flow(*context.turn, context.account.name, batch));
    return answer(202, context, batch, false, std::max(batch.number, before.last) + 1);
}

}  // namespace klarsyn::probes
