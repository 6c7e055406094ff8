#include "store/attachments.h"

#include <sodium.h>

#include "core/file_name.h"
#include "core/hash.h"

namespace klarsyn {

namespace {

std::string random_token() {
    KL_ASSERT(sodium_init() >= 0);
    std::string bytes(kAttachmentToken / 2, '\0');
    randombytes_buf(bytes.data(), bytes.size());
    return to_hex(bytes);
}

Error too_large(const AttachmentLimits& limits) {
    return make_error(ErrorCode::invalid_input, "store.attachment_too_large",
                      {{"megabytes", std::to_string(limits.file_bytes >> 20)}});
}

Result<void> check_limits(Connection& db, const NewAttachment& file,
                          const AttachmentLimits& limits) {
    const auto size = static_cast<std::int64_t>(file.bytes.size());
    if (size == 0) return make_error(ErrorCode::invalid_input, "store.attachment_empty");
    if (size > limits.file_bytes) return too_large(limits);
    KL_TRY(auto rows, db.query("SELECT COUNT(*), CAST(COALESCE(SUM(size), 0) AS BIGINT) "
                               "FROM core_attachment WHERE object = :object",
                               {{":object", std::string(file.object)}}));
    KL_TRY(const bool row, rows->next());
    KL_ASSERT(row);
    if (rows->i64(0) >= limits.object_files || rows->i64(1) + size > limits.object_bytes) {
        return make_error(ErrorCode::refused, "store.attachment_quota",
                          {{"files", std::to_string(limits.object_files)},
                           {"megabytes", std::to_string(limits.object_bytes >> 20)}});
    }
    return {};
}

// The id of the content; written where it is new.
Result<std::int64_t> keep_bytes(Connection& db, std::string_view bytes, const std::string& sha256) {
    KL_TRY(const auto known,
           query_i64(db, "SELECT id FROM core_blob WHERE sha256 = :sha256", {{":sha256", sha256}}));
    if (known != 0) return known;
    KL_TRY(const auto id, query_i64(db, "SELECT MAX(id) + 1 FROM core_blob", {}, 1));
    KL_TRY(const auto added,
           db.run("INSERT INTO core_blob (id, sha256, size) VALUES (:id, :sha256, :size)",
                  {{":id", id},
                   {":sha256", sha256},
                   {":size", static_cast<std::int64_t>(bytes.size())}}));
    KL_ASSERT(added == 1);
    KL_TRY(auto parts, db.append("core_blob_part", {"blob", "part", "bytes"}));
    for (std::size_t at = 0, part = 0; at < bytes.size(); at += kAttachmentPiece, ++part) {
        parts->i64(id);
        parts->i64(static_cast<std::int64_t>(part));
        parts->blob(bytes.substr(at, kAttachmentPiece));
        KL_CHECK(parts->end_row());
    }
    KL_CHECK(parts->flush());
    return id;
}

constexpr std::string_view kColumns =
    "SELECT a.seq, a.token, a.object, a.name, a.type, a.size, a.visibility, b.sha256, b.id "
    "FROM core_attachment a JOIN core_blob b ON b.id = a.blob ";

Result<std::vector<Attachment>> read_all(Connection& db, const std::string& where,
                                         const Params& params) {
    KL_TRY(auto rows, db.query(std::string(kColumns) + where, params));
    std::vector<Attachment> all;
    for (;;) {
        KL_TRY(const bool more, rows->next());
        if (!more) return all;
        auto text = [&](int column) { return std::string(rows->text(column)); };
        all.push_back({rows->i64(0), text(1), text(2), text(3), text(4), rows->i64(5), text(6),
                       text(7), rows->i64(8)});
    }
}

}  // namespace

Result<Attachment> add_attachment(Connection& db, const NewAttachment& file,
                                  const AttachmentLimits& limits) {
    KL_CHECK(check_limits(db, file, limits));
    Attachment kept;
    kept.seq = file.seq;
    kept.token = random_token();
    kept.object = file.object;
    kept.name = file.name;
    kept.type = sniff_media_type(file.bytes);
    kept.size = static_cast<std::int64_t>(file.bytes.size());
    kept.visibility = file.visibility;
    kept.sha256 = file.sha256.empty() ? sha256_hex(file.bytes) : file.sha256;
    KL_TRY(kept.blob, keep_bytes(db, file.bytes, kept.sha256));
    KL_TRY(const auto added,
           db.run("INSERT INTO core_attachment "
                  "(id, seq, token, object, name, type, size, visibility, blob) "
                  "SELECT COALESCE(MAX(id), 0) + 1, :seq, :token, :object, :name, :type, :size, "
                  ":visibility, :blob FROM core_attachment",
                  {{":seq", kept.seq},
                   {":token", kept.token},
                   {":object", kept.object},
                   {":name", kept.name},
                   {":type", kept.type},
                   {":size", kept.size},
                   {":visibility", kept.visibility},
                   {":blob", kept.blob}}));
    KL_ASSERT(added == 1);
    return kept;
}

Result<std::optional<Attachment>> find_attachment(Connection& db, std::string_view token) {
    KL_TRY(auto all, read_all(db, "WHERE a.token = :token", {{":token", std::string(token)}}));
    if (all.empty()) return std::optional<Attachment>();
    return std::optional(std::move(all.front()));
}

Result<std::vector<Attachment>> attachments_of(Connection& db, std::string_view object) {
    return read_all(db, "WHERE a.object = :object ORDER BY a.id",
                    {{":object", std::string(object)}});
}

Result<std::string> read_piece(Connection& db, const Attachment& file, std::int64_t piece) {
    KL_TRY(auto rows,
           db.query("SELECT bytes FROM core_blob_part WHERE blob = :blob AND part = :part",
                    {{":blob", file.blob}, {":part", piece}}));
    KL_TRY(const bool found, rows->next());
    if (found) return std::string(rows->blob(0));
    // Behind the last piece: the end, unless bytes are missing.
    if (piece * static_cast<std::int64_t>(kAttachmentPiece) >= file.size) return std::string();
    return make_error(ErrorCode::internal, "store.attachment_damaged");
}

Result<bool> remove_attachment(Connection& db, std::string_view token) {
    KL_TRY(const auto gone, db.run("DELETE FROM core_attachment WHERE token = :token",
                                   {{":token", std::string(token)}}));
    return gone != 0;
}

Result<std::int64_t> remove_attachments_of(Connection& db, std::string_view object) {
    return db.run("DELETE FROM core_attachment WHERE object = :object",
                  {{":object", std::string(object)}});
}

Result<std::int64_t> sweep_attachments(Connection& db) {
    constexpr std::string_view kUnused =
        "NOT EXISTS (SELECT 1 FROM core_attachment a WHERE a.blob = core_blob.id)";
    KL_TRY(const auto parts,
           db.run("DELETE FROM core_blob_part WHERE blob IN (SELECT id FROM core_blob WHERE " +
                  std::string(kUnused) + ")"));
    static_cast<void>(parts);
    return db.run("DELETE FROM core_blob WHERE " + std::string(kUnused));
}

Result<std::vector<std::string>> verify_attachments(Connection& db) {
    KL_TRY(const auto all, read_all(db, "ORDER BY a.id", {}));
    std::vector<std::string> damaged;
    for (const Attachment& file : all) {
        Sha256 hash;
        std::int64_t size = 0;
        for (std::int64_t piece = 0;; ++piece) {
            const auto bytes = read_piece(db, file, piece);
            if (!bytes.ok() || bytes->empty()) break;
            hash.update(*bytes);
            size += static_cast<std::int64_t>(bytes->size());
        }
        if (size != file.size || hash.finish_hex() != file.sha256) damaged.push_back(file.token);
    }
    return damaged;
}

}  // namespace klarsyn
