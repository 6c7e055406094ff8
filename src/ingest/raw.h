// Raw files, kept compressed and addressed by SHA-256. A file that begins with one kept already (a
// log that grew) stores only what it adds. Inside the caller's transaction.
#pragma once

#include <future>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "store/database.h"

namespace klarsyn {

// Returns the SHA-256, hex. Storing what is stored already is no error. `candidate_base`: SHA-256 of
// a kept file that this one may have grown from; empty for none.
Result<std::string> keep_raw(Connection& db, std::string_view content,
                             const std::string& candidate_base);

// The same in steps, so that hashing and packing go on while the caller reads the file's rows.
class RawKeeping {
public:
    // `content` must stay until end() or the end of this object.
    static Result<RawKeeping> begin(Connection& db, std::string_view content,
                                    const std::string& candidate_base);
    // Says what is kept, and returns its SHA-256; once, before end().
    Result<std::string> name(Connection& db);
    Result<void> end(Connection& db);

private:
    std::string_view content_;
    std::string base_;  // empty: none
    std::size_t base_size_ = 0;
    std::string sha256_;
    bool known_ = false;
    std::future<std::string> hash_;
    std::future<std::vector<std::string>> parts_;
};

// not_found for an unknown hash; internal where the kept bytes do not have their hash any more.
Result<std::string> load_raw(Connection& db, const std::string& sha256);

std::string compress(std::string_view bytes);
Result<std::string> decompress(std::string_view bytes, std::size_t size);

}  // namespace klarsyn
