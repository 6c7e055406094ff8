// What every module may know of the region's systems: their names, and which of them have a
// standing disturbance (core_notice, written by the module notices). Connections belong to the
// calling thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/text.h"
#include "core/time.h"
#include "store/database.h"

namespace klarsyn {

// Danish is always there; English may be missing.
struct Words {
    std::string da, en;
    const std::string& in(Language language) const {
        return language == Language::en && !en.empty() ? en : da;
    }
    // The language of what in() gives.
    Language shown(Language language) const { return en.empty() ? Language::da : language; }
    bool empty() const { return da.empty(); }
};

struct SystemName {
    std::string id;      // what cases and messages carry
    std::string da, en;  // `en` may be empty: then the Danish title is shown

    const std::string& in(Language language) const {
        return language == Language::en && !en.empty() ? en : da;
    }
    Language shown(Language language) const { return en.empty() ? Language::da : language; }
};

// invalid_input with file, line and field for a text that is no list of systems, a system without id
// or Danish name, and an id that stands twice. `file` is for the message.
Result<std::vector<SystemName>> parse_systems(std::string_view toml, std::string_view file);
// The region's own list (setting "systems"), or the one that is built in.
Result<std::vector<SystemName>> load_systems(Connection& db, UtcSecond now);

// Whether what is said of these organisations (one code per line, as core_notice has them; none:
// everywhere) is said of `org`, of something below it or of what it belongs to.
Result<bool> touches_place(Connection& db, std::string_view orgs, std::string_view org, Day day);

struct StandingNotice {
    std::string number, kind, system, severity;
    Words title, text, advice;
    std::string case_number;  // that gathers the affected; may be empty
    UtcSecond starts_at = 0;
    std::optional<UtcSecond> next_at;
};
// Messages of any kind that hold now at that place (an organisation's code; empty: anywhere), newest
// first; planned work while it lasts.
Result<std::vector<StandingNotice>> standing_notices(Connection& db, std::string_view org,
                                                     UtcSecond now);
// Disturbances that stand now at that place (an organisation's code; empty: anywhere), of one
// system or, for an empty `system`, of any.
Result<std::vector<StandingNotice>> standing_disturbances(Connection& db, std::string_view system,
                                                          std::string_view org, UtcSecond now);

}  // namespace klarsyn
