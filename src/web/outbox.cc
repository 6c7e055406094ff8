#include "web/outbox.h"

#include <boost/json.hpp>

#include <algorithm>

namespace klarsyn {
namespace {

namespace json = boost::json;

constexpr std::int64_t kItemsPerRun = 100;
constexpr UtcSecond kWaitFirstSeconds = 30;
constexpr UtcSecond kWaitMostSeconds = 3600;
constexpr std::size_t kErrorMax = 500;

constexpr std::string_view kColumns = "id, seq, channel, recipient, payload, cause, not_before, attempts";

OutboxItem item_from(const Rows& rows) {
    return {rows.i64(0),          rows.i64(1), std::string(rows.text(2)), std::string(rows.text(3)),
            std::string(rows.text(4)), std::string(rows.text(5)), rows.i64(6), rows.i64(7)};
}

// The key of a text and what fills it, so that everybody reads it in their own language.
std::string kept_error(const Error& error) {
    json::object args;
    for (const auto& [name, value] : error.args) args[name] = value.substr(0, kErrorMax);
    return json::serialize(json::object{{"key", error.key}, {"args", std::move(args)}});
}

}  // namespace

std::string OutboxRow::error_text(Language language) const {
    json::error_code broken;
    const json::value kept = json::parse(last_error, broken);
    const json::object* object = broken ? nullptr : kept.if_object();
    const json::value* key = object != nullptr ? object->if_contains("key") : nullptr;
    const json::value* args = object != nullptr ? object->if_contains("args") : nullptr;
    // What an earlier version kept is a sentence.
    if (key == nullptr || !key->is_string() || !has_text(language, key->get_string()))
        return last_error;
    TextArgs filled;
    if (args != nullptr && args->is_object())
        for (const auto& [name, value] : args->get_object())
            if (value.is_string()) filled.emplace_back(name, value.get_string());
    return text(language, key->get_string(), filled);
}

UtcSecond outbox_wait_seconds(std::int64_t attempts) {
    UtcSecond wait = kWaitFirstSeconds;
    for (std::int64_t i = 1; i < attempts && wait < kWaitMostSeconds; ++i) wait *= 2;
    return std::min(wait, kWaitMostSeconds);
}

Result<void> put_in_outbox(Connection& db, const OutboxItem& item) {
    KL_TRY([[maybe_unused]] const auto rows,
           db.run("INSERT INTO core_outbox (seq, channel, recipient, payload, cause, not_before,"
                  " attempts, next_attempt_at, last_error) VALUES (:seq, :channel, :recipient,"
                  " :payload, :cause, :at, 0, :at, '')",
                  {{":seq", item.seq}, {":channel", item.channel}, {":recipient", item.recipient},
                   {":payload", item.payload}, {":cause", item.cause}, {":at", item.not_before}}));
    return {};
}

Result<void> take_from_outbox(Connection& db, std::string_view channel, const std::string& cause) {
    KL_TRY([[maybe_unused]] const auto rows,
           db.run("DELETE FROM core_outbox WHERE cause = :cause AND channel = :channel"
                  " AND sent_at IS NULL",
                  {{":cause", cause}, {":channel", std::string(channel)}}));
    return {};
}

Result<std::vector<OutboxItem>> due_items(Connection& db, std::string_view channel, UtcSecond now,
                                          std::int64_t most) {
    KL_TRY(const auto rows,
           db.query("SELECT " + std::string(kColumns) +
                        " FROM core_outbox WHERE sent_at IS NULL AND failed_at IS NULL"
                        " AND next_attempt_at <= :now AND channel = :channel"
                        " ORDER BY next_attempt_at, id LIMIT :most",
                    {{":now", now}, {":channel", std::string(channel)}, {":most", most}}));
    std::vector<OutboxItem> items;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return items;
        items.push_back(item_from(*rows));
    }
}

Result<void> note_attempt(Connection& db, const OutboxItem& item, const Attempt& attempt,
                          UtcSecond now) {
    const bool late = now - item.not_before >= kOutboxGivesUpSeconds;
    const bool sent = attempt.outcome == Attempt::Outcome::sent;
    const bool over = !sent && (attempt.outcome == Attempt::Outcome::never || late);
    const Params params = {{":id", item.id}, {":now", now},
                           {":next", now + outbox_wait_seconds(item.attempts + 1)},
                           {":error", sent ? std::string() : kept_error(attempt.error)}};
    const char* sql = sent ? "UPDATE core_outbox SET sent_at = :now, attempts = attempts + 1,"
                             " last_error = '' WHERE id = :id"
                      : over ? "UPDATE core_outbox SET failed_at = :now, attempts = attempts + 1,"
                               " last_error = :error WHERE id = :id"
                             : "UPDATE core_outbox SET next_attempt_at = :next, attempts = attempts + 1,"
                               " last_error = :error WHERE id = :id";
    KL_TRY([[maybe_unused]] const auto rows, db.run(sql, params));
    return {};
}

void send_due(BackgroundTools& tools, std::string_view channel,
              const std::function<Attempt(const OutboxItem& item)>& send) {
    const auto reader = tools.open();
    if (!reader.ok()) return;
    const auto items = due_items(*reader->db, channel, tools.site.clock.now(), kItemsPerRun);
    if (!items.ok()) return;
    for (const OutboxItem& item : *items) {
        if (tools.stopping()) return;
        const Attempt attempt = send(item);
        const auto noted = run_in_turn(tools.services, [&](WriteTurn& turn) {
            return note_attempt(turn.db, item, attempt, turn.now);
        });
        if (!noted.ok()) return;  // it may be sent twice, with one id
    }
}

Result<std::vector<OutboxRow>> outbox_troubles(Connection& db, std::int64_t most) {
    KL_TRY(const auto rows,
           db.query("SELECT " + std::string(kColumns) +
                        ", next_attempt_at, failed_at, last_error FROM core_outbox"
                        " WHERE sent_at IS NULL AND attempts > 0 ORDER BY id DESC LIMIT :most",
                    {{":most", most}}));
    std::vector<OutboxRow> list;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return list;
        list.push_back({item_from(*rows), rows->i64(8), !rows->is_null(9), std::string(rows->text(10))});
    }
}

Result<void> try_again(Connection& db, std::int64_t id, UtcSecond now) {
    KL_TRY(const auto changed,
           db.run("UPDATE core_outbox SET failed_at = NULL, next_attempt_at = :now, not_before = :now"
                  " WHERE id = :id AND failed_at IS NOT NULL",
                  {{":id", id}, {":now", now}}));
    if (changed == 0) return make_error(ErrorCode::not_found, "web.problem.status_404");
    return {};
}

}  // namespace klarsyn
