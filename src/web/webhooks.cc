#include "web/webhooks.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sodium.h>

#include <algorithm>

#include "core/text.h"
#include "protocols/http_client.h"
#include "web/gates.h"
#include "web/outbox.h"

namespace klarsyn {
namespace {

namespace json = boost::json;

constexpr int kEverySeconds = 2;
constexpr int kTimeoutSeconds = 15;
constexpr int kAnswerBytesMax = 64 << 10;
constexpr std::string_view kSecretPrefix = "whsec_";

std::vector<std::string> split_lines(std::string_view text) {
    std::vector<std::string> lines;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        if (end > 0) lines.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

std::string base64(const unsigned char* bytes, std::size_t length) {
    std::string text(sodium_base64_encoded_len(length, sodium_base64_VARIANT_ORIGINAL), '\0');
    sodium_bin2base64(text.data(), text.size(), bytes, length, sodium_base64_VARIANT_ORIGINAL);
    text.pop_back();
    return text;
}

std::string secret_bytes(std::string_view secret) {
    if (secret.starts_with(kSecretPrefix)) secret.remove_prefix(kSecretPrefix.size());
    std::string bytes(secret.size(), '\0');
    std::size_t length = 0;
    if (sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), secret.data(),
                          secret.size(), nullptr, &length, nullptr, sodium_base64_VARIANT_ORIGINAL) != 0)
        return "";
    bytes.resize(length);
    return bytes;
}

bool is_allowed_inside(const WebhookSettings& settings, const std::string& url) {
    const std::string host = host_of_url(url);
    return std::find(settings.private_hosts.begin(), settings.private_hosts.end(), host) !=
           settings.private_hosts.end();
}

Attempt post_event(const WebhookSettings& settings, const std::vector<Webhook>& hooks,
                   const OutboxItem& item, UtcSecond now) {
    const auto hook = std::find_if(hooks.begin(), hooks.end(), [&](const Webhook& one) {
        return std::to_string(one.id) == item.recipient;
    });
    if (hook == hooks.end()) return {Attempt::Outcome::never, make_error(ErrorCode::not_found, "web.outbox.removed")};
    const std::string id = "evt_" + std::to_string(item.id);
    HttpFetch wanted;
    wanted.method = "POST";
    wanted.url = hook->url;
    wanted.body = item.payload;
    wanted.timeout_seconds = kTimeoutSeconds;
    wanted.answer_bytes_max = kAnswerBytesMax;
    wanted.ca_file = settings.ca_file;
    wanted.reach = Reach::public_only;
    if (is_allowed_inside(settings, hook->url)) {
        wanted.reach = Reach::anywhere;
        wanted.plain = HttpFetch::Plain::allowed;
    }
    wanted.headers = {{"Content-Type", "application/json"},
                      {"webhook-id", id},
                      {"webhook-timestamp", std::to_string(now)},
                      {"webhook-signature", webhook_signature(hook->secret, id, now, item.payload)}};
    const auto answer = fetch(wanted);
    if (!answer.ok()) {
        const bool never = answer.error().code == ErrorCode::refused;
        return {never ? Attempt::Outcome::never : Attempt::Outcome::later, answer.error()};
    }
    if (answer->status >= 200 && answer->status < 300) return {};
    // 410: the other side wants no more of it.
    return {answer->status == 410 ? Attempt::Outcome::never : Attempt::Outcome::later,
            make_error(ErrorCode::unavailable, "web.outbox.status",
                       {{"host", host_of_url(hook->url)},
                        {"status", std::to_string(answer->status)}})};
}

void run(BackgroundTools& tools) {
    static const WebhookSettings kNone;
    const WebhookSettings& settings = tools.site.gates != nullptr ? tools.site.gates->webhooks : kNone;
    const auto reader = tools.open();
    if (!reader.ok()) return;
    const auto hooks = list_webhooks(*reader->db);
    if (!hooks.ok()) return;
    send_due(tools, kWebhookChannel, [&](const OutboxItem& item) {
        return post_event(settings, *hooks, item, tools.site.clock.now());
    });
}

}  // namespace

Result<std::vector<Webhook>> list_webhooks(Connection& db) {
    KL_TRY(const auto rows, db.query("SELECT id, url, events, org, secret, actor, created_at FROM"
                                     " core_webhook WHERE removed_at IS NULL ORDER BY id"));
    std::vector<Webhook> hooks;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return hooks;
        hooks.push_back({rows->i64(0), std::string(rows->text(1)), split_lines(rows->text(2)),
                         std::string(rows->text(3)), std::string(rows->text(4)),
                         std::string(rows->text(5)), rows->i64(6)});
    }
}

bool wants_event(const Webhook& webhook, std::string_view type) {
    return std::any_of(webhook.events.begin(), webhook.events.end(), [&](const std::string& wanted) {
        if (wanted == "*" || wanted == type) return true;
        return wanted.ends_with(".*") && type.starts_with(wanted.substr(0, wanted.size() - 1));
    });
}

Result<void> tell_webhooks(Connection& db, const WebhookEvent& event) {
    KL_TRY(const auto hooks, list_webhooks(db));
    if (hooks.empty()) return {};
    const std::string payload = json::serialize(
        json::object{{"type", event.type}, {"timestamp", iso_utc(event.at)}, {"data", event.data}});
    for (const Webhook& hook : hooks) {
        if (!wants_event(hook, event.type) || (!hook.org.empty() && hook.org != event.org)) continue;
        OutboxItem item;
        item.seq = event.seq;
        item.channel = kWebhookChannel;
        item.recipient = std::to_string(hook.id);
        item.payload = payload;
        item.cause = event.cause;
        item.not_before = event.not_before;
        KL_CHECK(put_in_outbox(db, item));
    }
    return {};
}

std::string webhook_signature(const std::string& secret, const std::string& id, UtcSecond timestamp,
                              const std::string& body) {
    const std::string key = secret_bytes(secret);
    const std::string text = id + "." + std::to_string(timestamp) + "." + body;
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int length = 0;
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
         reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest, &length);
    return "v1," + base64(digest, length);
}

Background webhook_sender() { return {"web.webhooks", kEverySeconds, run}; }

}  // namespace klarsyn
