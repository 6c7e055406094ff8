#include "web/sign_in.h"

#include <boost/json/serialize.hpp>

#include <algorithm>

#include "web/dispatch.h"
#include "web/metrics.h"
#include "web/sessions.h"

namespace klarsyn {
namespace {

namespace json = boost::json;

constexpr std::size_t kNameMax = 64;
constexpr std::size_t kTextMax = 200;
constexpr int kWatchSeconds = 60;

// As accounts are named: a-z 0-9 . _ - @
std::string account_name_of(std::string_view given) {
    std::string name = fold(given);
    for (char& c : name) {
        const bool fits = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
                          c == '-' || c == '@';
        if (!fits) c = '.';
    }
    return name.substr(0, kNameMax);
}

std::string lines_of(const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines) text += (text.empty() ? "" : "\n") + line;
    return text;
}

std::string cut(const std::string& text) {
    if (text.size() <= kTextMax) return text;
    std::size_t end = kTextMax;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    return text.substr(0, end);
}

Account account_of(const OutsidePerson& person, const GroupRule& grant) {
    Account account;
    account.name = account_name_of(person.name);
    account.role = grant.role;
    account.display_name = cut(person.display_name);
    account.org = grant.org;
    account.groups = grant.support_groups;
    account.mail = cut(person.mail);
    account.phone = cut(person.phone);
    account.origin = person.origin;
    return account;
}

bool up_to_date(const Account& known, const Account& wanted) {
    return known.role == wanted.role && known.display_name == wanted.display_name &&
           known.org == wanted.org && known.groups == wanted.groups &&
           known.mail == wanted.mail && known.phone == wanted.phone;
}

Params params_of(const Account& account, const std::string& subject) {
    return {{":role", std::string(role_name(account.role))}, {":display", account.display_name},
            {":org", account.org}, {":groups", lines_of(account.groups)}, {":mail", account.mail},
            {":phone", account.phone}, {":origin", account.origin}, {":subject", subject}};
}

Result<void> insert_account(WriteTurn& turn, const Account& account, const std::string& subject,
                            std::int64_t seq) {
    KL_TRY(const auto taken, query_i64(turn.db, "SELECT COUNT(*) FROM core_user WHERE name = :name",
                                       {{":name", account.name}}));
    if (taken > 0)
        return make_error(ErrorCode::conflict, "web.sign_in.name_taken", {{"name", account.name}});
    KL_TRY(const auto last, query_i64(turn.db, "SELECT MAX(id) FROM core_user"));
    Params params = params_of(account, subject);
    params.insert(params.end(), {{":id", last + 1}, {":name", account.name}, {":at", turn.now},
                                 {":seq", seq}});
    KL_TRY([[maybe_unused]] const auto rows,
           turn.db.run("INSERT INTO core_user (id, name, role, password_hash, created_at, seq,"
                       " display_name, org, support_groups, mail, phone, phone_agent, origin, subject)"
                       " VALUES (:id, :name, :role, '', :at, :seq, :display, :org, :groups, :mail,"
                       " :phone, '', :origin, :subject)",
                       params));
    return {};
}

Result<void> write_account(WriteTurn& turn, const Account& account, const std::string& subject) {
    KL_TRY(const std::int64_t seq, turn.begin_entry());
    KL_TRY(const std::int64_t changed,
           turn.db.run("UPDATE core_user SET role = :role, display_name = :display, org = :org,"
                       " support_groups = :groups, mail = :mail, phone = :phone"
                       " WHERE origin = :origin AND subject = :subject AND removed_at IS NULL",
                       params_of(account, subject)));
    if (changed == 0) KL_CHECK(insert_account(turn, account, subject, seq));
    return turn.end_entry(account.name, "user",
                          json::serialize(json::object{{changed == 0 ? "added" : "changed", account.name},
                                                       {"role", role_name(account.role)},
                                                       {"origin", account.origin}}));
}

}  // namespace

std::optional<GroupRule> grant_of(std::span<const GroupRule> rules,
                                  const std::vector<std::string>& groups) {
    std::optional<GroupRule> grant;
    for (const GroupRule& rule : rules) {
        const bool member = std::any_of(groups.begin(), groups.end(), [&](const std::string& group) {
            return fold(group) == fold(rule.group);
        });
        if (!member) continue;
        if (!grant) {
            grant = rule;
            continue;
        }
        for (const std::string& group : rule.support_groups)
            if (std::find(grant->support_groups.begin(), grant->support_groups.end(), group) ==
                grant->support_groups.end())
                grant->support_groups.push_back(group);
    }
    return grant;
}

Result<std::optional<Account>> find_account_by_subject(Connection& db, const std::string& origin,
                                                       const std::string& subject) {
    KL_TRY(const auto id, query_i64(db, "SELECT id FROM core_user WHERE origin = :origin AND"
                                        " subject = :subject",
                                    {{":origin", origin}, {":subject", subject}}));
    if (id == 0) return std::optional<Account>();
    return find_account(db, id);
}

