#include "store/settings.h"

#include <boost/json.hpp>

#include "core/hash.h"
#include "store/journal.h"

namespace klarsyn {

Result<std::vector<SettingVersion>> setting_versions(Connection& db, std::string_view name) {
    std::vector<SettingVersion> versions;
    KL_TRY(const auto rows, db.query("SELECT seq, valid_from, text, sha256 FROM core_setting "
                                     "WHERE name = :name ORDER BY valid_from, seq",
                                     {{":name", Value(std::string(name))}}));
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return versions;
        versions.push_back(
            {rows->i64(0), rows->i64(1), std::string(rows->text(2)), std::string(rows->text(3))});
    }
}

Result<std::int64_t> add_setting(Connection& db, const std::string& journal_key,
                                 const NewSetting& setting) {
    const std::string sha256 = sha256_hex(setting.text);
    JournalEntry entry;
    KL_TRY(entry.seq, next_seq(db));
    entry.at = setting.at;
    entry.actor = setting.actor;
    entry.kind = "setting";
    entry.detail = boost::json::serialize(boost::json::object{{"name", setting.name},
                                                              {"from", iso_utc(setting.valid_from)},
                                                              {"file", setting.file},
                                                              {"sha256", sha256}});
    const std::int64_t seq = entry.seq;
    KL_TRY([[maybe_unused]] const auto added,
           db.run("INSERT INTO core_setting (seq, name, valid_from, text, sha256) "
                  "VALUES (:seq, :name, :from, :text, :sha256)",
                  {{":seq", Value(seq)},
                   {":name", Value(setting.name)},
                   {":from", Value(setting.valid_from)},
                   {":text", Value(setting.text)},
                   {":sha256", Value(sha256)}}));
    KL_CHECK(append_entry(db, journal_key, std::move(entry)));
    return seq;
}

}  // namespace klarsyn
