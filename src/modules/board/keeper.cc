// Whoever looks at the board is told what changed, once it is on disk: the board is made once, and
// the same bytes go to everybody with the same language and organisation.
#include <algorithm>
#include <chrono>
#include <map>
#include <thread>

#include "modules/board/board.h"
#include "web/events.h"
#include "web/org_scope.h"

namespace klarsyn::board {
namespace {

using Steady = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto kLook = 200ms;       // how soon a commit that nobody announced is seen
constexpr auto kPauseLeast = 30ms;  // between two boards, so that many commits share one
constexpr auto kPauseMost = 500ms;

struct Watched {
    Language language = Language::da;
    Role role = Role::reader;  // stands for all that see the same
    std::string org;
};

// "board:da:cases:RH"; what listeners watch was made by board_kind.
Watched watched_of(const std::string& kind) {
    const std::size_t of = kind.find(':', kBoardKind.size()) + 1;
    const std::size_t org = kind.find(':', of) + 1;
    Watched watched;
    watched.language = parse_language(kind.substr(kBoardKind.size(), of - 1 - kBoardKind.size()))
                           .value_or(Language::da);
    if (kind.substr(of, org - 1 - of) == "cases") watched.role = Role::agent;
    watched.org = kind.substr(org);
    return watched;
}

class Keeper {
public:
    Keeper(BackgroundTools& tools, WorkerTools& own) : tools_(tools), own_(own) {}

    // False where the connection is of no use any more.
    bool run() {
        std::int64_t seen = 0;
        while (!tools_.stopping()) {
            const auto kinds = tools_.services.events.boards();
            std::erase_if(told_, [&](const auto& entry) {
                return std::find(kinds.begin(), kinds.end(), entry.first) == kinds.end();
            });
            if (!kinds.empty()) {
                const auto begun = Steady::now();
                if (!tell(kinds)) return false;
                const auto pause =
                    std::chrono::duration_cast<std::chrono::milliseconds>(Steady::now() - begun);
                std::this_thread::sleep_for(
                    std::clamp<std::chrono::milliseconds>(pause, kPauseLeast, kPauseMost));
            }
            tools_.services.events.await(seen, kLook);
        }
        return true;
    }

private:
    bool tell(const std::vector<std::string>& kinds) {
        if (!own_.db->begin_read().ok()) return false;
        const bool told = tell_all(kinds);
        own_.db->rollback();
        return told;
    }

    bool tell_all(const std::vector<std::string>& kinds) {
        for (const std::string& kind : kinds) {
            Context context{.site = tools_.site, .services = tools_.services, .tools = &own_};
            const Watched watched = watched_of(kind);
            context.language = watched.language;
            context.account.org = watched.org;
            context.account.role = watched.role;
            const UtcSecond now = tools_.site.clock.now();
            auto scope = org_scope(*own_.db, watched.org, Zone::copenhagen().to_local(now).day);
            if (!scope.ok()) return false;
            context.scope = scope.take();
            const auto state = board_state(context);
            if (!state.ok()) return false;
            tell_one(context, kind, *state);
        }
        return true;
    }

    // Once a minute everything is told again, so that no page drifts for longer.
    void tell_one(const Context& context, const std::string& kind,
                  const std::shared_ptr<const State>& state) {
        auto& last = told_[kind];
        if (last && last->seq == state->seq && last->at / 60 == state->at / 60) return;
        const bool minute = !last || last->at / 60 != state->at / 60;
        if (!minute && last->parts == state->parts) {
            last = state;
            return;
        }
        tools_.services.events.announce(
            {kind, change_json(context, minute ? nullptr : last.get(), *state), "", ""});
        last = state;
    }

    BackgroundTools& tools_;
    WorkerTools& own_;
    std::map<std::string, std::shared_ptr<const State>> told_;  // by kind
};

void keep_boards(BackgroundTools& tools) {
    auto opened = tools.open();
    if (!opened.ok()) return;  // tried again soon
    WorkerTools own = opened.take();
    Keeper(tools, own).run();
}

}  // namespace

Background board_keeper() { return {"board", 1, keep_boards}; }

}  // namespace klarsyn::board
