// For administrators: webhooks, and what could not be sent.
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>

#include "protocols/http_client.h"
#include "web/handlers.h"
#include "web/json_body.h"
#include "web/outbox.h"
#include "web/page.h"
#include "web/problem.h"
#include "web/webhooks.h"

namespace klarsyn {
namespace {

namespace json = boost::json;

constexpr std::size_t kWebhooksMax = 50;
constexpr std::size_t kUrlMax = 1000;
constexpr std::size_t kEventsMax = 50;
constexpr std::size_t kSecretBytes = 32;
constexpr std::int64_t kTroublesMax = 200;

Response json_answer(int status, const json::value& body) {
    Response response;
    response.status = status;
    response.type = "application/json";
    response.body = json::serialize(body) + "\n";
    return response;
}

json::object webhook_json(const Webhook& hook) {
    return {{"id", hook.id}, {"url", hook.url}, {"events", json::array(hook.events.begin(), hook.events.end())},
            {"org", hook.org}, {"created_by", hook.actor}, {"created_at", iso_utc(hook.created_at)}};
}

std::string fresh_secret() {
    unsigned char bytes[kSecretBytes];
    randombytes_buf(bytes, sizeof bytes);
    std::string text(sodium_base64_ENCODED_LEN(sizeof bytes, sodium_base64_VARIANT_ORIGINAL), '\0');
    sodium_bin2base64(text.data(), text.size(), bytes, sizeof bytes, sodium_base64_VARIANT_ORIGINAL);
    text.pop_back();
    return "whsec_" + text;
}

bool is_event_name(std::string_view name) {
    return !name.empty() && name.size() <= 60 && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || c == '_' || c == '.' || c == '*';
    });
}

void check_webhook(JsonBody& body, const std::optional<std::string>& url,
                   const std::optional<std::vector<std::string>>& events) {
    if (url && !url->starts_with("https://") && !url->starts_with("http://"))
        body.fault("url", "web.webhooks.url");
    else if (url && (host_of_url(*url).empty() || url->find('@') != std::string::npos))
        body.fault("url", "web.webhooks.url");
    if (!events) return;
    for (const std::string& event : *events)
        if (!is_event_name(event)) body.fault("events", "web.webhooks.event", {{"event", event}});
}

Result<void> write_webhook(WriteTurn& turn, Webhook& hook) {
    KL_TRY(const std::int64_t seq, turn.begin_entry());
    std::string events;
    for (const std::string& event : hook.events) events += (events.empty() ? "" : "\n") + event;
    KL_TRY(hook.id, query_i64(turn.db,
                              "INSERT INTO core_webhook (seq, url, events, org, secret, actor,"
                              " created_at) VALUES (:seq, :url, :events, :org, :secret, :actor, :at)"
                              " RETURNING id",
                              {{":seq", seq}, {":url", hook.url}, {":events", events}, {":org", hook.org},
                               {":secret", hook.secret}, {":actor", hook.actor}, {":at", turn.now}}));
    return turn.end_entry(hook.actor, "webhook",
                          json::serialize(json::object{{"added", hook.id}, {"host", host_of_url(hook.url)}}));
}

}  // namespace

Result<Response> get_api_webhooks(const Request&, Context& context) {
    KL_TRY(const auto hooks, list_webhooks(context.db()));
    json::array items;
    for (const Webhook& hook : hooks) items.push_back(webhook_json(hook));
    return json_answer(200, json::object{{"items", std::move(items)}});
}

Result<Response> post_api_webhook(const Request& request, Context& context) {
    KL_TRY(JsonBody body, JsonBody::parse(request));
    body.allow_only({"url", "events", "org"});
    Webhook hook;
    const auto url = body.text("url", {kUrlMax, JsonBody::Need::required});
    const auto events = body.texts("events", kEventsMax);
    const auto org = body.text("org", {120});
    check_webhook(body, url, events);
    if (!body.ok()) return faults_problem(context, body.faults());
    KL_TRY(const auto others, list_webhooks(context.db()));
    if (others.size() >= kWebhooksMax)
        return make_error(ErrorCode::conflict, "web.webhooks.too_many",
                          {{"most", std::to_string(kWebhooksMax)}});
    hook.url = *url;
    hook.events = events && !events->empty() ? *events : std::vector<std::string>{"*"};
    hook.org = org.value_or("");
    hook.secret = fresh_secret();
    hook.actor = context.account.name;
    hook.created_at = context.turn->now;
    KL_CHECK(write_webhook(*context.turn, hook));
    json::object told = webhook_json(hook);
    told["secret"] = hook.secret;  // now and never again
    Response response = json_answer(201, told);
    response.headers.emplace_back("Location", fmt::format("/api/v1/webhooks/{}", hook.id));
    return response;
}