Result<Account> admit(const Context& context, const OutsidePerson& person) {
    const auto grant = grant_of(context.site.gates->groups, person.groups);
    if (!grant) return make_error(ErrorCode::refused, "web.sign_in.no_role");
    const Account wanted = account_of(person, *grant);
    KL_TRY(const auto id, query_i64(context.db(), "SELECT id FROM core_user WHERE origin = :origin"
                                                  " AND subject = :subject",
                                    {{":origin", person.origin}, {":subject", person.subject}}));
    KL_TRY(const auto known, find_account(context.db(), id));
    if (id != 0 && !known) return make_error(ErrorCode::refused, "web.sign_in.removed");
    if (known && up_to_date(*known, wanted)) return *known;
    std::optional<Account> written;
    const auto done = run_in_turn(context.services, [&](WriteTurn& turn) -> Result<void> {
        KL_CHECK(write_account(turn, wanted, person.subject));
        KL_TRY(written, find_account_by_subject(turn.db, person.origin, person.subject));
        return {};
    });
    if (!done.ok()) return done.error();
    if (!written) return make_error(ErrorCode::refused, "web.sign_in.removed");
    return *written;
}

Result<std::optional<Account>> check_directory(const Context& context, std::string_view name,
                                               std::string_view password) {
    KL_TRY(const auto found, sign_in_person(*context.site.gates->ldap, name, password));
    if (!found) return std::optional<Account>();
    OutsidePerson person;
    person.origin = "ldap";
    person.subject = found->id.empty() ? fold(found->dn) : found->id;
    person.name = name;
    person.display_name = found->display_name;
    person.mail = found->mail;
    person.phone = found->phone;
    person.groups = found->groups;
    KL_TRY(const Account account, admit(context, person));
    return std::optional<Account>(account);
}

Result<void> end_access(const Services& services, const Account& account, const std::string& actor) {
    services.sessions.end_all_of(account.id);
    return run_in_turn(services, [account, actor](WriteTurn& turn) -> Result<void> {
        KL_TRY([[maybe_unused]] const auto seq, turn.begin_entry());
        for (const char* sql : {"DELETE FROM core_session WHERE user_id = :id",
                                "DELETE FROM core_token WHERE user_id = :id"}) {
            KL_TRY([[maybe_unused]] const auto rows, turn.db.run(sql, {{":id", account.id}}));
        }
        return turn.end_entry(actor, "user",
                              json::serialize(json::object{{"signed_out", account.name}}));
    });
}

std::string safe_next(std::string_view next) {
    const bool own = next.size() >= 1 && next[0] == '/' &&
                     (next.size() == 1 || (next[1] != '/' && next[1] != '\\')) &&
                     std::none_of(next.begin(), next.end(),
                                  [](char c) { return static_cast<unsigned char>(c) < 0x20; });
    return own ? std::string(next) : "/";
}

Response start_session(Context& context, const Account& account, const std::string& next) {
    const Services& services = context.services;
    services.metrics.login("accepted");
    if (!context.session_token.empty()) services.sessions.end(context.session_token);
    const auto started = services.sessions.start(account.id, context.site.clock.now());
    // Not waited for: an import may hold the writer, and the session is good without its copy.
    services.write([session = started.session](Connection& writer) {
        (void)store_session(writer, session);
    });
    Response response = redirect(safe_next(next));
    response.headers.emplace_back("Set-Cookie", session_cookie(context.site, started.token));
    return response;
}

namespace {

// What somebody must ask the directory by.
struct Watched {
    Account account;
    std::string subject;
};

Result<std::vector<Watched>> watched_accounts(Connection& db) {
    std::vector<std::int64_t> ids;
    std::vector<std::string> subjects;
    {
        KL_TRY(const auto rows,
               db.query("SELECT id, subject FROM core_user WHERE origin = 'ldap' AND removed_at IS"
                        " NULL AND (id IN (SELECT user_id FROM core_session) OR"
                        " id IN (SELECT user_id FROM core_token)) ORDER BY id"));
        while (true) {
            KL_TRY(const bool more, rows->next());
            if (!more) break;
            ids.push_back(rows->i64(0));
            subjects.emplace_back(rows->text(1));
        }
    }
    std::vector<Watched> list;
    for (std::size_t i = 0; i < ids.size(); ++i) {
        KL_TRY(const auto account, find_account(db, ids[i]));
        if (account) list.push_back({*account, subjects[i]});
    }
    return list;
}

// Only what the directory says clearly ends a session; a directory that does not answer ends none.
void watch(BackgroundTools& tools) {
    const GateSettings* gates = tools.site.gates;
    if (gates == nullptr || !gates->ldap) return;
    const auto reader = tools.open();
    if (!reader.ok()) return;
    const auto list = watched_accounts(*reader->db);
    if (!list.ok()) return;
    for (const Watched& one : *list) {
        if (tools.stopping()) return;
        const auto person = find_person(*gates->ldap, one.account.name);
        if (!person.ok()) return;
        const bool same = *person && ((*person)->id.empty() ? fold((*person)->dn) : (*person)->id) == one.subject;
        const auto grant = same ? grant_of(gates->groups, (*person)->groups) : std::nullopt;
        if (!grant || grant->role != one.account.role || grant->org != one.account.org)
            (void)end_access(tools.services, one.account, "ldap");
    }
}

}  // namespace

Background directory_watch() { return {"web.directory", kWatchSeconds, watch}; }

}  // namespace klarsyn
