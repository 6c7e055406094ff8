#include "modules/notices/board.h"

#include <algorithm>
#include <set>

namespace klarsyn::notices {
namespace {

int weight(const Notice& notice) {
    if (notice.kind == "disturbance") return notice.severity == "down" ? 3 : 2;
    return notice.kind == "message" ? 1 : 0;
}

Result<std::map<std::string, std::string>> load_places(Connection& db, Day today) {
    KL_TRY(const auto rows,
           db.query("SELECT code, name FROM core_org WHERE retracted_seq IS NULL"
                    " AND valid_from <= :day AND (valid_to IS NULL OR valid_to >= :day)",
                    {{":day", std::int64_t{today}}}));
    std::map<std::string, std::string> places;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return places;
        places.emplace(rows->text(0), rows->text(1));
    }
}

// "a, b og c"
std::string joined(const std::vector<std::string>& names, Language language) {
    std::string all;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (i > 0) all += i + 1 == names.size() ? text(language, "notices.and") : ", ";
        all += names[i];
    }
    return all;
}

std::vector<std::string> systems_with(const Board& board, std::string_view kind,
                                      Language language) {
    std::vector<std::string> names;
    for (const Notice& notice : board.current) {
        if (notice.kind != kind || notice.system.empty()) continue;
        const std::string name = system_title(board, notice.system, language);
        if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
    return names;
}

}  // namespace

std::string_view state_word(SystemState state) {
    switch (state) {
        case SystemState::works: return "works";
        case SystemState::planned: return "planned";
        case SystemState::unstable: return "unstable";
        case SystemState::down: return "down";
    }
    return {};
}

SystemState Board::state_of(std::string_view system) const {
    SystemState state = SystemState::works;
    for (const Notice& notice : current) {
        if (notice.system != system) continue;
        SystemState says = SystemState::works;
        if (notice.kind == "planned") says = SystemState::planned;
        if (notice.kind == "disturbance")
            says = notice.severity == "down" ? SystemState::down : SystemState::unstable;
        state = std::max(state, says);
    }
    return state;
}

std::string Board::place_names(const Notice& notice, Language language) const {
    if (notice.orgs.empty()) return text(language, "notices.everywhere");
    std::vector<std::string> names;
    for (const std::string& org : notice.orgs) {
        const auto known = places.find(org);
        names.push_back(known != places.end() ? known->second : org);
    }
    return joined(names, language);
}

Result<Board> make_board(Connection& db, UtcSecond now) {
    Board board;
    board.now = now;
    KL_TRY(board.version, notices_version(db));
    KL_TRY(board.systems, load_systems(db, now));
    KL_TRY(board.places, load_places(db, Zone::copenhagen().to_local(now).day));
    KL_TRY(auto all, list_notices(db, now - kClearedSeconds, 500));
    std::set<std::string> listed;
    for (const SystemName& system : board.systems) listed.insert(system.id);
    for (Notice& notice : all) {
        if (notice.current(now)) {
            if (!notice.system.empty() && listed.insert(notice.system).second)
                board.systems.push_back({notice.system, notice.system, ""});
            board.current.push_back(std::move(notice));
        } else if (notice.upcoming(now)) {
            board.upcoming.push_back(std::move(notice));
        } else if (!notice.open()) {
            board.cleared.push_back(std::move(notice));
        }
    }
    std::stable_sort(board.current.begin(), board.current.end(),
                     [](const Notice& a, const Notice& b) { return weight(a) > weight(b); });
    std::stable_sort(board.upcoming.begin(), board.upcoming.end(),
                     [](const Notice& a, const Notice& b) { return a.starts_at < b.starts_at; });
    return board;
}

std::string system_title(const Board& board, std::string_view system, Language language) {
    for (const SystemName& one : board.systems)
        if (one.id == system) return one.in(language);
    return std::string(system);
}

std::string sentence(const Board& board, Language language) {
    const std::vector<std::string> disturbed = systems_with(board, "disturbance", language);
    const std::vector<std::string> planned = systems_with(board, "planned", language);
    if (disturbed.size() > 1)
        return text(language, "notices.sentence.many",
                    {{"count", std::to_string(disturbed.size())},
                     {"systems", joined(disturbed, language)}});
    if (disturbed.size() == 1) {
        const Notice& worst = board.current.front();
        return text(
            language,
            "notices.sentence." + std::string(worst.severity == "down" ? "down" : "unstable"),
            {{"system", disturbed.front()},
             {"places", worst.orgs.empty() ? text(language, "notices.sentence.everywhere")
                                           : board.place_names(worst, language)}});
    }
    if (!planned.empty())
        return text(language, "notices.sentence.planned", {{"systems", joined(planned, language)}});
    return text(language, "notices.sentence.well");
}

}  // namespace klarsyn::notices
