#include "web/tokens.h"

#include <fmt/format.h>

#include "indicators/figures_json.h"
#include "store/journal.h"
#include "web/sessions.h"

namespace klarsyn {
namespace {

// Runs `work` with a new journal number as a transaction of its own.
template <typename Work>
Result<void> in_entry(Connection& db, const std::string& key, JournalEntry entry, const Work& work) {
    KL_CHECK(db.begin_write());
    const auto done = [&]() -> Result<void> {
        KL_TRY(entry.seq, next_seq(db));
        KL_CHECK(work(entry.seq));
        return append_entry(db, key, entry);
    }();
    if (done.ok()) return db.commit();
    db.rollback();
    return done;
}

JournalEntry entry_of(const Clock& clock, const NewToken& wanted, std::string_view verb) {
    JournalEntry entry;
    entry.at = clock.now();
    entry.actor = wanted.actor;
    entry.kind = "token";
    entry.detail = fmt::format(R"({{"{}":{},"label":{}}})", verb, json_string(wanted.account),
                               json_string(wanted.label));
    return entry;
}

Result<Account> known_account(Connection& db, const std::string& name) {
    KL_TRY(const auto account, find_account_by_name(db, name));
    if (account) return *account;
    return make_error(ErrorCode::not_found, "web.account.unknown", {{"name", name}});
}

}  // namespace

Result<std::string> add_token(Connection& db, const std::string& journal_key, const Clock& clock,
                              const NewToken& wanted) {
    KL_TRY(const Account account, known_account(db, wanted.account));
    const std::string token = random_token();
    KL_CHECK(in_entry(db, journal_key, entry_of(clock, wanted, "added"), [&](std::int64_t seq) -> Result<void> {
        KL_TRY([[maybe_unused]] const auto rows,
               db.run("INSERT INTO core_token (token_hash, user_id, label, created_at, seq)"
                      " VALUES (:hash, :user, :label, :at, :seq)",
                      {{":hash", hash_token(token)}, {":user", account.id},
                       {":label", wanted.label}, {":at", clock.now()}, {":seq", seq}}));
        return {};
    }));
    return token;
}

Result<std::int64_t> revoke_tokens(Connection& db, const std::string& journal_key,
                                   const Clock& clock, const NewToken& wanted) {
    KL_TRY(const Account account, known_account(db, wanted.account));
    std::int64_t revoked = 0;
    KL_CHECK(in_entry(db, journal_key, entry_of(clock, wanted, "revoked"), [&](std::int64_t) -> Result<void> {
        KL_TRY(revoked, db.run("DELETE FROM core_token WHERE user_id = :user AND label = :label",
                               {{":user", account.id}, {":label", wanted.label}}));
        return {};
    }));
    return revoked;
}

Result<std::optional<Account>> find_token_account(Connection& db, std::string_view token,
                                                  UtcSecond now) {
    KL_TRY(const auto user,
           query_i64(db, "SELECT user_id FROM core_token WHERE token_hash = :hash AND"
                         " (expires_at IS NULL OR expires_at > :now)",
                     {{":hash", hash_token(token)}, {":now", now}}));
    if (user == 0) return std::optional<Account>();
    return find_account(db, user);
}

}  // namespace klarsyn
