#include "ingest/row_union.h"

#include <algorithm>

#include "ingest/raw.h"

namespace klarsyn {
namespace {

constexpr std::size_t kArenaBytes = std::size_t{1} << 20;

std::vector<std::int64_t> intersection(const std::vector<std::int64_t>& a,
                                       const std::vector<std::int64_t>& b) {
    std::vector<std::int64_t> both;
    std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(both));
    return both;
}

std::string_view keep(std::deque<std::string>& arena, std::string_view bytes) {
    if (arena.empty() || arena.back().capacity() - arena.back().size() < bytes.size()) {
        arena.emplace_back();
        arena.back().reserve(std::max(kArenaBytes, bytes.size()));
    }
    std::string& chunk = arena.back();  // never grows beyond its capacity: views stay valid
    const std::size_t at = chunk.size();
    chunk.append(bytes);
    return std::string_view(chunk).substr(at, bytes.size());
}

}  // namespace

UtcSecond file_start(const ScannedFile& file) {
    UtcSecond start = 0;
    bool first = true;
    for (const auto& row : file.rows) {
        if (first || row.time < start) start = row.time;
        first = false;
    }
    return start;
}

Result<void> RowUnion::load(const std::vector<KnownFile>& files,
                            const std::vector<std::int64_t>& groups) {
    if (groups.empty()) return {};
    for (const auto& file : files) {
        if (file.max_group < groups.front() || file.min_group > groups.back()) continue;
        KL_TRY(const auto in_file, file_groups(db_, file));
        const auto wanted = intersection(groups, in_file);
        if (wanted.empty()) continue;
        KL_TRY(const auto content, load_raw(db_, file.sha256));
        KL_TRY(const auto scanned, format_.scan(content, file.options, &wanted));
        for (const auto& row : scanned.rows) {
            GroupRow kept;
            kept.time = row.time;
            kept.line = row.line;
            kept.bytes = keep(bytes_, scanned.text.substr(row.offset, row.length));
            kept.context = scanned.context.get();
            kept.file_start = file.start;
            kept.batch = file.batch;
            kept.file = file.number;
            rows_[row.group].push_back(kept);
        }
        contexts_.push_back(scanned.context);
    }
    return {};
}

const std::vector<GroupRow>& RowUnion::rows(std::int64_t group) const {
    static const std::vector<GroupRow> kNone;
    const auto found = rows_.find(group);
    return found == rows_.end() ? kNone : found->second;
}

void RowUnion::clear() {
    rows_.clear();
    bytes_.clear();
    contexts_.clear();
}

}  // namespace klarsyn
