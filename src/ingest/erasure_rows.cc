#include "ingest/erasure_rows.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "ingest/files.h"
#include "ingest/raw.h"
#include "ingest/row_union.h"

namespace klarsyn {
namespace {

// What stands in a row that lost a phrase, the shortest one in Latin-1 too. Rows with a masked CPR
// number have it as well: deriving them again changes nothing.
constexpr std::string_view kLost = "**";
constexpr std::size_t kGroupsPerSlice = 20'000;  // bounds memory

std::set<std::string> rewritten(const ErasureReport& report) {
    std::set<std::string> hashes;
    for (const boost::json::value& file : report.files)
        hashes.emplace(file.as_object().at("now").as_string());
    return hashes;
}

Result<std::set<std::string>> sources_of(Connection& db, const Format& format,
                                         const std::set<std::string>& hashes) {
    std::set<std::string> sources;
    for (const std::string& hash : hashes) {
        KL_TRY(const auto rows,
               db.query("SELECT b.source FROM core_file f JOIN core_batch b ON b.seq = f.seq"
                        " WHERE f.sha256 = :hash AND b.format = :format",
                        {{":hash", hash}, {":format", std::string(format.name)}}));
        while (true) {
            KL_TRY(const bool more, rows->next());
            if (!more) break;
            sources.emplace(rows->text(0));
        }
    }
    return sources;
}

Result<std::vector<std::int64_t>> groups_that_lost(Connection& db, const Format& format,
                                                   const std::vector<KnownFile>& files,
                                                   const std::set<std::string>& hashes) {
    std::vector<std::int64_t> groups;
    for (const KnownFile& file : files) {
        if (!hashes.contains(file.sha256)) continue;
        KL_TRY(const std::string content, load_raw(db, file.sha256));
        KL_TRY(const ScannedFile scanned, format.scan(content, file.options, nullptr));
        for (const SourceRow& row : scanned.rows)
            if (scanned.text.substr(row.offset, row.length).find(kLost) != std::string_view::npos)
                groups.push_back(row.group);
    }
    std::sort(groups.begin(), groups.end());
    groups.erase(std::unique(groups.begin(), groups.end()), groups.end());
    return groups;
}

Result<void> derive_groups(WriteTurn& turn, const Format& format, const std::string& source,
                           const std::vector<KnownFile>& files,
                           const std::vector<std::int64_t>& groups) {
    std::shared_ptr<const void> state;
    if (format.load_state) {
        KL_TRY(state, format.load_state(turn.db, source));
    }
    KL_TRY(FactWriter* const writer, turn.facts(format));
    for (std::size_t at = 0; at < groups.size(); at += kGroupsPerSlice) {
        const std::vector<std::int64_t> slice(
            groups.begin() + static_cast<std::ptrdiff_t>(at),
            groups.begin() +
                static_cast<std::ptrdiff_t>(std::min(groups.size(), at + kGroupsPerSlice)));
        RowUnion rows(turn.db, format);
        KL_CHECK(rows.load(files, slice));
        for (const std::int64_t group : slice) {
            KL_CHECK(writer->begin_group(group, FactWriter::Group::may_exist));
            format.derive({source, rows.rows(group), state.get()}, *writer);
            KL_CHECK(writer->end_group());
        }
    }
    KL_CHECK(writer->flush());
    if (writer->digest().rows_went != 0)
        return make_error(ErrorCode::conflict, "erasure.in_figures");
    return {};
}

}  // namespace

Result<void> follow_rewritten_files(WriteTurn& turn, const Format& format,
                                    const ErasureReport& report) {
    const std::set<std::string> hashes = rewritten(report);
    KL_TRY(const auto sources, sources_of(turn.db, format, hashes));
    for (const std::string& source : sources) {
        KL_TRY(const auto files, live_files(turn.db, format.name, source));
        KL_TRY(const auto groups, groups_that_lost(turn.db, format, files, hashes));
        if (!groups.empty()) KL_CHECK(derive_groups(turn, format, source, files, groups));
    }
    return {};
}

}  // namespace klarsyn
