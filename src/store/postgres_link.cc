#include "store/postgres_link.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstring>
#include <thread>

#include "store/sql_text.h"

namespace klarsyn {
namespace {

constexpr std::size_t kStatementsMax = 120;
constexpr std::int64_t kWriterLock = 0x6b6c617273796e;  // "klarsyn"
constexpr Oid kBytea = 17, kInt8 = 20, kText = 25, kFloat8 = 701;

// A plan made for unknown periods would choose the index also for ten years: plan for the values.
// JIT and the preference of cursors for quick first rows suit neither short nor complete reads.
constexpr const char* kSettings =
    "SET TIME ZONE 'UTC'; SET search_path = public; SET jit = off; SET cursor_tuple_fraction = 1;"
    "SET plan_cache_mode = force_custom_plan; SET bytea_output = hex; SET synchronous_commit = on;"
    "SET standard_conforming_strings = on; SET client_min_messages = error;"
    // Nothing waits for ever: not for a lock (unless the URL's options say how long), not for a
    // client or a server that is gone without a word.
    "SELECT set_config('lock_timeout', '60s', false) WHERE current_setting('lock_timeout') = '0';"
    "SELECT set_config(name, value, false) FROM (VALUES ('client_connection_check_interval', '10s'),"
    " ('tcp_keepalives_idle', '60'), ('tcp_keepalives_interval', '10'), ('tcp_keepalives_count', '6'))"
    " AS bounds (name, value) WHERE current_setting(name, true) IS NOT NULL;";

struct KnownState {
    std::string_view prefix;  // of the SQLSTATE
    ErrorCode kind;
    const char* key;
};
constexpr KnownState kKnownStates[] = {
    {"40001", ErrorCode::unavailable, "store.conflicting_transactions"},
    {"40P01", ErrorCode::unavailable, "store.conflicting_transactions"},
    {"25P02", ErrorCode::unavailable, "store.transaction_lost"},
    {"25006", ErrorCode::refused, "store.read_only"},
    {"42501", ErrorCode::refused, "store.read_only"},
    {"22021", ErrorCode::invalid_input, "store.text_invalid"},
    {"22P05", ErrorCode::invalid_input, "store.text_invalid"},
    {"53100", ErrorCode::unavailable, "store.disk_full"},
    {"55P03", ErrorCode::unavailable, "store.busy"},
    {"57014", ErrorCode::unavailable, "store.statement_cancelled"},
    {"58030", ErrorCode::internal, "store.disk_fault"},
    {"57P", ErrorCode::unavailable, "store.connection_lost"},
    {"XX00", ErrorCode::internal, "store.damaged"},
    {"08", ErrorCode::unavailable, "store.connection_lost"},
    {"23", ErrorCode::conflict, "store.constraint"},
    {"53", ErrorCode::unavailable, "store.busy"},
};

std::string trimmed(const char* message) {
    std::string text = message != nullptr ? message : "";
    while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
    return text;
}

Result<void> add_argument(PgArguments& to, const Value& value) {
    std::string text;
    Oid type = 0;  // of a null: PostgreSQL infers it
    int format = 0;
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
        text = std::to_string(*number);
        type = kInt8;
    } else if (const auto* real = std::get_if<double>(&value)) {
        char digits[32];
        text.assign(digits, std::to_chars(digits, digits + sizeof digits, *real).ptr);
        type = kFloat8;
    } else if (const auto* string = std::get_if<std::string>(&value)) {
        if (string->find('\0') != string->npos) {
            return make_error(ErrorCode::invalid_input, "store.text_invalid");
        }
        text = *string;
        type = kText;
        format = 1;
    } else if (const auto* blob = std::get_if<Blob>(&value)) {
        text = blob->bytes;
        type = kBytea;
        format = 1;
    }
    to.types.push_back(type);
    to.formats.push_back(format);
    to.lengths.push_back(static_cast<int>(text.size()));
    to.texts.push_back(std::move(text));
    return {};
}

Result<void> gather(const NumberedSql& numbered, const Params& params, PgArguments& arguments) {
    for (const auto& name : numbered.names) {
        const auto given = std::find_if(params.begin(), params.end(),
                                        [&](const auto& param) { return param.first == name; });
        if (given == params.end()) {
            return make_error(ErrorCode::internal, "store.parameter_missing",
                              {{"name", name}, {"sql", numbered.sql}});
        }
        KL_CHECK(add_argument(arguments, given->second));
    }
    for (std::size_t i = 0; i < arguments.types.size(); ++i) {
        const bool null = arguments.types[i] == 0;
        arguments.values.push_back(null ? nullptr : arguments.texts[i].data());
    }
    return {};
}

}  // namespace

std::string shown_url(std::string_view url) {
    std::string shown(url);
    const auto begin = shown.find("://");
    const auto at = shown.find('@');
    if (begin != shown.npos && at != shown.npos) {
        const auto colon = shown.find(':', begin + 3);
        if (colon < at) shown.replace(colon, at - colon, "");
    }
    for (auto password = shown.find("password="); password != shown.npos;
         password = shown.find("password=", password)) {
        const auto end = std::min(shown.find('&', password), shown.size());
        shown.replace(password, end - password, "");
    }
    return shown;
}

