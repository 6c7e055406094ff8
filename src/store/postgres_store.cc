#include "store/postgres_store.h"

#include <cstdlib>

#include "store/files.h"
#include "store/migrate.h"
#include "store/postgres.h"

namespace klarsyn {
namespace {

std::string key_from_environment() {
    const char* key = std::getenv("KLARSYN_JOURNAL_KEY");
    return key != nullptr ? key : "";
}

class PostgresStore final : public Store {
public:
    explicit PostgresStore(std::string url) : url_(std::move(url)) {}

    Connection& writer() override {
        KL_ASSERT(writer_ != nullptr);
        return *writer_;
    }
    Result<std::unique_ptr<Connection>> reader() override {
        return open_postgres(url_, PostgresRole::reader, poison_, 0);
    }
    Dialect dialect() const override { return Dialect::postgres; }
    const std::string& data() const override { return url_; }
    const std::string& journal_key() const override { return key_; }
    const std::vector<std::string>& notices() const override { return notices_; }
    // The server does its own housekeeping.
    Result<void> checkpoint() override { return {}; }

    Result<void> open(Access access, const std::vector<Migration>& migrations, int wait_seconds) {
        KL_TRY(auto db, reader());
        KL_TRY(const SchemaState state, schema_state(*db, migrations));
        if (state == SchemaState::absent) {
            return make_error(ErrorCode::not_found, "store.not_initialised",
                              {{"data", shown_url(url_)}});
        }
        KL_CHECK(find_key(*db));
        if (access == Access::read && state == SchemaState::current) return {};
        if (access == Access::write && key_.empty()) {
            return make_error(ErrorCode::refused, "store.key_missing");
        }
        KL_CHECK(start_writing(wait_seconds));
        // Another process may have upgraded meanwhile, or a newer one have begun to.
        KL_TRY(const SchemaState now, schema_state(*writer_, migrations));
        if (now == SchemaState::behind) KL_CHECK(migrate(*writer_, migrations));
        if (access == Access::read) writer_.reset();
        return {};
    }

    Result<void> create(const std::vector<Migration>& migrations) {
        KL_TRY(auto db, reader());
        KL_CHECK(refuse_existing(*db, migrations));
        // Nobody works with a database that is not complete, but the server may need a moment to
        // notice that a creation was killed.
        KL_CHECK(start_writing(10));
        KL_CHECK(refuse_existing(*writer_, migrations));
        KL_CHECK(migrate(*writer_, migrations));
        KL_CHECK(make_key());
        return finish_creation(*writer_, key_);
    }

private:
    Result<void> refuse_existing(Connection& db, const std::vector<Migration>& migrations) {
        const auto state = schema_state(db, migrations);
        const bool refused = !state.ok() && state.error().code == ErrorCode::refused;
        if (refused || (state.ok() && *state != SchemaState::absent)) {
            return make_error(ErrorCode::conflict, "store.exists", {{"data", shown_url(url_)}});
        }
        if (!state.ok()) return state.error();
        return {};
    }

    Result<void> start_writing(int wait_seconds) {
        KL_TRY(writer_, open_postgres(url_, PostgresRole::writer, poison_, wait_seconds));
        return {};
    }

    Result<void> find_key(Connection& db) {
        key_ = key_from_environment();
        if (!key_.empty()) return {};
        KL_TRY(auto rows, db.query("SELECT value FROM core_secret WHERE name = 'journal_key'"));
        KL_TRY(const bool found, rows->next());
        if (!found) return {};
        key_ = rows->text(0);
        notices_ = {"store.notice.key_in_database"};
        return {};
    }

    Result<void> make_key() {
        KL_CHECK(find_key(*writer_));
        if (!key_.empty()) return {};
        key_ = random_key();
        notices_ = {"store.notice.key_in_database"};
        KL_TRY(const auto added,
               writer_->run("INSERT INTO core_secret (name, value) VALUES ('journal_key', :key)",
                            {{":key", key_}}));
        KL_ASSERT(added == 1);
        return {};
    }

    std::string url_;
    std::string key_;
    std::vector<std::string> notices_;
    Poison poison_ = std::make_shared<std::atomic<bool>>(false);
    std::unique_ptr<Connection> writer_;
};

}  // namespace

Result<std::unique_ptr<Store>> open_postgres_store(const std::string& url, Access access,
                                                   const std::vector<Migration>& migrations,
                                                   int wait_seconds) {
    auto store = std::make_unique<PostgresStore>(url);
    KL_CHECK(store->open(access, migrations, wait_seconds));
    return std::unique_ptr<Store>(std::move(store));
}

Result<std::unique_ptr<Store>> create_postgres_store(const std::string& url,
                                                     const std::vector<Migration>& migrations) {
    auto store = std::make_unique<PostgresStore>(url);
    KL_CHECK(store->create(migrations));
    return std::unique_ptr<Store>(std::move(store));
}

}  // namespace klarsyn
