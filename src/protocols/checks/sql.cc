// sql: logs on to PostgreSQL and asks one question that may change nothing (libpq).
//
// Settings: host, port (5432), database, user; password_secret (not needed where the server
// trusts); tls ("verify-full", "require" or "none") and ca_file (PEM); query (one statement,
// "SELECT 1" without it); expect (the first column of the first row must be this text); reading
// (the name under which the first value, a whole number, is told). Steps: connect (with the
// log-on), query. Reading: the one named.
#include <libpq-fe.h>
#include <poll.h>

#include <charconv>
#include <memory>

#include "protocols/checks/protocols.h"
#include "protocols/checks/steps.h"

namespace klarsyn {
namespace {

struct SqlSettings {
    std::string host, database, user, password_secret, tls, ca_file, query, expect, reading;
    bool expects = false;
    int port = 5432;
};

Result<SqlSettings> read_sql(const boost::json::object& settings) {
    Fields fields(settings);
    SqlSettings read;
    // A socket's folder is an address, too.
    read.host = fields.text("host");
    read.port = fields.port("port", 5432);
    read.database = fields.text("database");
    read.user = fields.text("user");
    read.password_secret = fields.text("password_secret", "");
    read.tls = fields.word("tls", {"verify-full", "require", "none"});
    read.ca_file = fields.text("ca_file", "");
    read.query = fields.text("query", "SELECT 1");
    read.expects = fields.has("expect");
    read.expect = fields.text("expect", "");
    read.reading = fields.text("reading", "");
    KL_CHECK(fields.finish());
    return read;
}

Result<void> complete_sql(const boost::json::object& settings) {
    KL_TRY([[maybe_unused]] const auto read, read_sql(settings));
    return {};
}

struct FinishConnection {
    void operator()(PGconn* connection) const { PQfinish(connection); }
};
using Connection = std::unique_ptr<PGconn, FinishConnection>;
struct ClearAnswer {
    void operator()(PGresult* answer) const { PQclear(answer); }
};
using Rows = std::unique_ptr<PGresult, ClearAnswer>;

bool wait_on(PGconn* connection, short events, const Deadline& deadline) {
    pollfd wanted{PQsocket(connection), events, 0};
    return wanted.fd >= 0 && ::poll(&wanted, 1, deadline.poll_ms()) > 0 && !deadline.passed();
}

// What libpq was about when it failed; the server's own words stay with it.
const char* phase_words(ConnStatusType phase) {
    switch (phase) {
        case CONNECTION_SSL_STARTUP: return "no TLS";
        case CONNECTION_AWAITING_RESPONSE:
        case CONNECTION_AUTH_OK:
        case CONNECTION_CHECK_TARGET: return "log-on refused";
        default: return "no connection";
    }
}

Tried<Connection> connect(const SqlSettings& sql, const std::string& password,
                          const Deadline& deadline) {
    const std::string port = std::to_string(sql.port);
    const std::string mode = sql.tls == "none" ? "disable" : sql.tls;
    const char* names[] = {"host",    "port",        "dbname",           "user",     "password",
                           "sslmode", "sslrootcert", "application_name", "passfile", nullptr};
    const char* values[] = {sql.host.c_str(), port.c_str(), sql.database.c_str(), sql.user.c_str(),
                            password.c_str(), mode.c_str(), sql.ca_file.c_str(),  "klarsyn probe",
                            "/dev/null",      nullptr};
    Connection connection(PQconnectStartParams(names, values, 0));
    if (!connection) return CheckFault{CheckOutcome::kUnable, "out of memory"};
    PQsetNoticeProcessor(
        connection.get(), [](void*, const char*) {}, nullptr);
    PostgresPollingStatusType state = PGRES_POLLING_WRITING;
    ConnStatusType phase = CONNECTION_BAD;
    while (PQstatus(connection.get()) != CONNECTION_BAD && state != PGRES_POLLING_OK) {
        const short events = state == PGRES_POLLING_READING ? POLLIN : POLLOUT;
        if (!wait_on(connection.get(), events, deadline))
            return CheckFault{CheckOutcome::kTimeout,
                              "no answer within the time limit while connecting"};
        phase = PQstatus(connection.get());
        state = PQconnectPoll(connection.get());
        if (state == PGRES_POLLING_FAILED) break;
    }
    if (PQstatus(connection.get()) != CONNECTION_OK)
        return CheckFault{CheckOutcome::kFailed, phase_words(phase)};
    PQsetnonblocking(connection.get(), 1);
    return connection;
}

// Null: none came, in time or at all.
Tried<Rows> next_rows(PGconn* connection, const Deadline& deadline) {
    const CheckFault late{CheckOutcome::kTimeout, "no answer within the time limit while querying"};
    while (PQflush(connection) == 1)
        if (!wait_on(connection, POLLOUT | POLLIN, deadline)) return late;
    while (PQisBusy(connection) == 1) {
        if (!wait_on(connection, POLLIN, deadline)) return late;
        if (PQconsumeInput(connection) == 0)
            return CheckFault{CheckOutcome::kFailed, "the connection broke"};
    }
    return Rows(PQgetResult(connection));
}

CheckFault refused(const PGresult* rows) {
    const char* state = PQresultErrorField(rows, PG_DIAG_SQLSTATE);
    const std::string code = state == nullptr ? "" : std::string(state).substr(0, 5);
    if (code == "57014") return {CheckOutcome::kTimeout, "the server gave the query up (57014)"};
    return {CheckOutcome::kFailed,
            code.empty() ? "the query failed" : "the query failed: SQLSTATE " + code};
}

// Nothing can be changed from here on, and the server ends by itself what takes too long.
Tried<bool> begin_reading(PGconn* connection, const Deadline& deadline) {
    const std::string limit = std::to_string(deadline.left().count() + 1);
    const std::string begin = "BEGIN TRANSACTION READ ONLY; SET LOCAL statement_timeout = " + limit;
    if (PQsendQuery(connection, begin.c_str()) == 0)
        return CheckFault{CheckOutcome::kFailed, "the connection broke"};
    while (true) {
        const auto rows = next_rows(connection, deadline);
        if (!rows.ok()) return rows.fault();
        if (!*rows) return true;
        if (PQresultStatus(rows->get()) != PGRES_COMMAND_OK) return refused(rows->get());
    }
}

// Only the first row is fetched: the query may have been meant for fewer.
Tried<Rows> first_row(PGconn* connection, const std::string& query, const Deadline& deadline) {
    // The extended protocol takes one statement: none can follow that ends the transaction.
    if (PQsendQueryParams(connection, query.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 0) == 0)
        return CheckFault{CheckOutcome::kFailed, "the connection broke"};
    PQsetSingleRowMode(connection);
    auto rows = next_rows(connection, deadline);
    if (!rows.ok()) return rows.fault();
    if (!*rows) return CheckFault{CheckOutcome::kFailed, "the query has no answer"};
    const ExecStatusType status = PQresultStatus(rows->get());
    if (status != PGRES_SINGLE_TUPLE && status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
        return refused(rows->get());
    return std::move(*rows);
}

CheckAnswer judge(const SqlSettings& sql, const PGresult* rows, const Deadline& deadline) {
    CheckAnswer answer = answer_ok(deadline);
    const bool any = PQntuples(rows) > 0 && PQnfields(rows) > 0 && PQgetisnull(rows, 0, 0) == 0;
    if (sql.expects && !any) return check_failed("the query gave no value");
    const std::string_view value = any ? PQgetvalue(rows, 0, 0) : "";
    if (sql.expects && value != sql.expect) return check_failed("the query gave another value");
    if (sql.reading.empty()) return answer;
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error != std::errc() || end != value.data() + value.size())
        return check_failed("the query gave no whole number");
    answer.readings.push_back({sql.reading, number});
    return answer;
}

CheckAnswer run_sql(const CheckTask& task) {
    const auto sql = read_sql(task.settings);
    if (!sql.ok()) return check_unable(sql.error());
    std::string password;
    if (!sql->password_secret.empty()) {
        const auto secret = secret_of(task, sql->password_secret);
        if (!secret.ok()) return answer_of(secret.fault());
        password = *secret;
    }
    const Deadline deadline(task.time_limit);
    Steps steps(deadline);
    const auto connection = connect(*sql, password, deadline);
    if (!connection.ok()) return answer_of(connection.fault());
    steps.done("connect");
    const auto begun = begin_reading(connection->get(), deadline);
    if (!begun.ok()) return steps.in(answer_of(begun.fault()), "querying");
    const auto rows = first_row(connection->get(), sql->query, deadline);
    if (!rows.ok()) return steps.in(answer_of(rows.fault()), "querying");
    steps.done("query");
    return steps.in(judge(*sql, rows->get(), deadline), "querying");
}

}  // namespace

const CheckProtocol kSqlCheck{"sql", complete_sql, run_sql};

}  // namespace klarsyn