Result<void> PostgresLink::connect() {
    by_key_.clear();
    statements_.clear();
    const char* const keywords[] = {"dbname",          "client_encoding", "application_name",
                                    "connect_timeout", "keepalives_idle", "keepalives_interval",
                                    "keepalives_count", "tcp_user_timeout", nullptr};
    const char* const values[] = {url_.c_str(), "UTF8", "klarsyn", "10", "60",
                                  "10",         "6",    "120000",  nullptr};
    link_.reset(PQconnectdbParams(keywords, values, 1));
    if (!alive()) {
        return make_error(ErrorCode::unavailable, "store.connection_failed",
                          {{"data", shown_url(url_)}, {"detail", trimmed(PQerrorMessage(raw()))}});
    }
    PQsetNoticeProcessor(raw(), [](void*, const char*) {}, nullptr);
    const char* encoding = PQparameterStatus(raw(), "server_encoding");
    if (encoding == nullptr || std::string_view(encoding) != "UTF8") {
        return make_error(ErrorCode::refused, "store.wrong_encoding", {{"data", shown_url(url_)}});
    }
    std::string settings = kSettings;
    if (role_ == PostgresRole::reader) settings += "SET default_transaction_read_only = on;";
    KL_TRY(const PgResult done, execute(settings));
    return {};
}

Result<void> PostgresLink::revive() {
    KL_CHECK(connect());
    if (role_ == PostgresRole::writer) return lock_writer(0);
    return {};
}

Result<void> PostgresLink::lock_writer(int wait_seconds) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(wait_seconds);
    const std::string sql = "SELECT pg_try_advisory_lock(" + std::to_string(kWriterLock) + ")";
    for (;;) {
        KL_TRY(const PgResult locked, execute(sql));
        if (std::strcmp(PQgetvalue(locked.get(), 0, 0), "t") == 0) return {};
        if (std::chrono::steady_clock::now() >= deadline) {
            return make_error(ErrorCode::unavailable, "store.writer_busy",
                              {{"data", shown_url(url_)}});
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
}

Error PostgresLink::error_of(const PGresult* result) const {
    const char* raw_state = result != nullptr ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : nullptr;
    const std::string_view state = raw_state != nullptr ? raw_state : "";
    // Only what went wrong: the rest of the message quotes the row, which may hold personal data.
    const std::string detail =
        trimmed(result != nullptr ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY)
                                  : PQerrorMessage(raw()));
    ErrorCode kind = ErrorCode::internal;
    std::string key = "store.sql";
    if (!alive()) {
        kind = ErrorCode::unavailable;
        key = "store.connection_lost";
    } else {
        for (const auto& known : kKnownStates) {
            if (!state.starts_with(known.prefix)) continue;
            kind = known.kind;
            key = known.key;
            break;
        }
    }
    return make_error(kind, key, {{"data", shown_url(url_)}, {"detail", detail}});
}

Result<PgResult> PostgresLink::execute(const std::string& sql) {
    PgResult result(PQexec(raw(), sql.c_str()));
    const auto status = PQresultStatus(result.get());
    const bool good = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK ||
                      status == PGRES_COPY_IN || status == PGRES_EMPTY_QUERY;
    if (!good) return error_of(result.get());
    return result;
}

void PostgresLink::make_room() {
    if (statements_.size() < kStatementsMax || in_failed_transaction()) return;
    // DEALLOCATE cannot run in a failed transaction, but otherwise always; an error would only mean
    // that the server forgets the statement with the session.
    const PgResult done(PQexec(raw(), ("DEALLOCATE " + statements_.back().name).c_str()));
    by_key_.erase(statements_.back().key);
    statements_.pop_back();
}

Result<PgStatement*> PostgresLink::prepare(std::string_view sql, const Params& params,
                                           PgArguments& arguments) {
    NumberedSql numbered = number_parameters(sql);
    KL_CHECK(gather(numbered, params, arguments));
    std::string key = numbered.sql;
    for (const Oid type : arguments.types) key += '\n' + std::to_string(type);
    const auto known = by_key_.find(key);
    if (known != by_key_.end()) {
        statements_.splice(statements_.begin(), statements_, known->second);
        return &statements_.front();
    }
    make_room();
    const std::string name = "k" + std::to_string(++names_given_);
    const PgResult made(PQprepare(raw(), name.c_str(), numbered.sql.c_str(), arguments.count(),
                                  arguments.types.data()));
    if (PQresultStatus(made.get()) != PGRES_COMMAND_OK) {
        Error error = error_of(made.get());
        error.args.emplace_back("sql", std::string(sql));
        return error;
    }
    statements_.push_front({std::move(key), name, std::move(numbered.sql)});
    by_key_.emplace(statements_.front().key, statements_.begin());
    return &statements_.front();
}

Result<PgResult> PostgresLink::execute(const PgStatement& statement,
                                       const PgArguments& arguments) {
    PgResult result(PQexecPrepared(raw(), statement.name.c_str(), arguments.count(),
                                   arguments.values.data(), arguments.lengths.data(),
                                   arguments.formats.data(), 0));
    const auto status = PQresultStatus(result.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) return error_of(result.get());
    return result;
}

}  // namespace klarsyn
