#include "modules/probes/delivered.h"

#include <algorithm>

#include "core/hash.h"
#include "web/metrics.h"

namespace klarsyn::probes {
namespace {

constexpr std::size_t kDigits = 16;
constexpr char kPassedOver = '-';

std::size_t place_of(const Delivered& before, std::int64_t number) {
    return static_cast<std::size_t>(before.last - number) * kDigits;
}

Result<std::optional<std::string>> account_of(Connection& db, const std::string& agent) {
    KL_TRY(auto rows, db.query("SELECT account FROM probes_agent_name WHERE agent = :agent",
                               {{":agent", Value(agent)}}));
    KL_TRY(const bool found, rows->next());
    return found ? std::optional(std::string(rows->text(0))) : std::nullopt;
}

enum class Name { ours, free, others };

Result<Name> name_of(Connection& db, const std::string& agent, const std::string& account) {
    KL_TRY(const auto owner, account_of(db, agent));
    if (!owner) return Name::free;
    if (*owner == account) return Name::ours;
    KL_TRY(const auto alive, find_account_by_name(db, *owner));
    return alive ? Name::others : Name::free;
}

Error other_account(const std::string& agent) {
    return make_error(ErrorCode::refused, "probes.agents.other_account", {{"agent", agent}});
}

}  // namespace

std::string batch_digest(std::string_view content) {
    return sha256_hex(content).substr(0, kDigits);
}

Result<bool> came_before(const Delivered& before, std::int64_t number, std::string_view digest) {
    if (number > before.last) return false;
    const bool remembered = before.last - number < kBatchesRemembered &&
                            place_of(before, number) < before.digests.size();
    if (!remembered) return make_error(ErrorCode::conflict, "probes.agents.too_old");
    const std::string_view there =
        std::string_view(before.digests).substr(place_of(before, number), kDigits);
    if (there.front() == kPassedOver) return false;
    if (there != digest) return make_error(ErrorCode::conflict, "probes.agents.other_content");
    return true;
}

Delivered delivered_with(const Delivered& before, std::int64_t number, std::string_view digest) {
    constexpr auto kAll = static_cast<std::size_t>(kBatchesRemembered) * kDigits;
    Delivered after = before;
    if (number > before.last) {
        const auto passed_over = std::min(number - before.last - 1, kBatchesRemembered);
        after.last = number;
        after.digests = std::string(digest) +
                        std::string(static_cast<std::size_t>(passed_over) * kDigits, kPassedOver) +
                        before.digests;
        after.digests.resize(std::min(after.digests.size(), kAll));
    } else if (before.last - number < kBatchesRemembered &&
               place_of(before, number) < before.digests.size()) {
        after.digests.replace(place_of(before, number), kDigits, digest);
    }
    return after;
}

Result<void> check_agent_name(Connection& db, const std::string& agent,
                              const std::string& account) {
    KL_TRY(const Name name, name_of(db, agent, account));
    if (name == Name::others) return other_account(agent);
    return {};
}

Result<void> claim_agent_name(Connection& db, const std::string& agent, const std::string& account,
                              UtcSecond now) {
    KL_TRY(const Name name, name_of(db, agent, account));
    if (name == Name::others) return other_account(agent);
    if (name == Name::ours) return {};
    KL_TRY([[maybe_unused]] const auto kept,
           db.run("INSERT INTO probes_agent_name (agent, account, since) "
                  "VALUES (:agent, :account, :now) "
                  "ON CONFLICT (agent) DO UPDATE SET account = :account, since = :now",
                  {{":agent", Value(agent)}, {":account", Value(account)}, {":now", Value(now)}}));
    return {};
}

Result<std::optional<std::string>> release_agent_name(Connection& db, const std::string& agent) {
    KL_TRY(auto owner, account_of(db, agent));
    KL_TRY([[maybe_unused]] const auto gone,
           db.run("DELETE FROM probes_agent_name WHERE agent = :agent", {{":agent", Value(agent)}}));
    return owner;
}

Error refuse_batch(const Context& context, Error error) {
    if (error.code == ErrorCode::conflict || error.code == ErrorCode::refused)
        context.services.metrics.batch_refused(error.key.substr(error.key.rfind('.') + 1));
    return error;
}

}  // namespace klarsyn::probes
