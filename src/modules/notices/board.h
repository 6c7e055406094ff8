// What the status page says: from the messages, the list of systems and the time. `make_board`
// reads; the rest is pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "ingest/turn.h"
#include "modules/notices/notice.h"
#include "web/systems.h"

namespace klarsyn::notices {

enum class SystemState { works, planned, unstable, down };
std::string_view state_word(SystemState state);  // "works", "planned", "unstable", "down"

struct Board {
    UtcSecond now = 0;
    std::vector<Notice> current;   // worst first, then newest
    std::vector<Notice> upcoming;  // soonest first
    std::vector<Notice> cleared;   // of the last day, newest first
    std::vector<SystemName> systems;
    std::map<std::string, std::string> places;  // code -> name
    std::int64_t version = 0;

    SystemState state_of(std::string_view system) const;
    std::string place_names(const Notice& notice, Language language) const;
};

inline constexpr UtcSecond kClearedSeconds = 24 * 3600;

Result<Board> make_board(Connection& db, UtcSecond now);

// Whether something is wrong, in one sentence.
std::string sentence(const Board& board, Language language);
// The title of the system as people know it; the id where it is not listed.
std::string system_title(const Board& board, std::string_view system, Language language);

}  // namespace klarsyn::notices
