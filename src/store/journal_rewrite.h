// Taking a person out of entries of the journal. The hashes of the chain stay: they were made of
// what stood there, by a key, and tell nobody what it was. In their place the entry of the erasure
// names a seal of what stands there now, and verify_chain follows it. For erasures only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "store/database.h"

namespace klarsyn {

// The kind of the entries whose detail names seals: {"journal":[[seq,"seal"], ...]}.
inline constexpr std::string_view kErasureKind = "erase";

struct EntrySeal {
    std::int64_t seq = 0;
    std::string seal;  // hex; keyed, over the whole entry as it stands now
};

// Writes actor and detail of an entry that stands, in the caller's write transaction. The caller
// names the seal in the entry of the erasure, and has verified the chain before: else a forged
// entry would be sealed.
Result<EntrySeal> rewrite_entry(Connection& db, const std::string& key, std::int64_t seq,
                                const std::string& actor, const std::string& detail);
// The seals that the detail of an erasure names; empty where it names none.
std::vector<EntrySeal> seals_in(std::string_view detail);

}  // namespace klarsyn
