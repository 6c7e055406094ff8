#include "store/postgres_rows.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>

namespace klarsyn {
namespace {

// The first rows tell how long the others are: one fetch then brings about two megabytes.
constexpr std::size_t kFirstFetchRows = 2;
constexpr std::size_t kFetchRowsMax = 20'000;
constexpr std::size_t kFetchBytes = 2'000'000;

int hex_digit(char c) { return c <= '9' ? c - '0' : c - 'a' + 10; }

}  // namespace

void PgBlock::take(const PGresult* result) {
    const int rows = PQntuples(result);
    const int columns = PQnfields(result);
    if (names_.empty()) {
        columns_ = static_cast<std::size_t>(columns);
        for (int column = 0; column < columns; ++column) {
            names_.emplace_back(PQfname(result, column));
        }
    }
    if (columns == 0) rows_without_columns_ += static_cast<std::size_t>(rows);
    for (int row = 0; row < rows; ++row) {
        for (int column = 0; column < columns; ++column) {
            const bool null = PQgetisnull(result, row, column) != 0;
            const int size = null ? -1 : PQgetlength(result, row, column);
            cells_.push_back({bytes_.size(), size});
            if (size > 0) {
                bytes_.append(PQgetvalue(result, row, column), static_cast<std::size_t>(size));
            }
        }
    }
}

void PgBlock::clear_rows() {
    cells_.clear();
    bytes_.clear();
    rows_without_columns_ = 0;
}

std::string_view PgBlock::text(std::size_t row, std::size_t column) const {
    const Cell& cell = cells_[row * columns_ + column];
    if (cell.size <= 0) return {bytes_.data(), 0};
    return {bytes_.data() + cell.begin, static_cast<std::size_t>(cell.size)};
}

bool PgBlock::is_null(std::size_t row, std::size_t column) const {
    return cells_[row * columns_ + column].size < 0;
}

PostgresRows::~PostgresRows() {
    if (link_ != nullptr) close();
}

// Closing a cursor that is gone already would break the transaction that runs by now.
void PostgresRows::close() {
    if (cursor_lives() && !link_->in_failed_transaction()) {
        const PgResult closed(PQexec(link_->raw(), ("CLOSE " + cursor_).c_str()));
    }
    link_ = nullptr;
}

Result<void> PostgresRows::fetch() {
    if (!cursor_lives()) return make_error(ErrorCode::unavailable, "store.transaction_lost");
    std::size_t wanted = kFirstFetchRows;
    if (block_.rows() > 0) {
        const std::size_t row_bytes = block_.bytes() / block_.rows() + 1;
        wanted = std::clamp<std::size_t>(kFetchBytes / row_bytes, 1, kFetchRowsMax);
    }
    KL_TRY(const PgResult result,
           link_->execute("FETCH FORWARD " + std::to_string(wanted) + " FROM " + cursor_));
    block_.clear_rows();
    block_.take(result.get());
    next_row_ = 0;
    if (block_.rows() < wanted) close();
    return {};
}

Result<bool> PostgresRows::next() {
    if (next_row_ == block_.rows() && link_ != nullptr) KL_CHECK(fetch());
    if (next_row_ >= block_.rows()) return false;
    ++next_row_;
    return true;
}

std::string_view PostgresRows::text(int column) const {
    return block_.text(next_row_ - 1, static_cast<std::size_t>(column));
}

bool PostgresRows::is_null(int column) const {
    return block_.is_null(next_row_ - 1, static_cast<std::size_t>(column));
}

std::int64_t PostgresRows::i64(int column) const {
    const std::string_view digits = text(column);
    std::int64_t value = 0;
    // Stops at the point of a number with decimals, as SQLite does.
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return digits == "t" ? 1 : value;
}

double PostgresRows::f64(int column) const {
    const std::string_view digits = text(column);
    double value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
}

std::string_view PostgresRows::blob(int column) const {
    const std::string_view hex = text(column);
    if (!hex.starts_with("\\x")) return hex;
    decoded_.resize(block_.columns());
    std::string& bytes = decoded_[static_cast<std::size_t>(column)];
    bytes.resize((hex.size() - 2) / 2);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        bytes[i] = static_cast<char>(hex_digit(hex[2 + 2 * i]) * 16 + hex_digit(hex[3 + 2 * i]));
    }
    return bytes;
}

}  // namespace klarsyn
