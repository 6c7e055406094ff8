// The mark of a store whose last commit has an unknown outcome: nothing may go on with it. One per
// store, seen by all its connections; thread-safe.
#pragma once

#include <atomic>
#include <memory>

#include "core/result.h"

namespace klarsyn {

using Poison = std::shared_ptr<std::atomic<bool>>;  // shared: connections may outlive the store

inline Error outcome_unknown() { return make_error(ErrorCode::internal, "store.outcome_unknown"); }

}  // namespace klarsyn
