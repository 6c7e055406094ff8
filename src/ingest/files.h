// The files of batches: what they were called, what they hash to, and which groups they touch.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ingest/format.h"
#include "store/database.h"

namespace klarsyn {

struct KnownFile {
    std::int64_t batch = 0;      // seq
    std::int64_t ordinal = 0;    // within the batch
    std::string name;
    std::string sha256;
    std::int64_t size = 0;
    std::int64_t min_group = 0;
    std::int64_t max_group = -1;  // < min_group: the file has no rows
    UtcSecond start = 0;          // smallest row time
    std::uint32_t number = 0;     // in import order among the files it is listed with
    ImportOptions options;        // as its batch was imported
};

Result<void> write_file(Connection& db, const KnownFile& file,
                        const std::vector<std::int64_t>& groups);
// Its groups as they are counted now.
Result<void> regroup_file(Connection& db, const KnownFile& file,
                          const std::vector<std::int64_t>& groups);
Result<std::vector<std::int64_t>> file_groups(Connection& db, const KnownFile& file);
// Groups from `first` to `last`; none where last < first.
struct GroupRange {
    std::int64_t first = 0;
    std::int64_t last = INT64_MAX;
};
// The files of applied batches of one format and source that are not withdrawn and may have groups
// of the range; by batch, ordinal.
Result<std::vector<KnownFile>> live_files(Connection& db, std::string_view format,
                                          std::string_view source, GroupRange range = {});
// SHA-256 of the newest of all these files that is smaller than `below` bytes; empty for none.
Result<std::string> latest_raw(Connection& db, std::string_view format, std::string_view source,
                               std::int64_t below);

// Options as the batch keeps them, so that its files can be read again the same way.
std::string options_json(const ImportOptions& options);
Result<ImportOptions> options_from_json(std::string_view json);

// Sorted, unique integers <-> compact bytes.
std::string pack_sorted(const std::vector<std::int64_t>& values);
Result<std::vector<std::int64_t>> unpack_sorted(std::string_view bytes);

}  // namespace klarsyn
