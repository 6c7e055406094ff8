#include "store/postgres_append.h"

#include <algorithm>
#include <charconv>

namespace klarsyn {
namespace {

constexpr std::size_t kBufferBytes = 8'000'000;
constexpr std::size_t kPieceBytes = 1'000'000;

bool needs_escape(char c) { return c == '\\' || c == '\n' || c == '\r' || c == '\t'; }

}  // namespace

void PostgresAppender::begin_cell() {
    if (cells_++ != 0) rows_ += '\t';
}

void PostgresAppender::i64(std::int64_t value) {
    begin_cell();
    char digits[24];
    rows_.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

void PostgresAppender::null() {
    begin_cell();
    rows_ += "\\N";
}

void PostgresAppender::text(std::string_view value) {
    begin_cell();
    if (value.find('\0') != value.npos) text_invalid_ = true;
    while (!value.empty()) {
        const auto* special = std::find_if(value.begin(), value.end(), needs_escape);
        const auto plain = static_cast<std::size_t>(special - value.begin());
        rows_ += value.substr(0, plain);
        value.remove_prefix(plain);
        if (value.empty()) break;
        rows_ += '\\';
        const char c = value.front();
        rows_ += c == '\n' ? 'n' : c == '\r' ? 'r' : c == '\t' ? 't' : c;
        value.remove_prefix(1);
    }
}

void PostgresAppender::blob(std::string_view value) {
    begin_cell();
    rows_ += "\\\\x";
    for (const char c : value) {
        const auto byte = static_cast<unsigned char>(c);
        rows_ += "0123456789abcdef"[byte >> 4];
        rows_ += "0123456789abcdef"[byte & 15];
    }
}

Result<void> PostgresAppender::end_row() {
    KL_ASSERT(state_.kind == PostgresTransaction::Kind::write && turns_ == state_.turns);
    KL_ASSERT(cells_ == columns_);
    if (text_invalid_) return make_error(ErrorCode::invalid_input, "store.text_invalid");
    rows_ += '\n';
    cells_ = 0;
    ++pending_rows_;
    ++state_.unflushed_rows;
    if (rows_.size() < kBufferBytes) return {};
    return flush();
}

Result<void> PostgresAppender::flush() {
    KL_ASSERT(turns_ == state_.turns && cells_ == 0);
    if (pending_rows_ == 0) return {};
    KL_TRY(const PgResult begun, link_.execute(copy_));
    PGconn* raw = link_.raw();
    for (std::string_view rest = rows_; !rest.empty();) {
        const auto piece = rest.substr(0, kPieceBytes);
        if (PQputCopyData(raw, piece.data(), static_cast<int>(piece.size())) != 1) break;
        rest.remove_prefix(piece.size());
    }
    // An error of the server shows in the results that follow.
    const int ended = PQputCopyEnd(raw, nullptr);
    Result<void> done;
    if (ended != 1) done = link_.error_of(nullptr);
    while (const PgResult result{PQgetResult(raw)}) {
        if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) done = link_.error_of(result.get());
    }
    state_.unflushed_rows -= pending_rows_;
    pending_rows_ = 0;
    rows_.clear();
    return done;
}

}  // namespace klarsyn
