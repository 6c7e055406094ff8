#include "store/postgres.h"

#include <cstdlib>
#include <optional>

#include "store/postgres_append.h"
#include "store/postgres_rows.h"
#include "store/sql_text.h"

namespace klarsyn {
namespace {

// Up to here a result is kept in memory; beyond it a cursor reads it.
constexpr std::size_t kBufferedRowsMax = 20'000;
constexpr std::size_t kBufferedBytesMax = 4'000'000;

class PostgresConnection final : public Connection {
public:
    PostgresConnection(std::string url, PostgresRole role, Poison poison)
        : link_(std::move(url), role), role_(role), poison_(std::move(poison)) {}

    Result<void> start(int wait_seconds) {
        KL_CHECK(link_.connect());
        if (role_ == PostgresRole::writer) return link_.lock_writer(wait_seconds);
        return {};
    }

    Dialect dialect() const override { return Dialect::postgres; }
    Turns turns() const override { return state_.turns; }

    Result<void> script(std::string_view sql) override {
        return in_transaction([&]() -> Result<void> {
            KL_TRY(const PgResult done, link_.execute(localise_schema(Dialect::postgres, sql)));
            return {};
        });
    }

    Result<std::unique_ptr<Rows>> query(std::string_view sql, const Params& params) override {
        return read(sql, params, false);
    }
    Result<std::unique_ptr<Rows>> stream(std::string_view sql, const Params& params) override {
        return read(sql, params, true);
    }

    Result<std::int64_t> run(std::string_view sql, const Params& params) override {
        std::int64_t changed = 0;
        const Result<void> done = in_transaction([&]() -> Result<void> {
            PgArguments arguments;
            KL_TRY(const PgStatement* statement, link_.prepare(sql, params, arguments));
            KL_TRY(const PgResult result, link_.execute(*statement, arguments));
            const char* count = PQcmdTuples(result.get());
            changed = *count == '\0' ? 0 : std::strtoll(count, nullptr, 10);
            return {};
        });
        if (!done.ok()) return done.error();
        return changed;
    }

    Result<std::unique_ptr<Appender>> append(std::string_view table,
                                             const std::vector<std::string>& columns) override {
        KL_CHECK(usable());
        KL_ASSERT(state_.kind == Kind::write && plain_name(table) && !columns.empty());
        std::string copy = "COPY " + std::string(table) + " (";
        for (std::size_t i = 0; i < columns.size(); ++i) {
            KL_ASSERT(plain_name(columns[i]));
            copy += (i == 0 ? "" : ", ") + columns[i];
        }
        return std::unique_ptr<Appender>(std::make_unique<PostgresAppender>(
            link_, copy + ") FROM STDIN", columns.size(), state_));
    }

    Result<void> begin_write() override {
        if (role_ == PostgresRole::reader) {
            return make_error(ErrorCode::internal, "store.reader_writes");
        }
        KL_CHECK(begin("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; "
                       "SELECT pg_advisory_xact_lock(" + std::to_string(kWriterTurn) + ")",
                       Kind::write));
        ++state_.turns.begun;
        return {};
    }

    Result<void> begin_read() override {
        return begin("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", Kind::read);
    }

    Result<void> commit() override {
        KL_ASSERT(state_.kind != Kind::none || *poison_);
        Result<void> possible = usable();
        if (possible.ok() && state_.unflushed_rows != 0) {
            possible = make_error(ErrorCode::internal, "store.unflushed");
        }
        if (!possible.ok()) {
            rollback();
            return possible;
        }
        auto done = link_.execute("COMMIT");
        if (done.ok()) {
            // A transaction in which a statement failed answers COMMIT with ROLLBACK.
            const bool kept = std::string_view(PQcmdStatus(done->get())) == "COMMIT";
            if (!kept) ++state_.turns.rolled_back;
            end();
            if (!kept) return make_error(ErrorCode::unavailable, "store.transaction_lost");
            return {};
        }
        // Where the server answers with an error, nothing was committed. Where the connection broke,
        // nobody knows.
        if (state_.kind == Kind::write && !link_.alive()) *poison_ = true;
        const Error error = *poison_ ? outcome_unknown() : done.error();
        rollback();
        return error;
    }

    void rollback() override {
        if (state_.kind == Kind::none) return;
        if (link_.alive()) const auto done = link_.execute("ROLLBACK");
        if (state_.kind == Kind::write) ++state_.turns.rolled_back;
        end();
    }

    Result<void> begin_part() override {
        KL_CHECK(usable());
        KL_ASSERT(state_.kind == Kind::write && state_.unflushed_rows == 0);
        return execute("SAVEPOINT part");
    }

    Result<void> end_part() override {
        KL_CHECK(usable());
        if (state_.unflushed_rows != 0) return make_error(ErrorCode::internal, "store.unflushed");
        return execute("RELEASE SAVEPOINT part");
    }

    Result<void> rollback_part() override {
        KL_CHECK(usable());
        ++state_.turns.rolled_back;
        state_.unflushed_rows = 0;
        return execute("ROLLBACK TO SAVEPOINT part; RELEASE SAVEPOINT part");
    }

private:
    using Kind = PostgresTransaction::Kind;

