// Files attached to objects (cases, mails). Bytes are kept in the database, once per content, in
// pieces, in the transaction of what they belong to: a backup has all, and a rolled-back command
// leaves none. Nothing is ever unpacked, rendered or opened here. Who may read one is decided by
// its object: the caller asks that first, also for a token that fits. One thread per connection.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "store/database.h"

namespace klarsyn {

struct AttachmentLimits {
    std::int64_t file_bytes = 25 << 20;
    std::int64_t object_bytes = 100 << 20;  // of all files of one object together
    std::int64_t object_files = 200;
};

inline constexpr std::size_t kAttachmentToken = 40;  // lower-case digits of base 16, random

struct NewAttachment {
    std::int64_t seq = 0;         // the journal entry that brings it
    std::string_view object;      // "K1"
    std::string_view name;        // cleaned (core/file_name.h)
    std::string_view visibility;  // "public" or "internal"
    std::string_view bytes;
    std::string sha256;  // of bytes, where the caller has it already; else it is computed
};

struct Attachment {
    std::int64_t seq = 0;
    std::string token;  // kAttachmentToken digits
    std::string object;
    std::string name;
    std::string type;  // what it seems to be; for display only
    std::int64_t size = 0;
    std::string visibility;
    std::string sha256;
    std::int64_t blob = 0;  // for read_piece
};

// In the caller's write transaction. invalid_input: store.attachment_empty, .attachment_too_large;
// refused: store.attachment_quota. Nothing was written then.
Result<Attachment> add_attachment(Connection& db, const NewAttachment& file,
                                  const AttachmentLimits& limits = {});

Result<std::optional<Attachment>> find_attachment(Connection& db, std::string_view token);
Result<std::vector<Attachment>> attachments_of(Connection& db, std::string_view object);

// Piece 0, 1, ... of the bytes, at most kAttachmentPiece each; empty behind the last.
inline constexpr std::size_t kAttachmentPiece = 256 * 1024;
Result<std::string> read_piece(Connection& db, const Attachment& file, std::int64_t piece);

// In the caller's write transaction; false where there is none. Its bytes go with the next sweep.
Result<bool> remove_attachment(Connection& db, std::string_view token);
Result<std::int64_t> remove_attachments_of(Connection& db, std::string_view object);
// Deletes bytes that no attachment has any more; returns how many contents went.
Result<std::int64_t> sweep_attachments(Connection& db);
// The tokens whose bytes are missing or differ from their SHA-256: empty where all is well.
Result<std::vector<std::string>> verify_attachments(Connection& db);

}  // namespace klarsyn
