// Rows of a PostgreSQL result: a block in memory, refilled from a server-side cursor where the
// result is long. Internal to store/; one thread.
#pragma once

#include <string>
#include <vector>

#include "store/postgres_link.h"

namespace klarsyn {

// Rows one behind the other, as text.
class PgBlock {
public:
    void take(const PGresult* result);  // appends its rows; sets the columns the first time
    void clear_rows();
    std::size_t rows() const { return columns_ == 0 ? rows_without_columns_ : cells_.size() / columns_; }
    std::size_t bytes() const { return bytes_.size() + cells_.size() * sizeof(Cell); }
    std::size_t columns() const { return columns_; }
    const std::string& name(std::size_t column) const { return names_[column]; }
    std::string_view text(std::size_t row, std::size_t column) const;
    bool is_null(std::size_t row, std::size_t column) const;

private:
    struct Cell {
        std::size_t begin;
        std::int32_t size;  // -1: null
    };
    std::size_t columns_ = 0;
    std::size_t rows_without_columns_ = 0;
    std::vector<std::string> names_;
    std::vector<Cell> cells_;
    std::string bytes_;
};

class PostgresRows final : public Rows {
public:
    explicit PostgresRows(PgBlock block) : block_(std::move(block)) {}
    // Reads on from `cursor`, which it closes when it goes.
    enum class Lifetime { transaction, session };
    PostgresRows(PostgresLink& link, std::string cursor, Lifetime lifetime)
        : link_(&link),
          cursor_(std::move(cursor)),
          lifetime_(lifetime),
          transaction_(link.transaction()) {}
    ~PostgresRows() override;

    Result<bool> next() override;
    std::int64_t i64(int column) const override;
    double f64(int column) const override;
    std::string_view text(int column) const override;
    std::string_view blob(int column) const override;
    bool is_null(int column) const override;
    int columns() const override { return static_cast<int>(block_.columns()); }
    std::string_view column_name(int column) const override {
        return block_.name(static_cast<std::size_t>(column));
    }
    Result<void> fetch();

private:
    bool cursor_lives() const {
        return link_->alive() &&
               (lifetime_ == Lifetime::session || link_->transaction() == transaction_);
    }
    void close();

    PgBlock block_;
    std::size_t next_row_ = 0;
    PostgresLink* link_ = nullptr;  // null: everything is in the block
    std::string cursor_;
    Lifetime lifetime_ = Lifetime::session;
    std::int64_t transaction_ = 0;
    mutable std::vector<std::string> decoded_;  // blobs of the present row, by column
};

}  // namespace klarsyn
