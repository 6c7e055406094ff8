#include "web/accounts.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>

#include "indicators/figures_json.h"
#include "store/journal.h"

namespace klarsyn {
namespace {

constexpr unsigned long long kHashPasses = 2;
constexpr std::size_t kHashMemoryBytes = 19 * 1024 * 1024;
constexpr std::size_t kPasswordCharactersMin = 8;
constexpr std::size_t kPasswordBytesMax = 1024;
constexpr std::size_t kNameBytesMax = 64;

Result<std::string> hash_password(std::string_view password) {
    char hash[crypto_pwhash_STRBYTES];
    if (sodium_init() < 0 || crypto_pwhash_str(hash, password.data(), password.size(), kHashPasses,
                                               kHashMemoryBytes) != 0)
        return make_error(ErrorCode::unavailable, "web.account.hash_memory");
    return std::string(hash);
}

// A hash of nothing that anybody knows: verified for unknown names, so that they take as long.
Result<std::string> decoy_hash() {
    static const Result<std::string> decoy = [] {
        char bytes[32];
        if (sodium_init() >= 0) randombytes_buf(bytes, sizeof bytes);
        return hash_password(std::string_view(bytes, sizeof bytes));
    }();
    return decoy;
}

bool valid_name(std::string_view name) {
    if (name.empty() || name.size() > kNameBytesMax) return false;
    return std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
               std::string_view("._-@").find(c) != std::string_view::npos;
    });
}

std::size_t characters(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    }));
}

Result<void> check_new_user(const NewUser& user, std::string_view name) {
    if (!valid_name(name))
        return make_error(ErrorCode::invalid_input, "web.account.name_invalid",
                          {{"name", user.name}});
    if (!parse_role(user.role))
        return make_error(ErrorCode::invalid_input, "web.account.role_unknown",
                          {{"role", user.role}});
    if (characters(user.password) < kPasswordCharactersMin)
        return make_error(ErrorCode::refused, "web.account.password_short",
                          {{"minimum", std::to_string(kPasswordCharactersMin)}});
    if (user.password.size() > kPasswordBytesMax)
        return make_error(ErrorCode::refused, "web.account.password_long",
                          {{"maximum", std::to_string(kPasswordBytesMax)}});
    return {};
}

std::string joined_lines(const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines) text += (text.empty() ? "" : "\n") + line;
    return text;
}

std::vector<std::string> split_lines(std::string_view text) {
    std::vector<std::string> lines;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        if (end > 0) lines.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

Result<void> insert_user(Connection& db, const std::string& journal_key, UtcSecond now,
                         const NewUser& user, const std::string& name, const std::string& hash) {
    KL_TRY(const std::int64_t taken,
           query_i64(db, "SELECT COUNT(*) FROM core_user WHERE name = :name", {{":name", name}}));
    if (taken > 0)
        return make_error(ErrorCode::conflict, "web.account.name_taken", {{"name", name}});
    KL_TRY(const std::int64_t id, query_i64(db, "SELECT MAX(id) FROM core_user"));
    KL_TRY(const std::int64_t seq, next_seq(db));
    KL_TRY([[maybe_unused]] const std::int64_t rows,
           db.run("INSERT INTO core_user (id, name, role, password_hash, created_at, seq,"
                  " display_name, org, support_groups, mail, phone, phone_agent)"
                  " VALUES (:id, :name, :role, :hash, :at, :seq,"
                  " :display, :org, :groups, :mail, :phone, :agent)",
                  {{":id", id + 1}, {":name", name}, {":role", user.role}, {":hash", hash},
                   {":at", now}, {":seq", seq}, {":display", user.display_name},
                   {":org", user.org}, {":groups", joined_lines(user.groups)},
                   {":mail", user.mail}, {":phone", user.phone}, {":agent", user.phone_agent}}));
    JournalEntry entry;
    entry.seq = seq;
    entry.at = now;
    entry.actor = user.actor;
    entry.kind = "user";
    entry.detail = fmt::format(R"({{"added":{},"role":{}}})", json_string(name),
                               json_string(user.role));
    return append_entry(db, journal_key, entry);
}

Account account_from(const Rows& rows) {
    Account account;
    account.id = rows.i64(0);
    account.name = rows.text(1);
    account.role = parse_role(rows.text(2)).value_or(Role::anonymous);
    account.created_at = rows.i64(3);
    account.seq = rows.i64(4);
    account.display_name = rows.text(5);
    account.org = rows.text(6);
    account.groups = split_lines(rows.text(7));
    account.mail = rows.text(8);
    account.phone = rows.text(9);
    account.phone_agent = rows.text(10);
    account.origin = rows.text(12);
    return account;
}

constexpr std::string_view kSelectAccount =
    "SELECT id, name, role, created_at, seq, display_name, org, support_groups, mail, phone,"
    " phone_agent, password_hash, origin FROM core_user WHERE removed_at IS NULL";

std::string select_account(std::string_view rest) { return std::string(kSelectAccount) + std::string(rest); }

}  // namespace

