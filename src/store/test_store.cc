#include "store/test_store.h"

#include <gtest/gtest.h>
#include <libpq-fe.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string_view>

namespace klarsyn {
namespace {

void administer(const std::string& sql) {
    const char* url = std::getenv("KLARSYN_TEST_POSTGRES");
    if (url == nullptr || std::string_view(url).find("://") == std::string_view::npos) {
        FAIL() << "KLARSYN_TEST_POSTGRES names no server: run the tests through make test or ctest";
    }
    const char* const keywords[] = {"dbname", "connect_timeout", "options", nullptr};
    const char* const values[] = {url, "20", "-c statement_timeout=60s", nullptr};
    PGconn* server = PQconnectdbParams(keywords, values, 1);
    PGresult* result = PQexec(server, sql.c_str());
    // A server under load may need a second try; nothing waits for ever.
    for (int tries = 1; tries < 3 && PQresultStatus(result) != PGRES_COMMAND_OK; ++tries) {
        PQclear(result);
        result = PQexec(server, sql.c_str());
    }
    EXPECT_EQ(PQresultStatus(result), PGRES_COMMAND_OK) << sql << ": " << PQerrorMessage(server);
    PQclear(result);
    PQfinish(server);
}

// The server's URL with another database: postgresql://user@/database?host=...
std::string url_of_database(const std::string& name) {
    const char* server = std::getenv("KLARSYN_TEST_POSTGRES");
    std::string url = server != nullptr ? server : "";
    // Anything else would be taken for a directory, and made.
    if (url.find("://") == url.npos) url = "postgresql:///none";
    const auto slash = url.find('/', url.find("://") + 3);
    const auto question = url.find('?');
    const auto length = question == url.npos ? url.npos : question - slash - 1;
    return url.replace(slash + 1, length, name);
}

struct SchemaFile {
    std::string name;
    std::string sql;
};

// The schema files of store/ in their order.
std::vector<SchemaFile> read_schemas() {
    std::vector<SchemaFile> all;
    const std::string folder = std::string(KLARSYN_SOURCE_DIR) + "/src/store/schema";
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        std::ifstream file(entry.path());
        std::ostringstream text;
        text << file.rdbuf();
        EXPECT_FALSE(text.str().empty()) << entry.path();
        all.push_back({"store/" + entry.path().stem().string(), text.str()});
    }
    std::sort(all.begin(), all.end(),
              [](const SchemaFile& a, const SchemaFile& b) { return a.name < b.name; });
    return all;
}

}  // namespace

TestDatabases::~TestDatabases() {
    for (const auto& directory : directories_) std::filesystem::remove_all(directory);
    for (const auto& name : names_) administer("DROP DATABASE " + name + " WITH (FORCE)");
}

std::string TestDatabases::fresh(Dialect dialect) {
    if (dialect == Dialect::sqlite) {
        std::string pattern = std::filesystem::temp_directory_path() / "klarsyn_test_XXXXXX";
        EXPECT_NE(mkdtemp(pattern.data()), nullptr);
        directories_.push_back(pattern);
        return pattern + "/data";
    }
    static int count = 0;
    const std::string name =
        "klarsyn_test_" + std::to_string(getpid()) + "_" + std::to_string(++count);
    // A Danish collation where the server has one would show a comparison that is not by code point.
    administer("CREATE DATABASE " + name + " TEMPLATE template0 ENCODING 'UTF8' "
               "LOCALE_PROVIDER icu ICU_LOCALE 'da' LOCALE 'C'");
    names_.push_back(name);
    return url_of_database(name);
}

std::vector<Migration> test_migrations(const std::vector<Migration>& more) {
    static const std::vector<SchemaFile> files = read_schemas();
    std::vector<Migration> all;
    for (const auto& file : files) all.push_back({file.name, file.sql});
    all.insert(all.end(), more.begin(), more.end());
    return all;
}

}  // namespace klarsyn
