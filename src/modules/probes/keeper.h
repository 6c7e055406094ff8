// What follows from measurements that arrive while the server runs.
#pragma once

#include "web/background.h"

namespace klarsyn::probes {

// Counts missing slots again on days that are due, in an entry of its own where that changes any
// fact, and packs appended measurements into blocks, a part at a time. No answer of a figure of
// measurements changes by it.
Background measurement_keeper();

}  // namespace klarsyn::probes
