#include "modules/servicedesk/selfservice/self_service.h"

#include <algorithm>

#include "core/cpr.h"
#include "modules/servicedesk/desk/commands.h"
#include "web/problem.h"

namespace klarsyn::servicedesk {
namespace {

namespace json = boost::json;
using Need = JsonBody::Need;
using Lines = JsonBody::TextRule::Lines;

constexpr std::size_t kTextMax = 4'000;
constexpr std::size_t kSystemMax = 120;
constexpr std::size_t kTitleCharacters = 80;
constexpr std::size_t kSeenMax = 50;
constexpr UtcSecond kAgainSeconds = 600;
constexpr std::string_view kNoSystem = "-";

// How far it reaches decides how much it weighs.
struct Reach {
    std::string_view word;
    int impact, urgency;
};
constexpr Reach kReaches[] = {{"me", 3, 3}, {"ward", 2, 2}, {"more", 1, 2}};

DeskActor caller_actor(const Context& context) {
    DeskActor actor = desk_actor(context);
    actor.is_caller = true;
    actor.via = context.by_token ? "api" : "self_service";
    actor.scope = {};  // own cases only, wherever they belong: read_own_case has seen to that
    return actor;
}

// The first line, cut between words: the case needs a title, and nobody is asked for one.
std::string title_of(std::string_view what) {
    std::string line(what.substr(0, what.find_first_of("\r\n")));
    if (line.ends_with('.') && !line.ends_with("..")) line.pop_back();
    std::size_t characters = 0, space = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
        if ((static_cast<unsigned char>(line[i]) & 0xC0U) == 0x80U) continue;
        if (++characters > kTitleCharacters) return line.substr(0, space > 0 ? space : i) + " …";
        if (line[i] == ' ') space = i;
    }
    return line;
}

json::object caller_of(const Account& account) {
    json::object caller = {{"name", account.shown_name()}, {"account", account.name}};
    if (!account.phone.empty()) caller["phone"] = account.phone;
    if (!account.mail.empty()) caller["mail"] = account.mail;
    return caller;
}

// The same words sent again within minutes are the same report: a second press, a reload.
Result<std::string> said_just_now(Context& context, const std::string& title,
                                  const std::string& text) {
    std::vector<std::string> numbers;
    {
        KL_TRY(const auto rows,
               context.db().query("SELECT number FROM servicedesk_case WHERE caller_account = :me"
                                  " AND title = :title AND opened_at > :since ORDER BY num DESC",
                                  {{":me", context.account.name},
                                   {":title", title},
                                   {":since", context.site.clock.now() - kAgainSeconds}}));
        while (true) {
            KL_TRY(const bool more, rows->next());
            if (!more) break;
            numbers.emplace_back(rows->text(0));
        }
    }
    for (const std::string& number : numbers) {
        KL_TRY(const auto records, load_records(context.db(), number));
        if (replay(number, records).text == text) return number;
    }
    return std::string();
}

// What nobody may have to type twice to be told: all faults at once, in the words of the form.
json::object report_fields(const Account& account, JsonBody& body) {
    body.allow_only({"what", "system", "affected", "seen"});
    const auto what = body.text("what", {kTextMax, Need::required, Lines::many});
    const auto system = body.text("system", {kSystemMax});
    if (body.ok() && (!system || system->empty()))
        body.fault("system", "servicedesk.report.fault.system");
    const auto affected = body.word("affected", {"me", "ward", "more"});
    if (!body.has("affected") || body.is_null("affected"))
        body.fault("affected", "servicedesk.report.fault.affected");
    if (!body.ok()) return {};
    // The record's own text goes through the desk's mask, which keeps the numbers for those who may
    // see them; the title must not hold half of one.
    const std::string text = *what;
    json::object fields = {{"type", "incident"},
                           {"contact", "self_service"},
                           {"title", title_of(mask_cprs(text).text)},
                           {"text", text},
                           {"caller", caller_of(account)}};
    if (*system != kNoSystem) fields["system"] = *system;
    if (!account.org.empty()) fields["org"] = account.org;
    for (const Reach& reach : kReaches) {
        if (reach.word != *affected) continue;
        fields["impact"] = reach.impact;
        fields["urgency"] = reach.urgency;
    }
    return fields;
}

Result<std::vector<StandingNotice>> unanswered(Context& context, const json::object& fields,
                                               const std::vector<std::string>& seen) {
    const std::string system = body_text(fields, "system");
    if (system.empty()) return std::vector<StandingNotice>();
    KL_TRY(auto known, standing_disturbances(context.db(), system, context.account.org,
                                             context.site.clock.now()));
    std::erase_if(known, [&](const StandingNotice& one) {
        return std::find(seen.begin(), seen.end(), one.number) != seen.end();
    });
    return known;
}

// The case that gathers who is affected, followed through merges; empty where none is open.
Result<std::string> gathering_case(DeskEntry& entry, const StandingNotice& notice) {
    std::string number = notice.case_number;
    if (number.empty()) {
        KL_TRY(const auto rows, entry.turn().db.query("SELECT number FROM servicedesk_notice_case"
                                                      " WHERE notice = :notice",
                                                      {{":notice", notice.number}}));
        KL_TRY(const bool found, rows->next());
        if (found) number = rows->text(0);
    }
    for (int steps = 0; !number.empty() && steps < 100; ++steps) {
        const auto state = entry.find(number);
        if (!state.ok()) {
            if (state.error().code == ErrorCode::not_found) return std::string();
            return state.error();
        }
        if ((*state)->open()) return number;
        number = (*state)->merged_into;
    }
    return std::string();
}

// The major incident that a message tells of: who is affected follows it. Empty for none.
Result<std::string> major_of(Connection& db, const std::string& notice) {
    KL_TRY(const auto rows, db.query("SELECT major FROM core_notice WHERE number = :number",
                                     {{":number", notice}}));
    KL_TRY(const bool found, rows->next());
    return found ? std::string(rows->text(0)) : std::string();
}

Result<std::string> open_gathering(DeskEntry& entry, const StandingNotice& notice) {
    JsonBody body = JsonBody::of({{"type", "incident"},
                                  {"title", notice.title.da},
                                  {"text", notice.text.da},
                                  {"system", notice.system},
                                  {"contact", "self_service"},
                                  {"impact", 2},
                                  {"urgency", 2}});
    KL_TRY(const std::string number, open_case(entry, body, {notice.number}));
    KL_CHECK(
        entry.record(number, "linked",
                     {{"to", notice.number}, {"relation", "notice"}, {"title", notice.title.da}}));
    KL_TRY(const std::string major, major_of(entry.turn().db, notice.number));
    if (!major.empty())
        KL_CHECK(entry.record(number, "linked", {{"to", major}, {"relation", "major"}}));
    KL_TRY([[maybe_unused]] const auto rows,
           entry.turn().db.run("INSERT INTO servicedesk_notice_case (notice, number)"
                               " VALUES (:notice, :number)"
                               " ON CONFLICT (notice) DO UPDATE SET number = :number",
                               {{":notice", notice.number}, {":number", number}}));
    return number;
}

Result<std::int64_t> note_affected(WriteTurn& turn, const std::string& account,
                                   const std::string& notice, const std::string& number) {
    return turn.db.run(
        "INSERT INTO servicedesk_affected (account, notice, number, at)"
        " VALUES (:account, :notice, :number, :at)"
        " ON CONFLICT (account, notice) DO NOTHING",
        {{":account", account}, {":notice", notice}, {":number", number}, {":at", turn.now}});
}

Result<void> reply(DeskEntry& entry, const CaseState& state, JsonBody& body) {
    body.allow_only({"text"});
    const auto text = body.text("text", {kTextMax, Need::required, Lines::many});
    if (!body.ok()) return body_faults();
    if (!state.open()) return state_conflict(state, "reply");
    JsonBody comment = JsonBody::of({{"text", *text}, {"visibility", "public"}});
    return comment_case(entry, state, comment);
}

Result<void> close_own(DeskEntry& entry, const CaseState& state, JsonBody& body) {
    body.allow_only({});
    if (!body.ok()) return body_faults();
    const bool solved = state.status == CaseStatus::resolved;
    JsonBody closing = JsonBody::of({{"reason", solved ? "solved" : "withdrawn"}});
    return close_case(entry, state, closing);
}

}  // namespace

