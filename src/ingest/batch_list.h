// Batches and their rejects as lists, for the command line, the API and the pages: one query and one
// serializer for all three. Reading only. A Connection belongs to one thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/text.h"
#include "store/database.h"

namespace klarsyn {

struct BatchFile {
    std::string name;
    std::string sha256;
    std::int64_t bytes = 0;
};

struct BatchInfo {
    std::int64_t seq = 0;
    std::string source;
    std::string format;
    std::string module;
    std::string state;  // "applied" or "held"
    std::vector<BatchFile> files;
    std::int64_t read = 0, added = 0, changed = 0, unchanged = 0, rejected = 0;
    bool withdrawn = false;
    UtcSecond at = 0;
    std::string actor;
};

struct RejectInfo {
    std::int64_t ordinal = 0;
    std::string file;
    std::int64_t line = 0;
    std::string field;
    std::string reason;  // text key
    TextArgs args;
    std::string raw;
};

std::string batch_id(std::int64_t seq);                    // "B12"
Result<std::int64_t> parse_batch_id(std::string_view id);  // also "12"; not_found otherwise

// Oldest first.
Result<std::vector<BatchInfo>> list_batches(Connection& db);
Result<BatchInfo> find_batch(Connection& db, std::string_view id);  // not_found
// From `offset` on, at most `limit`; limit 0 = all.
Result<std::vector<RejectInfo>> list_rejects(Connection& db, std::int64_t batch_seq,
                                             std::int64_t offset = 0, std::int64_t limit = 0);

// {"batch":"B12","seq":12,"source":...,"files":["a.log"],"read":..,"new":..,...,"withdrawn":false}
std::string batch_json(const BatchInfo& batch);
std::string batches_json(const std::vector<BatchInfo>& batches);  // {"batches":[...]}
// {"rejects":[{"reject":"B12-1","file":...,"line":...,"field":...,"reason":key,"detail":...,"raw":..}]}
std::string rejects_json(std::int64_t batch_seq, const std::vector<RejectInfo>& rejects,
                         Language language);
// reject,file,line,field,reason,detail,raw
std::string rejects_csv(std::int64_t batch_seq, const std::vector<RejectInfo>& rejects,
                        Language language);

}  // namespace klarsyn
