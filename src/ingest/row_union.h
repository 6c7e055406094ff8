// The rows of chosen groups, gathered from kept files. Owns the bytes it hands out.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "ingest/files.h"
#include "ingest/format.h"

namespace klarsyn {

class RowUnion {
public:
    RowUnion(Connection& db, const Format& format) : db_(db), format_(format) {}

    // Reads the rows of `groups` (sorted, unique) from those of `files` that have any.
    Result<void> load(const std::vector<KnownFile>& files, const std::vector<std::int64_t>& groups);

    // Empty for a group that no loaded file has.
    const std::vector<GroupRow>& rows(std::int64_t group) const;
    bool touches(std::int64_t group) const { return rows_.contains(group); }
    void clear();

private:
    Connection& db_;
    const Format& format_;
    std::unordered_map<std::int64_t, std::vector<GroupRow>> rows_;
    std::deque<std::string> bytes_;
    std::vector<std::shared_ptr<const void>> contexts_;  // shared with the scans they came from
};

// Smallest row time of a scanned file; 0 for a file without rows.
UtcSecond file_start(const ScannedFile& file);

}  // namespace klarsyn
