#include "modules/notices/subscriptions.h"

#include <sodium.h>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <charconv>
#include <set>

#include "web/org_match.h"

namespace klarsyn::notices {
namespace {

namespace json = boost::json;

constexpr std::size_t kWordMax = 80;

// Letters alone: ten digits in a row could be taken for a civil registration number and be masked.
std::string in_letters(std::string hex) {
    for (char& c : hex)
        if (c >= '0' && c <= '9') c = static_cast<char>(c - '0' + 'g');
    return hex;
}

Result<void> check_system(WriteTurn& turn, JsonBody& body, const std::string& system) {
    if (system.empty()) return {};
    KL_TRY(const auto known, load_systems(turn.db, turn.now));
    const bool there = std::any_of(known.begin(), known.end(),
                                   [&](const SystemName& one) { return one.id == system; });
    if (!there) body.fault("system", "notices.fault.unknown_system", {{"system", system}});
    return {};
}

Subscription subscription_from(const Rows& rows) {
    return {rows.i64(0),
            std::string(rows.text(1)),
            parse_language(rows.text(2)).value_or(Language::da),
            std::string(rows.text(3)),
            std::string(rows.text(4)),
            std::string(rows.text(5))};
}

Result<void> note_removed(WriteTurn& turn, const std::string& actor, std::int64_t id) {
    KL_TRY([[maybe_unused]] const std::int64_t seq, turn.begin_entry());
    KL_TRY([[maybe_unused]] const auto rows,
           turn.db.run("UPDATE notices_subscription SET removed_at = :now WHERE id = :id"
                       " AND removed_at IS NULL",
                       {{":now", turn.now}, {":id", id}}));
    return turn.end_entry(actor, "subscription",
                          json::serialize(json::object{{"id", id}, {"wanted", false}}));
}

}  // namespace

Result<std::int64_t> subscribe(WriteTurn& turn, const Account& account, Language language,
                               JsonBody& body) {
    body.allow_only({"system", "org", "role"});
    const std::string system = body.text("system", {kWordMax}).value_or("");
    std::string org = body.text("org", {kWordMax}).value_or("");
    const std::string role = body.text("role", {kWordMax}).value_or("");
    if (!role.empty() && std::find(std::begin(kRoles), std::end(kRoles), role) == std::end(kRoles))
        body.fault("role", "notices.fault.role", {{"role", role}});
    if (!org.empty()) {
        const Day today = Zone::copenhagen().to_local(turn.now).day;
        KL_TRY(org, take_org_code(turn.db, body, "org", org, today));
    }
    KL_CHECK(check_system(turn, body, system));
    if (!body.ok()) return make_error(ErrorCode::invalid_input, "notices.faults");
    if (account.mail.empty())
        return make_error(ErrorCode::conflict, "notices.subscription.no_mail");
    KL_TRY(const auto standing, subscriptions_of(turn.db, account.name));
    for (const Subscription& one : standing)
        if (one.system == system && one.org == org && one.role == role) return one.id;
    if (static_cast<std::int64_t>(standing.size()) >= kSubscriptionsMax)
        return make_error(ErrorCode::conflict, "notices.subscription.too_many");
    KL_TRY(const std::int64_t seq, turn.begin_entry());
    KL_TRY(
        [[maybe_unused]] const auto rows,
        turn.db.run("INSERT INTO notices_subscription (seq, account, mail, language, system, org,"
                    " role, created_at)"
                    " VALUES (:seq, :account, :mail, :language, :system, :org, :role, :now)",
                    {{":seq", seq},
                     {":account", account.name},
                     {":mail", account.mail},
                     {":language", std::string(language_code(language))},
                     {":system", system},
                     {":org", org},
                     {":role", role},
                     {":now", turn.now}}));
    KL_TRY(const std::int64_t id,
           query_i64(turn.db, "SELECT MAX(id) FROM notices_subscription", {}, 0));
    KL_CHECK(turn.end_entry(account.name, "subscription",
                            json::serialize(json::object{
                                {"id", id}, {"wanted", true}, {"system", system}, {"org", org}, {"role", role}})));
    return id;
}

Result<void> unsubscribe(WriteTurn& turn, const Account& account, std::int64_t id) {
    KL_TRY(const auto standing, subscriptions_of(turn.db, account.name));
    for (const Subscription& one : standing)
        if (one.id == id) return note_removed(turn, account.name, id);
    return make_error(ErrorCode::not_found, "notices.subscription.none");
}

Result<std::vector<Subscription>> subscriptions_of(Connection& db, std::string_view account) {
    KL_TRY(const auto rows,
           db.query("SELECT id, mail, language, system, org, role FROM notices_subscription"
                    " WHERE account = :account AND removed_at IS NULL ORDER BY id",
                    {{":account", std::string(account)}}));
    std::vector<Subscription> list;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return list;
        list.push_back(subscription_from(*rows));
    }
}

Result<std::vector<Subscription>> subscribers_of(Connection& db, const Notice& notice,
                                                 UtcSecond now) {
    std::vector<Subscription> wanting;
    {
        // An account that was removed hears nothing more; its present address is what counts.
        KL_TRY(const auto rows,
               db.query("SELECT s.id, u.mail, s.language, s.system, s.org, s.role"
                        " FROM notices_subscription s JOIN core_user u ON u.name = s.account"
                        " WHERE s.removed_at IS NULL AND u.removed_at IS NULL AND u.mail <> ''"
                        " AND (s.system = '' OR s.system = :system) ORDER BY s.id",
                        {{":system", notice.system}}));
        while (true) {
            KL_TRY(const bool more, rows->next());
            if (!more) break;
            wanting.push_back(subscription_from(*rows));
        }
    }
    std::vector<Subscription> list;
    std::set<std::string> told;
    const std::string orgs = lines_of(notice.orgs);
    const Day day = Zone::copenhagen().to_local(now).day;
    for (Subscription& one : wanting) {
        if (told.contains(one.mail) || !is_for_role(notice, one.role)) continue;
        KL_TRY(const bool here, touches_place(db, orgs, one.org, day));
        if (!here) continue;
        told.insert(one.mail);
        list.push_back(std::move(one));
    }
    return list;
}

std::string unsubscribe_token(const std::string& key, std::int64_t id) {
    return std::to_string(id) + "-" +
           in_letters(keyed_digest(key, "notices.subscription/" + std::to_string(id)));
}

Result<void> unsubscribe_by_token(WriteTurn& turn, std::string_view token) {
    std::int64_t id = 0;
    const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), id);
    const auto none = [] { return make_error(ErrorCode::not_found, "notices.subscription.none"); };
    if (error != std::errc() || end == token.data() || id <= 0) return none();
    const std::string genuine = unsubscribe_token(turn.key, id);
    const bool same = genuine.size() == token.size() &&
                      sodium_memcmp(genuine.data(), token.data(), genuine.size()) == 0;
    if (!same) return none();
    KL_TRY(const auto open, query_i64(turn.db,
                                      "SELECT COUNT(*) FROM notices_subscription WHERE id = :id"
                                      " AND removed_at IS NULL",
                                      {{":id", id}}));
    if (open == 0) return {};
    return note_removed(turn, "link", id);
}

}  // namespace klarsyn::notices