Result<Reported> report_problem(Context& context, JsonBody& body) {
    const json::object fields = report_fields(context.account, body);
    const auto seen = body.texts("seen", kSeenMax).value_or(std::vector<std::string>());
    if (!body.ok()) return body_faults();
    Reported reported;
    KL_TRY(reported.known, unanswered(context, fields, seen));
    if (!reported.known.empty()) return reported;
    KL_TRY(reported.number,
           said_just_now(context, body_text(fields, "title"),
                         mask_cprs(body_text(fields, "text")).text));
    if (!reported.number.empty()) return reported;
    KL_TRY(DeskEntry entry, DeskEntry::begin(*context.turn, caller_actor(context)));
    JsonBody opening = JsonBody::of(fields);
    const auto number = open_case(entry, opening, seen);
    if (!opening.ok()) {  // of the account's own fields, which no form can mend
        for (const BodyFault& fault : opening.faults()) body.fault("what", fault.key, fault.args);
        return body_faults();
    }
    KL_CHECK(number);
    reported.number = *number;
    KL_CHECK(entry.end());
    return reported;
}

Result<void> say_me_too(Context& context, std::string_view notice) {
    WriteTurn& turn = *context.turn;
    KL_TRY(const auto standing, standing_disturbances(turn.db, "", "", turn.now));
    const auto found = std::find_if(standing.begin(), standing.end(),
                                    [&](const auto& one) { return one.number == notice; });
    if (found == standing.end())
        return make_error(ErrorCode::not_found, "servicedesk.report.no_disturbance",
                          {{"number", std::string(notice)}});
    KL_TRY(const auto said,
           query_i64(turn.db,
                     "SELECT COUNT(*) FROM servicedesk_affected"
                     " WHERE account = :account AND notice = :notice",
                     {{":account", context.account.name}, {":notice", found->number}}));
    if (said > 0) return {};
    KL_TRY(DeskEntry entry, DeskEntry::begin(turn, caller_actor(context)));
    KL_TRY(std::string number, gathering_case(entry, *found));
    if (number.empty()) {
        KL_TRY(number, open_gathering(entry, *found));
    }
    KL_TRY([[maybe_unused]] const auto rows,
           note_affected(turn, context.account.name, found->number, number));
    KL_CHECK(entry.record(number, "affected",
                          {{"person", context.account.shown_name()},
                           {"via", "self_service"},
                           {"notice", found->number}}));
    return entry.end();
}

