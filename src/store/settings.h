// Settings: texts (mostly TOML) by name that hold from a moment on. A version is never overwritten
// or deleted; of versions that begin at the same moment the newest holds.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "store/database.h"

namespace klarsyn {

struct SettingVersion {
    std::int64_t seq = 0;  // of the journal entry that brought it
    UtcSecond valid_from = 0;
    std::string text;
    std::string sha256;
};

// Oldest first (valid_from, then seq). None is no error: the caller has a default.
Result<std::vector<SettingVersion>> setting_versions(Connection& db, std::string_view name);

struct NewSetting {
    std::string name;
    UtcSecond valid_from = 0;
    std::string text;
    std::string file;  // as the user named it; for the journal
    std::string actor;
    UtcSecond at = 0;
};
// Inside the caller's write transaction, with its journal entry of kind "setting". Whether the text
// is good is the caller's to know. Returns the entry's seq.
Result<std::int64_t> add_setting(Connection& db, const std::string& journal_key,
                                 const NewSetting& setting);

}  // namespace klarsyn
