// Joining and undoing: merge, split, link, comment, "me too", undo.
#include <algorithm>

#include "modules/servicedesk/desk/commands.h"
#include "modules/servicedesk/practice/commands.h"

namespace klarsyn::servicedesk {
namespace {

namespace json = boost::json;
using Need = JsonBody::Need;
using Lines = JsonBody::TextRule::Lines;

constexpr std::size_t kNumberMax = 80;
constexpr std::size_t kPersonMax = 120;
constexpr std::size_t kTextMax = 20'000;
constexpr std::size_t kAffectedMax = 5'000;

// Follows a chain of merged cases to the one that stands.
Result<const CaseState*> standing_case(DeskEntry& entry, std::string number) {
    for (int steps = 0; steps < 100; ++steps) {
        KL_TRY(const CaseState* state, entry.find(number));
        if (state->merged_into.empty()) return state;
        number = state->merged_into;
    }
    return make_error(ErrorCode::conflict, "servicedesk.desk.merge_circle", {{"number", number}});
}

bool known_relation(std::string_view relation) {
    static constexpr std::string_view kRelations[] = {
        "problem", "change", "caused_by", "major", "child_of", "related", "duplicate_of"};
    return std::find(std::begin(kRelations), std::end(kRelations), relation) != std::end(kRelations);
}

// Whether there is such a thing, and the actor may see it.
Result<bool> is_known(DeskEntry& entry, const std::string& number) {
    Connection& db = entry.turn().db;
    {
        KL_TRY(const auto rows, db.query("SELECT org FROM servicedesk_case WHERE number = :number",
                                         {{":number", number}}));
        KL_TRY(const bool is_case, rows->next());
        if (is_case) return entry.actor().scope.sees(rows->text(0));
    }
    KL_TRY(const auto records, query_i64(db, "SELECT COUNT(*) FROM servicedesk_record"
                                             " WHERE object = :object AND n = 1",
                                         {{":object", number}}));
    return records > 0;
}

// What somebody outside answers wakes a case that waits for them, and reopens one that was solved.
Result<void> follow_reply(DeskEntry& entry, const std::string& number) {
    const CaseState& state = entry.state(number);
    if (state.status == CaseStatus::on_hold && state.hold_reason == "awaiting_user")
        return entry.record(number, "resumed", {{"note", ""}, {"by_reply", true}});
    if (state.status == CaseStatus::resolved)
        return entry.record(number, "reopened",
                            {{"reason", ""}, {"was", "resolved"}, {"by_reply", true}});
    return {};
}

}  // namespace

Result<void> merge_case(DeskEntry& entry, const CaseState& state, JsonBody& body) {
    body.allow_only({"into"});
    const auto into = body.text("into", {kNumberMax, Need::required});
    if (!body.ok()) return body_faults();
    if (!state.open()) return state_conflict(state, "merge");
    const std::string number = state.number;
    auto target = standing_case(entry, *into);
    if (!target.ok()) {
        if (target.error().code != ErrorCode::not_found) return target.error();
        body.fault("into", "servicedesk.desk.no_case", {{"number", *into}});
        return body_faults();
    }
    const std::string target_number = (*target)->number;
    if (target_number == number) {
        body.fault("into", "servicedesk.desk.merge_itself");
        return body_faults();
    }
    if (!(*target)->open()) return state_conflict(**target, "merge_target");
    const CaseState merged = entry.state(number);
    KL_CHECK(entry.record(number, "closed", {{"reason", "merged"}, {"into", target_number}}));
    std::vector<std::string> people;
    if (!merged.caller.name.empty()) people.push_back(merged.caller.name);
    for (const AffectedPerson& one : merged.affected) people.push_back(one.person);
    for (const std::string& person : people)
        KL_CHECK(entry.record(target_number, "affected", {{"person", person}, {"via", number}}));
    return entry.record(target_number, "linked",
                        {{"to", number}, {"relation", "merged_from"}, {"title", merged.title}});
}

Result<std::string> split_case(DeskEntry& entry, std::string_view number, JsonBody& body) {
    KL_TRY(const CaseState* found, entry.find(number));
    const CaseState origin = *found;
    json::object fields = body.object();
    const auto inherit = [&](std::string_view name, const std::string& text) {
        if (!fields.contains(name) && !text.empty()) fields[name] = text;
    };
    inherit("type", origin.type);
    inherit("system", origin.system);
    inherit("org", origin.org);
    inherit("place", origin.place);
    inherit("equipment", origin.equipment);
    inherit("contact", origin.contact);
    inherit("group", origin.group);
    if (!fields.contains("impact")) fields["impact"] = origin.impact;
    if (!fields.contains("urgency")) fields["urgency"] = origin.urgency;
    if (!fields.contains("caller") && !origin.caller.empty())
        fields["caller"] = json::object{{"name", origin.caller.name},
                                        {"account", origin.caller.account},
                                        {"phone", origin.caller.phone},
                                        {"mail", origin.caller.mail}};
    JsonBody whole = JsonBody::of(std::move(fields));
    auto opened = open_case(entry, whole);
    if (!opened.ok()) {
        for (const BodyFault& fault : whole.faults())
            body.fault(fault.pointer.substr(1), fault.key, fault.args);
        return opened.error();
    }
    KL_CHECK(
        entry.record(*opened, "linked",
                     {{"to", origin.number}, {"relation", "split_from"}, {"title", origin.title}}));
    KL_CHECK(entry.record(
        origin.number, "linked",
        {{"to", *opened}, {"relation", "split_to"}, {"title", entry.state(*opened).title}}));
    return *opened;
}

Result<void> comment_case(DeskEntry& entry, const CaseState& state, JsonBody& body) {
    body.allow_only({"text", "visibility"});
    const auto text = body.text("text", {kTextMax, Need::required, Lines::many});
    const auto visibility = body.word("visibility", {"public", "internal"});
    if (!body.ok()) return body_faults();
    const std::string number = state.number;
    const DeskActor& actor = entry.actor();
    if (actor.is_caller && !state.merged_into.empty()) return state_conflict(state, "comment");
    json::object fields = {{"text", *text},
                           {"visibility", visibility.value_or("internal")},
                           {"via", actor.via},
                           {"person", actor.person && !actor.is_caller}};
    if (actor.is_caller) {
        fields["visibility"] = "public";
        fields["from_caller"] = true;
    }
    KL_CHECK(entry.record(number, "commented", std::move(fields)));
    return actor.is_caller ? follow_reply(entry, number) : Result<void>();
}

Result<void> affect_case(DeskEntry& entry, const CaseState& state, JsonBody& body) {
    body.allow_only({"person"});
    const auto person = body.text("person", {kPersonMax});
    if (!body.ok()) return body_faults();
    if (!state.open()) return state_conflict(state, "affected");
    if (state.affected.size() >= kAffectedMax) return state_conflict(state, "affected_full");
    const std::string name = person && !person->empty() ? *person : entry.actor().shown_name();
    const auto known = std::find_if(state.affected.begin(), state.affected.end(),
                                    [&](const AffectedPerson& one) { return one.person == name; });
    if (known != state.affected.end()) return {};
    return entry.record(state.number, "affected", {{"person", name}, {"via", entry.actor().via}});
}

Result<void> link_case(DeskEntry& entry, const CaseState& state, JsonBody& body) {
    body.allow_only({"to", "relation"});
    const auto to = body.text("to", {kNumberMax, Need::required});
    const auto relation = body.text("relation", {kNumberMax});
    const std::string word = relation.value_or("related");
    if (!known_relation(word))
        body.fault("relation", "web.body.word",
                   {{"words", "problem, change, caused_by, major, child_of, related,"
                                " duplicate_of"}});
    if (to && *to == state.number) body.fault("to", "servicedesk.desk.link_itself");
    if (body.ok() && to) {
        KL_TRY(const bool known, is_known(entry, *to));
        if (!known) body.fault("to", "servicedesk.desk.no_case", {{"number", *to}});
    }
    if (!body.ok()) return body_faults();
    const auto same =
        std::find_if(state.links.begin(), state.links.end(),
                     [&](const CaseLink& link) { return link.to == *to && link.relation == word; });
    if (same != state.links.end()) return {};
    json::object fields = {{"to", *to}, {"relation", word}};
    KL_CHECK(link_to_object(entry, state.number, *to, word, fields, body));
    return entry.record(state.number, "linked", std::move(fields));
}

Result<void> unlink_case(DeskEntry& entry, const CaseState& state, JsonBody& body) {
    body.allow_only({"to", "relation"});
    const auto to = body.text("to", {kNumberMax, Need::required});
    const auto relation = body.text("relation", {kNumberMax});
    if (!body.ok()) return body_faults();
    KL_CHECK(unlink_from_object(entry, state.number, *to, relation.value_or("")));
    return entry.record(state.number, "unlinked",
                        {{"to", *to}, {"relation", relation.value_or("")}});
}

Result<void> undo_case(DeskEntry& entry, const CaseState& state, JsonBody& body) {
    body.allow_only({});
    if (!body.ok()) return body_faults();
    const std::vector<Record>& records = entry.records(state.number);
    if (!undo_until(state, records, entry.actor().name, entry.turn().now))
        return state_conflict(state, "undo");
    const std::int64_t seq = records.back().seq;
    // Of a bulk change this case's part alone; all of it has an undo of its own.
    KL_TRY(const std::int64_t bulk, query_i64(entry.turn().db,
                                              "SELECT COUNT(*) FROM core_journal WHERE seq = :seq"
                                              " AND kind = 'bulk'",
                                              {{":seq", seq}}));
    return bulk > 0 ? entry.undo_on(state.number, seq) : entry.undo_entry(seq);
}

}  // namespace klarsyn::servicedesk