Result<std::vector<AffectedBy>> affected_by(Connection& db, const std::string& account) {
    KL_TRY(const auto rows,
           db.query("SELECT a.notice, n.title_da, n.title_en, n.state, a.at"
                    " FROM servicedesk_affected a JOIN core_notice n ON n.number = a.notice"
                    " WHERE a.account = :account ORDER BY a.at DESC LIMIT 200",
                    {{":account", account}}));
    std::vector<AffectedBy> list;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return list;
        list.push_back({std::string(rows->text(0)),
                        {std::string(rows->text(1)), std::string(rows->text(2))},
                        rows->text(3) == "open",
                        rows->i64(4)});
    }
}

Result<std::int64_t> count_affected(Connection& db, std::string_view notice) {
    return query_i64(db, "SELECT COUNT(*) FROM servicedesk_affected WHERE notice = :notice",
                     {{":notice", std::string(notice)}});
}

Result<ReadCase> read_own_case(Context& context, std::string_view number) {
    const OrgScope scope = context.scope;
    context.scope = {};
    auto read = read_case(context, number);
    context.scope = scope;
    if (!read.ok()) return read.error();
    const bool own =
        !context.account.name.empty() && read->state.caller.account == context.account.name;
    if (own) return read;
    return make_error(ErrorCode::not_found, "servicedesk.desk.no_case",
                      {{"number", std::string(number)}});
}

Result<std::vector<CaseItem>> own_cases(Context& context) {
    CaseQuery query;
    query.view = "all";
    query.sort = "newest";
    query.caller_account = context.account.name;
    query.limit = 200;
    KL_TRY(CaseViewer viewer, case_viewer(context));
    viewer.scope = {};
    KL_TRY(CasePage page, list_cases(context.db(), query, viewer));
    return std::move(page.items);
}

Result<void> answer_survey(DeskEntry& entry, const CaseState& state, JsonBody& body) {
    body.allow_only({"score", "text"});
    const auto score = body.integer("score", 1, 5);
    const auto text = body.text("text", {2'000, Need::optional, Lines::many});
    if (!score && body.ok()) body.fault("score", "servicedesk.my.fault.score");
    if (!body.ok()) return body_faults();
    if (!survey_open(state, entry.turn().now)) return state_conflict(state, "survey");
    return entry.record(state.number, "survey",
                        {{"score", *score}, {"text", text.value_or("")}});
}

Result<void> run_own_command(Context& context, std::string_view number, std::string_view verb,
                             JsonBody& body) {
    const auto command = verb == "reply"    ? reply
                         : verb == "survey" ? answer_survey
                         : verb == "close"  ? close_own
                                            : nullptr;
    if (command == nullptr) return web_error(404);
    KL_TRY(const ReadCase own, read_own_case(context, number));
    KL_TRY(DeskEntry entry, DeskEntry::begin(*context.turn, caller_actor(context)));
    KL_TRY(const CaseState* state, entry.find(number));
    KL_CHECK(command(entry, *state, body));
    return entry.end();
}

bool survey_open(const CaseState& state, UtcSecond now) {
    if (!state.resolved_at || now > *state.resolved_at + kSurveySeconds) return false;
    return state.status == CaseStatus::resolved ||
           (state.status == CaseStatus::closed && state.close_reason == "solved");
}

}  // namespace klarsyn::servicedesk
