#include "modules/servicedesk/practice/change_notices.h"

#include <algorithm>

#include "modules/servicedesk/practice/bodies.h"
#include "modules/servicedesk/practice/change.h"
#include "modules/servicedesk/practice/major_notices.h"

namespace klarsyn::servicedesk {
namespace {

namespace json = boost::json;

struct Told {
    std::string number, system, orgs;
    UtcSecond starts_at = 0;
    std::optional<UtcSecond> ends_at;
};

Result<std::vector<Told>> told_of(Connection& db, std::string_view change) {
    KL_TRY(
        const auto rows,
        db.query("SELECT number, system, orgs, starts_at, ends_at FROM core_notice"
                 " WHERE change_no = :change AND change_no <> '' AND state = 'open' ORDER BY num",
                 {{":change", std::string(change)}}));
    std::vector<Told> list;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return list;
        Told one{std::string(rows->text(0)),
                 std::string(rows->text(1)),
                 std::string(rows->text(2)),
                 rows->i64(3),
                 {}};
        if (!rows->is_null(4)) one.ends_at = rows->i64(4);
        list.push_back(std::move(one));
    }
}

// What an approved change looks like from outside; nothing for one that is over or has no time.
bool is_told(const ChangeState& state, UtcSecond now) {
    const bool stands =
        state.status == ChangeStatus::approved || state.status == ChangeStatus::in_progress;
    return stands && state.planned_from && state.planned_to && *state.planned_to > now;
}

std::string orgs_lines(const std::vector<std::string>& orgs) {
    std::string lines;
    for (const std::string& org : orgs) lines += (lines.empty() ? "\n" : "") + org + "\n";
    return lines;
}

std::string say(Language language, std::string_view key, const TextArgs& args = {}) {
    return text(language, "servicedesk.planned." + std::string(key), args);
}

json::object body_of(const ChangeState& state, const SystemName& system) {
    json::object body = {{"orgs", json_list(state.orgs)},
                         {"starts_at", iso_utc(*state.planned_from)},
                         {"ends_at", iso_utc(*state.planned_to)}};
    for (const Language language : {Language::da, Language::en}) {
        const std::string end = language == Language::en ? "_en" : "";
        const TextArgs args = {{"system", system.in(language)}};
        body["title" + end] = say(language, "title", args);
        body["text" + end] = say(language, "text", args);
        body["advice" + end] = say(language, "advice", args);
    }
    return body;
}

// The texts are our own: what they lack is a bug, not somebody's fault.
Result<void> done(const JsonBody& body, const Result<void>& result) {
    KL_ASSERT(body.ok());
    return result;
}

Result<void> publish_one(WriteTurn& turn, const std::string& actor, const ChangeState& state,
                         const SystemName& system) {
    json::object fields = body_of(state, system);
    fields["kind"] = "planned";
    fields["system"] = system.id;
    fields["change"] = state.number;
    JsonBody body = JsonBody::of(std::move(fields));
    const auto published = notice_writing().publish(turn, actor, body);
    return done(body, published.ok() ? Result<void>() : Result<void>(published.error()));
}

Result<void> move_one(WriteTurn& turn, const std::string& actor, const ChangeState& state,
                      const SystemName& system, const Told& told) {
    const bool right = told.starts_at == *state.planned_from && told.ends_at == state.planned_to &&
                       told.orgs == orgs_lines(state.orgs);
    if (right) return {};
    JsonBody body = JsonBody::of(body_of(state, system));
    const auto corrected = notice_writing().correct(turn, actor, told.number, body);
    return done(body, corrected);
}

Result<void> clear_one(WriteTurn& turn, const std::string& actor, const ChangeState& state,
                       const Told& told) {
    const std::string_view why = state.status == ChangeStatus::done ? "done" : "off";
    JsonBody body = JsonBody::of(
        json::object{{"text", say(Language::da, why)}, {"text_en", say(Language::en, why)}});
    const auto cleared = notice_writing().clear(turn, actor, told.number, body);
    return done(body, cleared);
}

}  // namespace

Result<void> follow_change(WriteTurn& turn, const std::string& actor, std::string_view number) {
    if (notice_writing().publish == nullptr) return {};
    KL_TRY(const auto records, load_records(turn.db, number));
    const ChangeState state = replay_change(number, records);
    KL_TRY(const auto told, told_of(turn.db, number));
    const bool stands = is_told(state, turn.now);
    if (!stands && told.empty()) return {};
    KL_TRY(const auto known, load_systems(turn.db, turn.now));
    for (const std::string& id : state.systems) {
        if (!stands) break;
        SystemName system{id, id, ""};
        for (const SystemName& one : known)
            if (one.id == id) system = one;
        const auto found = std::find_if(told.begin(), told.end(),
                                        [&](const Told& one) { return one.system == id; });
        if (found == told.end())
            KL_CHECK(publish_one(turn, actor, state, system));
        else
            KL_CHECK(move_one(turn, actor, state, system, *found));
    }
    for (const Told& one : told) {
        const bool kept = stands && std::find(state.systems.begin(), state.systems.end(),
                                              one.system) != state.systems.end();
        if (!kept) KL_CHECK(clear_one(turn, actor, state, one));
    }
    return {};
}

}  // namespace klarsyn::servicedesk
