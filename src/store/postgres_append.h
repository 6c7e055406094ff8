// Rows on their way to a PostgreSQL table by COPY. Kept in memory up to a limit, because nothing else
// can run on the connection while a COPY is open. Internal to store/; one thread.
#pragma once

#include <string>

#include "store/postgres_link.h"

namespace klarsyn {

// What a connection and its appenders must agree on.
struct PostgresTransaction {
    enum class Kind { none, read, write } kind = Kind::none;
    Turns turns;
    std::int64_t unflushed_rows = 0;
};

class PostgresAppender final : public Appender {
public:
    PostgresAppender(PostgresLink& link, std::string copy, std::size_t columns,
                     PostgresTransaction& state)
        : link_(link), copy_(std::move(copy)), columns_(columns), state_(state),
          turns_(state.turns) {}

    void i64(std::int64_t value) override;
    void null() override;
    void text(std::string_view value) override;
    void blob(std::string_view value) override;
    Result<void> end_row() override;
    Result<void> flush() override;

private:
    void begin_cell();

    PostgresLink& link_;
    std::string copy_;
    std::size_t columns_;
    PostgresTransaction& state_;
    Turns turns_;
    std::string rows_;  // in COPY's text format
    std::size_t cells_ = 0;
    std::int64_t pending_rows_ = 0;
    bool text_invalid_ = false;
};

}  // namespace klarsyn
