#include "modules/servicedesk/practice/bodies.h"

#include "modules/servicedesk/desk/commands.h"
#include "modules/servicedesk/practice/fields.h"
#include "modules/servicedesk/practice/object.h"
#include "web/org_match.h"

namespace klarsyn::servicedesk {

namespace json = boost::json;
using Lines = JsonBody::TextRule::Lines;

JsonBody::TextRule word_rule(Need need) { return {kWordCharacters, need, Lines::one}; }
JsonBody::TextRule reason_rule(Need need) { return {kReasonCharacters, need, Lines::many}; }
JsonBody::TextRule text_rule(Need need) { return {kTextCharacters, need, Lines::many}; }

void take_body_texts(JsonBody& body, json::object& fields,
                     std::initializer_list<std::string_view> names, JsonBody::TextRule rule) {
    for (const std::string_view name : names)
        if (const auto text = body.text(name, rule)) fields[name] = *text;
}

void take_systems(JsonBody& body, json::object& fields) {
    const auto systems = body.texts("systems", kListMax);
    if (!systems) return;
    std::vector<std::string> list;
    for (const std::string& system : *systems) {
        if (system.size() > kWordCharacters)
            body.fault("systems", "web.body.too_long",
                       {{"maximum", std::to_string(kWordCharacters)}});
        else if (!system.empty() && system.find('\n') == std::string::npos &&
                 !in_list(list, system))
            list.push_back(system);
    }
    fields["systems"] = json_list(list);
}

Result<void> take_places(PracticeWork& work, JsonBody& body, json::object& fields) {
    const auto orgs = body.texts("orgs", kListMax);
    if (!orgs) return {};
    const Day today = Zone::copenhagen().to_local(work.now()).day;
    std::vector<std::string> list;
    for (const std::string& org : *orgs) {
        if (org.empty() || org.size() > kWordCharacters) continue;
        KL_TRY(std::string code, take_org_code(work.entry.turn().db, body, "orgs", org, today));
        if (code.find('\n') == std::string::npos && !in_list(list, code))
            list.push_back(std::move(code));
    }
    fields["orgs"] = json_list(list);
    return {};
}

Result<void> take_owner(PracticeWork& work, JsonBody& body, json::object& fields) {
    const auto org = body.text("org", word_rule());
    if (!org) return {};
    const Day today = Zone::copenhagen().to_local(work.now()).day;
    KL_TRY(const std::string code,
           take_org_code(work.entry.turn().db, body, "org", *org, today));
    fields["org"] = code;
    if (!work.scope.sees(code)) body.fault("org", "servicedesk.desk.foreign_org");
    return {};
}

std::optional<UtcSecond> past_time(PracticeWork& work, JsonBody& body, std::string_view name) {
    const auto at = body.time(name);
    if (at && *at > work.now()) body.fault(name, "servicedesk.practice.in_future");
    return at;
}

Result<const CaseState*> named_case(PracticeWork& work, JsonBody& body, std::string_view name,
                                    Need need) {
    const auto number = body.text(name, word_rule(need));
    if (!number || number->empty()) return static_cast<const CaseState*>(nullptr);
    const auto found = work.entry.find(*number);
    if (!found.ok() && found.error().code != ErrorCode::not_found) return found.error();
    if (found.ok() && work.scope.sees((*found)->org)) return *found;
    body.fault(name, "servicedesk.desk.no_case", {{"number", *number}});
    return static_cast<const CaseState*>(nullptr);
}

json::object changes_of(json::object fields, const json::object& standing) {
    json::object changed, was;
    for (auto& [name, value] : fields) {
        const json::value* now = standing.if_contains(name);
        const json::value before = now == nullptr ? json::value() : *now;
        if (before == value) continue;
        was[name] = before;
        changed[name] = value;
    }
    if (!changed.empty()) changed["was"] = std::move(was);
    return changed;
}

json::array json_list(const std::vector<std::string>& list) {
    return json::array(list.begin(), list.end());
}

Error object_conflict(std::string_view number, std::string_view key) {
    return make_error(ErrorCode::conflict, "servicedesk.practice.state." + std::string(key),
                      {{"number", std::string(number)}});
}

const ObjectCommand* ObjectCommands::find(std::string_view verb) const {
    for (const ObjectCommand& command : verbs)
        if (command.verb == verb) return &command;
    return nullptr;
}

Result<std::vector<std::string>> linked_cases(Connection& db, LinkedBy by, std::string_view number,
                                              const OrgScope& scope) {
    constexpr std::string_view kColumn[] = {"major", "problem", "change_no"};
    const ScopeSql seen = scope_sql(scope, "org");
    Params params = {{":number", std::string(number)}};
    for (const auto& [name, value] : seen.params) params.emplace_back(name, value);
    KL_TRY(const auto rows, db.query("SELECT number FROM servicedesk_case WHERE " +
                                         std::string(kColumn[static_cast<int>(by)]) +
                                         " = :number AND " + seen.condition + " ORDER BY num",
                                     params));
    std::vector<std::string> numbers;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return numbers;
        numbers.emplace_back(rows->text(0));
    }
}

// Which letter a relation asks for; empty: any.
static std::string_view letter_of(std::string_view relation) {
    if (relation == "major") return "M";
    if (relation == "problem") return "P";
    if (relation == "change" || relation == "caused_by") return "C";
    return "";
}

Result<void> link_to_object(DeskEntry& entry, std::string_view case_number, std::string_view to,
                            std::string_view relation, json::object& fields, JsonBody& body) {
    const std::string_view letter = letter_of(relation);
    const ObjectKind* kind = object_kind(to);
    if (kind == nullptr && letter.empty()) return {};
    if (kind == nullptr || (!letter.empty() && kind->letter != letter)) {
        body.fault("relation", "servicedesk.practice.link_kind",
                   {{"number", std::string(to)}, {"relation", std::string(relation)}});
        return body_faults();
    }
    const auto records = entry.find_other(to);
    if (!records.ok()) {
        if (records.error().code != ErrorCode::not_found) return records.error();
        body.fault("to", "servicedesk.practice.no_object", {{"number", std::string(to)}});
        return body_faults();
    }
    if (relation == "problem" && replay_problem(to, **records).status == ProblemStatus::known_error)
        fields["known_error"] = true;
    if (relation == "caused_by") return entry.record_other(to, "caused", {{"case", case_number}});
    return {};
}

Result<void> unlink_from_object(DeskEntry& entry, std::string_view case_number, std::string_view to,
                                std::string_view relation) {
    const ObjectKind* kind = object_kind(to);
    if (kind == nullptr || kind->letter != "C" || (!relation.empty() && relation != "caused_by"))
        return {};
    KL_TRY(const std::vector<Record>* records, entry.find_other(to));
    if (!in_list(replay_change(to, *records).incidents, case_number)) return {};
    return entry.record_other(to, "not_caused", {{"case", case_number}});
}

}  // namespace klarsyn::servicedesk
