// Which batches of an agent's store came already, and who may deliver under an agent's name. A batch
// is known by its number and its content, as long as it is one of the last kBatchesRemembered; of an
// older one nobody can tell any more whether it came, so it is refused: the agent begins a new epoch
// and sends it again, and what was kept by its key counts once. Nothing is left out in silence.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"
#include "store/database.h"
#include "web/context.h"

namespace klarsyn::probes {

constexpr std::int64_t kBatchesRemembered = 32;

// Of what a batch holds, as sent.
std::string batch_digest(std::string_view content);

struct Delivered {
    std::int64_t last = 0;  // the highest number of a batch; 0: none
    std::string digests;    // of the last batches, as stored
};
// Whether the batch is kept already. conflict: probes.agents.other_content, probes.agents.too_old.
Result<bool> came_before(const Delivered& before, std::int64_t number, std::string_view digest);
// What is remembered once the batch is kept.
Delivered delivered_with(const Delivered& before, std::int64_t number, std::string_view digest);

// refused (probes.agents.other_account) where another account delivers under the agent's name.
Result<void> check_agent_name(Connection& db, const std::string& agent, const std::string& account);
// In a write transaction: the same, and the name is the account's from then on.
Result<void> claim_agent_name(Connection& db, const std::string& agent, const std::string& account,
                              UtcSecond now);
// In a write transaction: the next account that delivers has the name. The account that had it; none
// where nobody had.
Result<std::optional<std::string>> release_agent_name(Connection& db, const std::string& agent);

// Counts a batch that is refused as a whole; gives the error back.
Error refuse_batch(const Context& context, Error error);

}  // namespace klarsyn::probes
