#include "modules/servicedesk/desk/notice_join.h"

#include <algorithm>

#include "web/moment.h"
#include "web/systems.h"

namespace klarsyn::servicedesk {
namespace {

namespace json = boost::json;

// A message for some places is not about a case of which nobody knows the place.
Result<bool> is_everywhere(Connection& db, const std::string& notice) {
    const auto count =
        query_i64(db, "SELECT COUNT(*) FROM core_notice WHERE number = :number AND orgs = ''",
                  {{":number", notice}});
    if (!count.ok()) return count.error();
    return *count > 0;
}

// Whoever is on the phone is told by the agent; others read it on their page and in a letter.
bool reads_words(const CaseState& state) {
    return state.contact != "phone" && !(state.caller.account.empty() && state.caller.mail.empty());
}

std::string known_words(const StandingNotice& notice, UtcSecond now) {
    std::string words = text(Language::da, "servicedesk.joined.known",
                             {{"title", notice.title.da}, {"text", notice.text.da}});
    if (!notice.advice.da.empty())
        words += "\n\n" +
                 text(Language::da, "servicedesk.joined.advice", {{"advice", notice.advice.da}});
    if (notice.next_at && *notice.next_at > now)
        words += "\n\n" + text(Language::da, "servicedesk.joined.next",
                               {{"when", moment_text(Language::da, *notice.next_at, now)}});
    return words;
}

Result<void> join_one(DeskEntry& entry, const std::string& number, const StandingNotice& notice) {
    WriteTurn& turn = entry.turn();
    const std::string org = entry.state(number).org;
    KL_CHECK(
        entry.record(number, "linked",
                     {{"to", notice.number}, {"relation", "notice"}, {"title", notice.title.da}}));
    KL_TRY(
        [[maybe_unused]] const auto rows,
        turn.db.run(
            "INSERT INTO core_notice_case (notice, number, org, at)"
            " VALUES (:notice, :number, :org, :at)"
            " ON CONFLICT (notice, number) DO NOTHING",
            {{":notice", notice.number}, {":number", number}, {":org", org}, {":at", turn.now}}));
    if (!reads_words(entry.state(number))) return {};
    return entry.record(number, "commented",
                        {{"text", known_words(notice, turn.now)},
                         {"visibility", "public"},
                         {"via", "notice"},
                         {"person", false}});
}

}  // namespace

Result<void> join_notices(DeskEntry& entry, const std::string& number,
                          const std::vector<std::string>& apart) {
    const std::string system = entry.state(number).system;
    const std::string org = entry.state(number).org;
    if (system.empty()) return {};
    Connection& db = entry.turn().db;
    KL_TRY(const auto standing, standing_notices(db, org, entry.turn().now));
    for (const StandingNotice& notice : standing) {
        if (notice.system != system || notice.kind == "message") continue;
        if (std::find(apart.begin(), apart.end(), notice.number) != apart.end()) continue;
        if (org.empty()) {
            KL_TRY(const bool everywhere, is_everywhere(db, notice.number));
            if (!everywhere) continue;
        }
        KL_CHECK(join_one(entry, number, notice));
    }
    return {};
}

}  // namespace klarsyn::servicedesk
