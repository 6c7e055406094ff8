// Raw files, kept compressed and addressed by SHA-256. A file that begins with one kept already (a
// log that grew) stores only what it adds. Inside the caller's transaction.
#pragma once

#include <string>
#include <string_view>

#include "core/result.h"
#include "store/database.h"

namespace klarsyn {

// Returns the SHA-256, hex. Storing what is stored already is no error. `candidate_base`: SHA-256 of
// a kept file that this one may have grown from; empty for none.
Result<std::string> keep_raw(Connection& db, std::string_view content,
                             const std::string& candidate_base);
// not_found for an unknown hash; internal where the kept bytes do not have their hash any more.
Result<std::string> load_raw(Connection& db, const std::string& sha256);

std::string compress(std::string_view bytes);
Result<std::string> decompress(std::string_view bytes, std::size_t size);

}  // namespace klarsyn
