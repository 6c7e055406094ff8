// /api/v1/notices: who has read a message, and who wants messages by mail.
#include <fmt/format.h>
#include <boost/json/serialize.hpp>

#include <charconv>

#include "modules/notices/acks.h"
#include "modules/notices/answers.h"
#include "modules/notices/subscriptions.h"
#include "web/problem.h"
#include "web/recognise.h"

namespace klarsyn::notices {
namespace {

namespace json = boost::json;

Response json_response(int status, const json::object& body) {
    Response response;
    response.status = status;
    response.type = "application/json";
    response.body = json::serialize(body) + "\n";
    return response;
}

json::value or_null(const std::string& text) {
    return text.empty() ? json::value(nullptr) : json::value(text);
}

json::object subscription_json(const Subscription& one) {
    return {{"id", one.id},
            {"mail", one.mail},
            {"system", or_null(one.system)},
            {"org", or_null(one.org)},
            {"role", or_null(one.role)}};
}

}  // namespace

// Everybody who is known may say it: people for themselves, probes for the user of their PC.
Result<Response> post_ack(const Request& request, Context& context) {
    KL_TRY(const Notice notice, find_notice(context.db(), request.param("number")));
    if (context.account.role == Role::anonymous) return web_error(401);
    if (!write_is_ours(request, context)) return web_error(403);
    KL_TRY(JsonBody body, JsonBody::parse(request));
    const bool agent = context.account.role == Role::probe;
    const auto done =
        acknowledge(*context.turn, context.account, agent ? "agent" : "api", notice, body);
    if (!body.ok()) return faults_problem(context, body.faults());
    KL_CHECK(done);
    return json_response(200, {{"number", notice.number}, {"acknowledged", true}});
}

Result<Response> get_acks(const Request& request, Context& context) {
    KL_TRY(const Notice notice, find_notice(context.db(), request.param("number")));
    KL_TRY(const auto all, acks_of(context.db(), notice, context.scope, ""));
    KL_TRY(const auto chosen,
           acks_of(context.db(), notice, context.scope, request.find("place").value_or("")));
    json::array places, items;
    std::int64_t readers = 0;
    for (const AckPlace& place : ack_places(all)) {
        readers += place.readers;
        places.push_back({{"place", or_null(place.org)}, {"readers", place.readers}});
    }
    for (const Ack& ack : chosen)
        items.push_back({{"reader", ack.reader},
                         {"place", or_null(ack.org)},
                         {"via", ack.via},
                         {"version", ack.version},
                         {"holds", ack.holds},
                         {"at", iso_utc(ack.at)}});
    return json_response(200, {{"number", notice.number},
                               {"readers", readers},
                               {"places", std::move(places)},
                               {"items", std::move(items)}});
}

Result<Response> get_subscriptions(const Request&, Context& context) {
    KL_TRY(const auto list, subscriptions_of(context.db(), context.account.name));
    json::array items;
    for (const Subscription& one : list) items.push_back(subscription_json(one));
    return json_response(200, {{"items", std::move(items)}});
}

Result<Response> post_subscription(const Request& request, Context& context) {
    KL_TRY(JsonBody body, JsonBody::parse(request));
    const auto id = subscribe(*context.turn, context.account, context.language, body);
    if (!body.ok()) return faults_problem(context, body.faults());
    KL_CHECK(id);
    KL_TRY(const auto list, subscriptions_of(context.db(), context.account.name));
    for (const Subscription& one : list)
        if (one.id == *id) return json_response(201, subscription_json(one));
    return make_error(ErrorCode::not_found, "notices.subscription.none");
}

Result<Response> delete_subscription(const Request& request, Context& context) {
    const std::string_view text = request.param("id");
    std::int64_t id = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
    if (error != std::errc() || end != text.data() + text.size()) return web_error(404);
    KL_CHECK(unsubscribe(*context.turn, context.account, id));
    Response response;
    response.status = 204;
    return response;
}

}  // namespace klarsyn::notices