Result<Response> delete_api_webhook(const Request& request, Context& context) {
    KL_TRY(const auto hooks, list_webhooks(context.db()));
    const auto hook = std::find_if(hooks.begin(), hooks.end(), [&](const Webhook& one) {
        return std::to_string(one.id) == request.param("webhook");
    });
    if (hook == hooks.end()) return web_error(404);
    WriteTurn& turn = *context.turn;
    KL_TRY([[maybe_unused]] const auto seq, turn.begin_entry());
    KL_TRY([[maybe_unused]] const auto rows,
           turn.db.run("UPDATE core_webhook SET removed_at = :at, secret = '' WHERE id = :id",
                       {{":at", turn.now}, {":id", hook->id}}));
    KL_CHECK(turn.end_entry(context.account.name, "webhook",
                            json::serialize(json::object{{"removed", hook->id}})));
    return json_answer(200, webhook_json(*hook));
}

Result<Response> get_api_outbox(const Request&, Context& context) {
    KL_TRY(const auto troubles, outbox_troubles(context.db(), kTroublesMax));
    json::array items;
    for (const OutboxRow& row : troubles)
        items.push_back({{"id", row.item.id},
                         {"channel", row.item.channel},
                         {"recipient", row.item.recipient},
                         {"cause", row.item.cause},
                         {"attempts", row.item.attempts},
                         {"state", row.failed ? "failed" : "waiting"},
                         {"next_attempt_at", iso_utc(row.next_attempt_at)},
                         {"error", row.error_text(context.language)}});
    return json_answer(200, json::object{{"items", std::move(items)}});
}

Result<Response> post_api_outbox_retry(const Request& request, Context& context) {
    WriteTurn& turn = *context.turn;
    const std::int64_t id = std::atoll(std::string(request.param("item")).c_str());
    KL_TRY([[maybe_unused]] const auto seq, turn.begin_entry());
    KL_CHECK(try_again(turn.db, id, turn.now));
    KL_CHECK(turn.end_entry(context.account.name, "outbox",
                            json::serialize(json::object{{"again", id}})));
    return json_answer(200, json::object{{"id", id}, {"state", "waiting"}});
}

Result<Response> get_outbox_page(const Request& request, Context& context) {
    KL_TRY(const auto troubles, outbox_troubles(context.db(), kTroublesMax));
    std::string rows;
    for (const OutboxRow& row : troubles) {
        const std::string action =
            row.failed ? fmt::format("<form method=\"post\" action=\"/outbox/{}\">{}<button class=\"k-button\">{}"
                                     "</button></form>",
                                     row.item.id, csrf_field(context), escape_html(context.text("web.outbox.again")))
                       : "";
        rows += fmt::format(
            "<tr><td>{}</td><td>{}</td><td>{}</td><td class=\"k-nowrap\">{}</td>"
            "<td class=\"k-number\">{}</td><td class=\"k-words\">{}</td><td>{}</td></tr>",
            escape_html(row.item.cause), escape_html(context.text("web.outbox.channel_" + row.item.channel)),
            escape_html(row.item.recipient),
            escape_html(context.text(row.failed ? "web.outbox.failed" : "web.outbox.waiting")),
            row.item.attempts, escape_html(row.error_text(context.language)), action);
    }
    std::string main = fmt::format("<h1>{}</h1><p>{}</p>", escape_html(context.text("web.outbox.title")),
                                   escape_html(context.text(troubles.empty() ? "web.outbox.none" : "web.outbox.lead")));
    if (!troubles.empty()) {
        std::string head;
        for (const char* name : {"cause", "channel", "recipient", "state", "attempts", "error", "action"})
            head += fmt::format("<th scope=\"col\">{}</th>", escape_html(context.text(std::string("web.outbox.") + name)));
        main += fmt::format(
            "<div class=\"k-table-frame\" role=\"region\" aria-label=\"{}\" tabindex=\"0\">"
            "<table class=\"k-table\"><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>",
            escape_html(context.text("web.outbox.title")), head, rows);
    }
    return html_page(context, {context.text("web.outbox.title"), Menu::outbox, 200, request.target}, main);
}

Result<Response> post_outbox_page(const Request& request, Context& context) {
    auto done = post_api_outbox_retry(request, context);
    if (!done.ok()) return done.error();
    return redirect("/outbox");
}

}  // namespace klarsyn