    Result<void> execute(const char* sql) {
        KL_TRY(const PgResult done, link_.execute(sql));
        return {};
    }
    // Held by the transaction that writes, beside the session's lock: see lock_writer.
    static constexpr std::int64_t kWriterTurn = 0x6b6c617273796f;

    void end() {
        state_.kind = Kind::none;
        state_.unflushed_rows = 0;
        link_.next_transaction();
    }

    Result<void> begin(const std::string& sql, Kind kind) {
        KL_CHECK(usable());
        KL_ASSERT(state_.kind == Kind::none);
        const auto done = link_.execute(sql);
        if (!done.ok()) {
            // Its first statement may have begun one that must not stay.
            if (link_.alive()) const auto ended = link_.execute("ROLLBACK");
            return done.error();
        }
        state_.kind = kind;
        link_.next_transaction();
        return {};
    }

    Result<void> usable() {
        if (*poison_) return outcome_unknown();
        if (link_.alive()) return {};
        if (state_.kind != Kind::none) {
            return make_error(ErrorCode::unavailable, "store.transaction_lost");
        }
        return link_.revive();
    }

    template <typename Work>
    Result<void> in_transaction(const Work& work) {
        KL_CHECK(usable());
        if (state_.kind != Kind::none) return work();
        KL_CHECK(begin_write());
        const Result<void> done = work();
        if (done.ok()) return commit();
        rollback();
        return done;
    }

    Result<std::unique_ptr<Rows>> read(std::string_view sql, const Params& params, bool long_expected) {
        KL_CHECK(usable());
        const bool selects = only_reads(sql);
        if (state_.kind != Kind::write && !selects) {
            return make_error(ErrorCode::internal, "store.outside_transaction",
                              {{"sql", std::string(sql)}});
        }
        PgArguments arguments;
        KL_TRY(PgStatement* statement, link_.prepare(sql, params, arguments));
        if (selects && (long_expected || statement->large)) return open_cursor(*statement, arguments);
        PgBlock block;
        KL_TRY(const bool complete, buffer(*statement, arguments, selects, block));
        if (complete) return std::unique_ptr<Rows>(std::make_unique<PostgresRows>(std::move(block)));
        statement->large = true;
        return open_cursor(*statement, arguments);
    }

    // Row by row, so that libpq itself does not keep a long result. False when there are too many:
    // the rest is read and dropped, because cancelling would break the transaction.
    Result<bool> buffer(const PgStatement& statement, const PgArguments& arguments, bool limited,
                        PgBlock& block) {
        PGconn* raw = link_.raw();
        const int sent = PQsendQueryPrepared(raw, statement.name.c_str(), arguments.count(),
                                             arguments.values.data(), arguments.lengths.data(),
                                             arguments.formats.data(), 0);
        if (sent == 0 || PQsetSingleRowMode(raw) == 0) return link_.error_of(nullptr);
        bool complete = true;
        std::optional<Error> failed;
        for (;;) {
            const PgResult part(PQgetResult(raw));
            if (part == nullptr) break;
            const auto status = PQresultStatus(part.get());
            if (status != PGRES_SINGLE_TUPLE && status != PGRES_TUPLES_OK &&
                status != PGRES_COMMAND_OK) {
                failed = link_.error_of(part.get());
                continue;
            }
            if (complete) block.take(part.get());
            const bool much = block.rows() > kBufferedRowsMax || block.bytes() > kBufferedBytesMax;
            if (limited && complete && much) {
                complete = false;
                block = PgBlock();
            }
        }
        if (failed) return *failed;
        return complete;
    }

    Result<std::unique_ptr<Rows>> open_cursor(const PgStatement& statement,
                                              const PgArguments& arguments) {
        const bool outside = state_.kind == Kind::none;
        const std::string name = "c" + std::to_string(++cursors_);
        // Outside a transaction the server keeps the whole result, in a file where it is long.
        const std::string sql = "DECLARE " + name + " NO SCROLL CURSOR " +
                                (outside ? "WITH HOLD " : "") + "FOR " + statement.sql;
        const PgResult opened(PQexecParams(link_.raw(), sql.c_str(), arguments.count(),
                                           arguments.types.data(), arguments.values.data(),
                                           arguments.lengths.data(), arguments.formats.data(), 0));
        if (PQresultStatus(opened.get()) != PGRES_COMMAND_OK) return link_.error_of(opened.get());
        using Lifetime = PostgresRows::Lifetime;
        auto rows = std::make_unique<PostgresRows>(
            link_, name, outside ? Lifetime::session : Lifetime::transaction);
        KL_CHECK(rows->fetch());
        return std::unique_ptr<Rows>(std::move(rows));
    }

    PostgresLink link_;
    PostgresRole role_;
    Poison poison_;
    PostgresTransaction state_;
    std::int64_t cursors_ = 0;
};

}  // namespace

Result<std::unique_ptr<Connection>> open_postgres(const std::string& url, PostgresRole role,
                                                  Poison poison, int wait_seconds) {
    auto connection = std::make_unique<PostgresConnection>(url, role, std::move(poison));
    KL_CHECK(connection->start(wait_seconds));
    return std::unique_ptr<Connection>(std::move(connection));
}

}  // namespace klarsyn
