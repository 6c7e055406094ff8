#include "store/directory_store.h"

#include <filesystem>

#include "store/files.h"
#include "store/migrate.h"
#include "store/sqlite.h"

namespace klarsyn {
namespace {

namespace fs = std::filesystem;

class DirectoryStore final : public Store {
public:
    explicit DirectoryStore(std::string data) : data_(std::move(data)) {}

    Connection& writer() override {
        KL_ASSERT(writer_ != nullptr);
        return *writer_;
    }
    Result<std::unique_ptr<Connection>> reader() override {
        return open_sqlite(database(), SqliteRole::reader, poison_);
    }
    Dialect dialect() const override { return Dialect::sqlite; }
    const std::string& data() const override { return data_; }
    const std::string& journal_key() const override { return key_; }
    const std::vector<std::string>& notices() const override { return notices_; }
    Result<void> checkpoint() override {
        return writer_ ? checkpoint_sqlite(*writer_) : Result<void>();
    }

    Result<void> open(Access access, const std::vector<Migration>& migrations, int wait_seconds) {
        KL_CHECK(check_present());
        key_ = read_key_file(key_file());
        if (access == Access::write) {
            if (key_.empty()) return with_data(ErrorCode::refused, "store.key_missing");
            KL_CHECK(start_writing(wait_seconds));
            return upgrade(*writer_, migrations);
        }
        KL_TRY(const SchemaState state, state_as_reader(migrations));
        if (state == SchemaState::absent) return not_initialised();
        if (state == SchemaState::current) return {};
        KL_CHECK(start_writing(wait_seconds));
        KL_CHECK(upgrade(*writer_, migrations));
        writer_.reset();
        lock_ = WriterLock();
        return {};
    }

    Result<void> create(const std::vector<Migration>& migrations) {
        std::error_code failed;
        const bool made = fs::create_directories(data_, failed);
        if (failed) {
            return make_error(ErrorCode::refused, "store.cannot_create",
                              {{"data", data_}, {"detail", failed.message()}});
        }
        // It will hold personal data: nobody else's business unless an operator decides so.
        if (made) fs::permissions(data_, fs::perms::owner_all, failed);
        const bool present = fs::exists(database(), failed);
        const Result<void> started = start_writing(0);
        // Whoever holds the lock of a database works with it: it exists.
        if (!started.ok() && present && started.error().code == ErrorCode::unavailable) {
            return with_data(ErrorCode::conflict, "store.exists");
        }
        KL_CHECK(started);
        const auto state = schema_state(*writer_, migrations);
        const bool refused = !state.ok() && state.error().code == ErrorCode::refused;
        if (refused || (state.ok() && *state != SchemaState::absent)) {
            return with_data(ErrorCode::conflict, "store.exists");
        }
        if (!state.ok()) return state.error();
        // SQLite gives its log and its index the rights of the database.
        fs::permissions(database(), fs::perms::owner_read | fs::perms::owner_write, failed);
        KL_TRY(key_, make_key_file(key_file()));
        KL_CHECK(migrate(*writer_, migrations));
        return finish_creation(*writer_, key_);
    }

private:
    std::string database() const { return data_ + "/klarsyn.db"; }
    std::string key_file() const { return data_ + "/journal.key"; }

    Error with_data(ErrorCode code, const char* key) const {
        return make_error(code, key, {{"data", data_}});
    }
    Error not_initialised() const { return with_data(ErrorCode::not_found, "store.not_initialised"); }

    Result<void> check_present() const {
        std::error_code failed;
        if (!fs::is_directory(data_, failed)) {
            return with_data(ErrorCode::not_found, "store.directory_missing");
        }
        if (!fs::exists(database(), failed)) return not_initialised();
        return {};
    }

    Result<void> start_writing(int wait_seconds) {
        KL_TRY(lock_, WriterLock::take(data_ + "/writer.lock", wait_seconds));
        KL_TRY(writer_, open_sqlite(database(), SqliteRole::writer, poison_));
        return {};
    }

    Result<SchemaState> state_as_reader(const std::vector<Migration>& migrations) {
        KL_TRY(auto db, reader());
        return schema_state(*db, migrations);
    }

    Result<void> upgrade(Connection& db, const std::vector<Migration>& migrations) {
        KL_TRY(const SchemaState state, schema_state(db, migrations));
        if (state == SchemaState::absent) return not_initialised();
        if (state == SchemaState::current) return {};
        return migrate(db, migrations);
    }

    std::string data_;
    std::string key_;
    std::vector<std::string> notices_;
    Poison poison_ = std::make_shared<std::atomic<bool>>(false);
    WriterLock lock_;  // declared before writer_: let go after the writer is closed
    std::unique_ptr<Connection> writer_;
};

}  // namespace

Result<std::unique_ptr<Store>> open_directory_store(const std::string& data, Access access,
                                                    const std::vector<Migration>& migrations,
                                                    int wait_seconds) {
    auto store = std::make_unique<DirectoryStore>(data);
    KL_CHECK(store->open(access, migrations, wait_seconds));
    return std::unique_ptr<Store>(std::move(store));
}

Result<std::unique_ptr<Store>> create_directory_store(const std::string& data,
                                                      const std::vector<Migration>& migrations) {
    auto store = std::make_unique<DirectoryStore>(data);
    KL_CHECK(store->create(migrations));
    return std::unique_ptr<Store>(std::move(store));
}

}  // namespace klarsyn
