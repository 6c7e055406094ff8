#include "ingest/batch_list.h"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

#include <charconv>
#include <map>

#include "indicators/figures_json.h"

namespace klarsyn {
namespace {

constexpr std::string_view kBatchColumns =
    "SELECT b.seq, b.source, b.format, b.module, b.state, b.rows_read, b.rows_new, b.rows_changed,"
    " b.rows_unchanged, b.rows_rejected, b.withdrawn_seq, j.at, j.actor"
    " FROM core_batch b LEFT JOIN core_journal j ON j.seq = b.seq";

BatchInfo batch_from(const Rows& rows) {
    BatchInfo batch;
    batch.seq = rows.i64(0);
    batch.source = rows.text(1);
    batch.format = rows.text(2);
    batch.module = rows.text(3);
    batch.state = rows.text(4);
    batch.read = rows.i64(5);
    batch.added = rows.i64(6);
    batch.changed = rows.i64(7);
    batch.unchanged = rows.i64(8);
    batch.rejected = rows.i64(9);
    batch.withdrawn = !rows.is_null(10);
    batch.at = rows.i64(11);
    batch.actor = rows.text(12);
    return batch;
}

Result<std::vector<BatchInfo>> read_batches(Connection& db, std::string_view rest,
                                            const Params& params) {
    const std::string sql = std::string(kBatchColumns) + std::string(rest) + " ORDER BY b.seq";
    KL_TRY(const auto rows, db.query(sql, params));
    std::vector<BatchInfo> batches;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return batches;
        batches.push_back(batch_from(*rows));
    }
}

Result<void> read_files(Connection& db, std::vector<BatchInfo>& batches, std::string_view where,
                        const Params& params) {
    std::map<std::int64_t, BatchInfo*> by_seq;
    for (BatchInfo& batch : batches) by_seq[batch.seq] = &batch;
    const std::string sql = "SELECT seq, name, sha256, size FROM core_file" + std::string(where) +
                            " ORDER BY seq, ordinal";
    KL_TRY(const auto rows, db.query(sql, params));
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return {};
        const auto found = by_seq.find(rows->i64(0));
        if (found == by_seq.end()) continue;
        found->second->files.push_back(
            {std::string(rows->text(1)), std::string(rows->text(2)), rows->i64(3)});
    }
}

TextArgs args_from(std::string_view text) {
    TextArgs args;
    boost::system::error_code error;
    const boost::json::value value = boost::json::parse(text, error);
    if (error || !value.is_object()) return args;
    for (const auto& [name, arg] : value.as_object())
        if (arg.is_string()) args.emplace_back(name, arg.as_string());
    return args;
}

std::string reject_id(std::int64_t batch_seq, const RejectInfo& reject) {
    return fmt::format("{}-{}", batch_id(batch_seq), reject.ordinal);
}

}  // namespace

std::string batch_id(std::int64_t seq) { return fmt::format("B{}", seq); }

Result<std::int64_t> parse_batch_id(std::string_view id) {
    const std::string_view digits = id.starts_with('B') ? id.substr(1) : id;
    std::int64_t seq = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), seq);
    if (error == std::errc() && end == digits.data() + digits.size() && seq > 0) return seq;
    return make_error(ErrorCode::not_found, "ingest.batch_unknown", {{"batch", std::string(id)}});
}

Result<std::vector<BatchInfo>> list_batches(Connection& db) {
    KL_TRY(auto batches, read_batches(db, "", {}));
    KL_CHECK(read_files(db, batches, "", {}));
    return batches;
}

Result<BatchInfo> find_batch(Connection& db, std::string_view id) {
    KL_TRY(const std::int64_t seq, parse_batch_id(id));
    KL_TRY(auto batches, read_batches(db, " WHERE b.seq = :seq", {{":seq", seq}}));
    if (batches.empty())
        return make_error(ErrorCode::not_found, "ingest.batch_unknown",
                          {{"batch", std::string(id)}});
    KL_CHECK(read_files(db, batches, " WHERE seq = :seq", {{":seq", seq}}));
    return std::move(batches.front());
}

Result<std::vector<RejectInfo>> list_rejects(Connection& db, std::int64_t batch_seq,
                                             std::int64_t offset, std::int64_t limit) {
    KL_TRY(const auto rows,
           db.query("SELECT ordinal, file, line, field, reason, args, raw FROM core_reject"
                    " WHERE seq = :seq ORDER BY ordinal LIMIT :limit OFFSET :offset",
                    {{":seq", batch_seq},
                     {":limit", limit > 0 ? limit : INT64_MAX},
                     {":offset", offset}}));
    std::vector<RejectInfo> rejects;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return rejects;
        RejectInfo reject;
        reject.ordinal = rows->i64(0);
        reject.file = rows->text(1);
        reject.line = rows->i64(2);
        reject.field = rows->text(3);
        reject.reason = rows->text(4);
        reject.args = args_from(rows->text(5));
        reject.raw = rows->text(6);
        rejects.push_back(std::move(reject));
    }
}

std::string batch_json(const BatchInfo& batch) {
    std::string files;
    for (const BatchFile& file : batch.files)
        files += (files.empty() ? "" : ",") + json_string(file.name);
    return fmt::format(
        R"({{"batch":"{}","seq":{},"source":{},"format":{},"files":[{}],"read":{},"new":{},)"
        R"("changed":{},"unchanged":{},"rejected":{},"withdrawn":{},"state":{}}})",
        batch_id(batch.seq), batch.seq, json_string(batch.source), json_string(batch.format), files,
        batch.read, batch.added, batch.changed, batch.unchanged, batch.rejected, batch.withdrawn,
        json_string(batch.state));
}

std::string batches_json(const std::vector<BatchInfo>& batches) {
    std::string out = "{\"batches\":[";
    for (std::size_t i = 0; i < batches.size(); ++i) out += (i > 0 ? "," : "") + batch_json(batches[i]);
    return out + "]}";
}

std::string rejects_json(std::int64_t batch_seq, const std::vector<RejectInfo>& rejects,
                         Language language) {
    std::string out = "{\"rejects\":[";
    for (std::size_t i = 0; i < rejects.size(); ++i) {
        const RejectInfo& reject = rejects[i];
        if (i > 0) out += ',';
        out += fmt::format(
            R"({{"reject":"{}","file":{},"line":{},"field":{},"reason":{},"detail":{},"raw":{}}})",
            reject_id(batch_seq, reject), json_string(reject.file), reject.line,
            json_string(reject.field), json_string(reject.reason),
            json_string(text(language, reject.reason, reject.args)), json_string(reject.raw));
    }
    return out + "]}";
}

std::string rejects_csv(std::int64_t batch_seq, const std::vector<RejectInfo>& rejects,
                        Language language) {
    const auto field = [](std::string_view value) {
        return records_csv_field(value, RecordsCsv::plain);
    };
    std::string out = "reject,file,line,field,reason,detail,raw\r\n";
    for (const RejectInfo& reject : rejects)
        out += fmt::format("{},{},{},{},{},{},{}\r\n", reject_id(batch_seq, reject),
                           field(reject.file), reject.line, field(reject.field),
                           field(reject.reason),
                           field(text(language, reject.reason, reject.args)), field(reject.raw));
    return out;
}

}  // namespace klarsyn