std::string fold_account_name(std::string_view name) {
    std::string folded(name);
    for (char& c : folded)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return folded;
}

Result<void> add_user(Connection& db, const std::string& journal_key, const Clock& clock,
                      const NewUser& user) {
    const std::string name = fold_account_name(user.name);
    KL_CHECK(check_new_user(user, name));
    KL_TRY(const std::string hash, hash_password(user.password));
    KL_CHECK(db.begin_write());
    const auto inserted = insert_user(db, journal_key, clock.now(), user, name, hash);
    if (!inserted) {
        db.rollback();
        return inserted.error();
    }
    return db.commit();
}

Result<std::optional<Account>> find_account(Connection& db, std::int64_t id) {
    KL_TRY(const auto rows, db.query(select_account(" AND id = :id"), {{":id", id}}));
    KL_TRY(const bool found, rows->next());
    if (!found) return std::optional<Account>();
    return std::optional<Account>(account_from(*rows));
}

Result<std::optional<Account>> find_account_by_name(Connection& db, std::string_view name) {
    KL_TRY(const auto rows,
           db.query(select_account(" AND name = :name"), {{":name", fold_account_name(name)}}));
    KL_TRY(const bool found, rows->next());
    if (!found) return std::optional<Account>();
    return std::optional<Account>(account_from(*rows));
}

Result<void> remove_user(Connection& db, const std::string& journal_key, const Clock& clock,
                         const std::string& name, const std::string& actor) {
    KL_CHECK(db.begin_write());
    const auto removed = [&]() -> Result<void> {
        KL_TRY(const auto account, find_account_by_name(db, name));
        if (!account)
            return make_error(ErrorCode::not_found, "web.account.unknown", {{"name", name}});
        const Params params = {{":id", account->id}, {":at", clock.now()}};
        for (const char* sql : {"UPDATE core_user SET removed_at = :at WHERE id = :id",
                                "DELETE FROM core_session WHERE user_id = :id",
                                "DELETE FROM core_token WHERE user_id = :id"}) {
            KL_TRY([[maybe_unused]] const auto rows, db.run(sql, params));
        }
        JournalEntry entry;
        KL_TRY(entry.seq, next_seq(db));
        entry.at = clock.now();
        entry.actor = actor;
        entry.kind = "user";
        entry.detail = fmt::format(R"({{"removed":{}}})", json_string(account->name));
        return append_entry(db, journal_key, entry);
    }();
    if (removed.ok()) return db.commit();
    db.rollback();
    return removed;
}

Result<std::vector<Account>> list_accounts(Connection& db) {
    KL_TRY(const auto rows, db.query(select_account(" ORDER BY name")));
    std::vector<Account> accounts;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return accounts;
        accounts.push_back(account_from(*rows));
    }
}

Result<std::optional<Account>> check_password(Connection& db, std::string_view name,
                                              std::string_view password) {
    KL_TRY(std::string hash, decoy_hash());
    std::optional<Account> account;
    {
        KL_TRY(const auto rows,
               db.query(select_account(" AND name = :name"),
                        {{":name", fold_account_name(name)}}));
        KL_TRY(const bool found, rows->next());
        // Who signs in elsewhere has no password here.
        if (found && rows->text(12).empty()) {
            account = account_from(*rows);
            hash = rows->text(11);
        }
    }
    const bool fits = password.size() <= kPasswordBytesMax &&
                      crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
    if (!fits) account.reset();
    return account;
}

}  // namespace klarsyn
