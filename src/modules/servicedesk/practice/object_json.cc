#include "modules/servicedesk/practice/object_json.h"

#include "modules/servicedesk/desk/case_json.h"
#include "modules/servicedesk/practice/bodies.h"
#include "modules/servicedesk/practice/major_notices.h"

namespace klarsyn::servicedesk {
namespace {

namespace json = boost::json;

constexpr UtcSecond kMonthSeconds = 30 * 86'400;

// Times inside a body are seconds under names that end in _at; the API's are texts.
json::object event_body(const json::object& body) {
    json::object shown;
    for (const auto& [name, value] : body) {
        const bool time = std::string_view(name).ends_with("_at") && value.is_int64();
        if (time)
            shown[name] = iso_utc(value.as_int64());
        else if (value.is_object())
            shown[name] = event_body(value.as_object());
        else
            shown[name] = value;
    }
    return shown;
}

json::array events_json(std::span<const Record> records) {
    json::array events;
    for (const Record& record : records)
        events.push_back({{"n", record.n},
                          {"at", iso_utc(record.at)},
                          {"actor", record.actor},
                          {"kind", record.kind},
                          {"body", event_body(record.body)}});
    return events;
}

json::value review_json(const std::optional<MajorReview>& review) {
    if (!review) return nullptr;
    return json::object{{"what_happened", review->what_happened},
                        {"went_well", review->went_well},
                        {"went_badly", review->went_badly},
                        {"actions", json_list(review->actions)},
                        {"at", iso_utc(review->at)},
                        {"actor", review->actor}};
}

json::array duties_json(const std::vector<LegalDuty>& duties) {
    json::array list;
    for (const LegalDuty& duty : duties)
        list.push_back({{"law", duty.law},
                        {"applies", duty.applies},
                        {"reason", duty.reason},
                        {"aware_at", time_json(duty.aware_at)}});
    return list;
}

json::object major_json(const MajorState& state) {
    return {{"number", state.number},
            {"version", state.version},
            {"state", major_status_name(state.status)},
            {"open", state.open()},
            {"title", state.title},
            {"text", state.text},
            {"org", text_json(state.org)},
            {"criticality", state.criticality},
            {"criteria", json_list(state.criteria)},
            {"systems", json_list(state.systems)},
            {"orgs", json_list(state.orgs)},
            {"manager", text_json(state.manager)},
            {"case", text_json(state.case_number)},
            {"started_at", iso_utc(state.started_at)},
            {"declared_at", iso_utc(state.declared_at)},
            {"updated_at", iso_utc(state.updated_at)},
            {"resolved_at", time_json(state.resolved_at)},
            {"closed_at", time_json(state.closed_at)},
            {"next_update_at", time_json(state.next_update_at)},
            {"resolution", text_json(state.resolution)},
            {"cause", text_json(state.cause)},
            {"withdrawn_reason", text_json(state.withdrawn_reason)},
            {"duties", duties_json(state.duties)},
            {"review", review_json(state.review)}};
}

json::object problem_json(const ProblemState& state) {
    return {{"number", state.number},
            {"version", state.version},
            {"state", problem_status_name(state.status)},
            {"open", state.open_state()},
            {"title", state.title},
            {"text", state.text},
            {"org", text_json(state.org)},
            {"systems", json_list(state.systems)},
            {"owner", text_json(state.owner)},
            {"cause", text_json(state.cause)},
            {"workaround", text_json(state.workaround)},
            {"resolution", text_json(state.resolution)},
            {"change", text_json(state.change)},
            {"close_reason", text_json(state.close_reason)},
            {"opened_at", iso_utc(state.opened_at)},
            {"updated_at", iso_utc(state.updated_at)},
            {"known_at", time_json(state.known_at)},
            {"resolved_at", time_json(state.resolved_at)},
            {"closed_at", time_json(state.closed_at)}};
}

json::object approval_json(const ChangeState& state) {
    json::array votes;
    for (const ChangeVote& vote : state.votes)
        votes.push_back({{"actor", vote.actor},
                         {"decision", vote.decision},
                         {"note", text_json(vote.note)},
                         {"at", iso_utc(vote.at)}});
    return {{"rule", state.approval_rule},
            {"needed", state.approvals_needed},
            {"given", state.approvals()},
            {"votes", std::move(votes)}};
}

json::object change_json(const ChangeState& state) {
    return {{"number", state.number},
            {"version", state.version},
            {"state", change_status_name(state.status)},
            {"open", state.open()},
            {"type", state.type},
            {"title", state.title},
            {"text", state.text},
            {"org", text_json(state.org)},
            {"systems", json_list(state.systems)},
            {"orgs", json_list(state.orgs)},
            {"impact", state.impact},
            {"likelihood", state.likelihood},
            {"risk", state.risk},
            {"requester", text_json(state.requester)},
            {"assignee", text_json(state.assignee)},
            {"plan", state.plan},
            {"backout", state.backout},
            {"test", state.test},
            {"problem", text_json(state.problem)},
            {"planned_from", time_json(state.planned_from)},
            {"planned_to", time_json(state.planned_to)},
            {"freeze_reason", text_json(state.freeze_reason)},
            {"collision_reason", text_json(state.collision_reason)},
            {"approval", approval_json(state)},
            {"requested_at", iso_utc(state.requested_at)},
            {"updated_at", iso_utc(state.updated_at)},
            {"started_at", time_json(state.started_at)},
            {"ended_at", time_json(state.ended_at)},
            {"closed_at", time_json(state.closed_at)},
            {"result", text_json(state.result)},
            {"result_note", text_json(state.result_note)},
            {"cancel_reason", text_json(state.cancel_reason)},
            {"incidents", json_list(state.incidents)}};
}

Result<void> add_major(Context& context, const MajorState& state, json::object& body) {
    KL_TRY(const auto cases,
           linked_cases(context.db(), LinkedBy::major, state.number, context.scope));
    KL_TRY(const std::int64_t all,
           query_i64(context.db(), "SELECT COUNT(*) FROM servicedesk_case WHERE major = :number",
                     {{":number", state.number}}));
    body["cases"] = json_list(cases);
    body["hidden_cases"] = all - static_cast<std::int64_t>(cases.size());
    body["clocks"] = clocks_json(statutory_clocks(state.duties, context.site.clock.now()));
    KL_TRY(const auto notices, major_notices(context.db(), state.number));
    json::array told;
    for (const MajorNotice& notice : notices) told.emplace_back(notice.number);
    body["notices"] = std::move(told);
    return {};
}

Result<void> add_problem(Context& context, const ProblemState& state, json::object& body) {
    KL_TRY(const auto cases,
           linked_cases(context.db(), LinkedBy::problem, state.number, context.scope));
    KL_TRY(const Pain pain, pain_of(context.db(), state.number, context.site.clock.now()));
    body["cases"] = json_list(cases);
    body["hidden_cases"] = pain.cases - static_cast<std::int64_t>(cases.size());
    body["pain"] = pain_json(pain);
    return {};
}

Result<void> add_change(Context& context, const ChangeState& state, json::object& body) {
    const UtcSecond now = context.site.clock.now();
    std::vector<Freeze> freezes;
    std::vector<Collision> collisions;
    if (state.open() && state.planned_from && state.planned_to) {
        KL_TRY(const auto rules, practice_rules(context.db(), context.memory(), now));
        freezes = rules->freeze.touching(*state.planned_from, *state.planned_to, state.systems);
        KL_TRY(collisions, find_collisions(context.db(), {*state.planned_from, *state.planned_to},
                                           state.systems, state.number, context.scope));
    }
    KL_TRY(const auto cases,
           linked_cases(context.db(), LinkedBy::change, state.number, context.scope));
    body["cases"] = json_list(cases);
    body["freezes"] = freezes_json(freezes, context.language);
    body["collisions"] = collisions_json(collisions);
    return {};
}

}  // namespace

json::object row_json(const ObjectRow& row) {
    json::object body = {{"number", row.number},
                         {"version", row.version},
                         {"state", row.state},
                         {"open", row.open},
                         {"title", row.title},
                         {"org", text_json(row.org)},
                         {"systems", json_list(row.systems)},
                         {"updated_at", iso_utc(row.updated_at)},
                         {"closed_at", time_json(row.closed_at)}};
    if (row.kind == "major") {
        body["criticality"] = row.rank;
        body["orgs"] = json_list(row.orgs);
        body["declared_at"] = iso_utc(row.opened_at);
        body["started_at"] = time_json(row.starts_at);
        body["resolved_at"] = time_json(row.ends_at);
    } else if (row.kind == "change") {
        body["risk"] = row.rank;
        body["orgs"] = json_list(row.orgs);
        body["requested_at"] = iso_utc(row.opened_at);
        body["planned_from"] = time_json(row.starts_at);
        body["planned_to"] = time_json(row.ends_at);
    } else {
        body["opened_at"] = iso_utc(row.opened_at);
    }
    return body;
}

Result<Pain> pain_of(Connection& db, std::string_view problem, UtcSecond now) {
    KL_TRY(
        const auto rows,
        db.query("SELECT COUNT(*), CAST(COALESCE(SUM(open), 0) AS BIGINT),"
                 " CAST(COALESCE(SUM(CASE WHEN opened_at > :since THEN 1 ELSE 0 END), 0) AS BIGINT)"
                 " FROM servicedesk_case WHERE problem = :problem",
                 {{":problem", std::string(problem)}, {":since", now - kMonthSeconds}}));
    KL_TRY([[maybe_unused]] const bool found, rows->next());
    return Pain{rows->i64(0), rows->i64(1), rows->i64(2)};
}

json::object pain_json(const Pain& pain) {
    return {{"cases", pain.cases},
            {"open_cases", pain.open_cases},
            {"last_30_days", pain.last_30_days}};
}

json::object object_base(std::string_view number, std::span<const Record> records) {
    if (number.starts_with("M")) return major_json(replay_major(number, records));
    if (number.starts_with("P")) return problem_json(replay_problem(number, records));
    return change_json(replay_change(number, records));
}

Result<ReadObject> read_object(Context& context, std::string_view number) {
    KL_TRY(auto row, find_object(context.db(), number, context.scope));
    if (!row)
        return make_error(ErrorCode::not_found, "servicedesk.practice.no_object",
                          {{"number", std::string(number)}});
    ReadObject read;
    read.row = std::move(*row);
    KL_TRY(read.records, load_records(context.db(), number));
    read.body = object_base(number, read.records);
    if (read.row.kind == "major")
        KL_CHECK(add_major(context, replay_major(number, read.records), read.body));
    else if (read.row.kind == "problem")
        KL_CHECK(add_problem(context, replay_problem(number, read.records), read.body));
    else
        KL_CHECK(add_change(context, replay_change(number, read.records), read.body));
    read.body["events"] = events_json(read.records);
    return read;
}

json::array clocks_json(const std::vector<DutyClock>& clocks) {
    json::array list;
    for (const DutyClock& clock : clocks)
        list.push_back({{"law", clock.law},
                        {"step", clock.step},
                        {"state", clock_state_name(clock.state)},
                        {"from", time_json(clock.from)},
                        {"due_at", time_json(clock.due_at)},
                        {"done_at", time_json(clock.done_at)},
                        {"reference", text_json(clock.reference)}});
    return list;
}

json::array freezes_json(const std::vector<Freeze>& freezes, Language language) {
    json::array list;
    for (const Freeze& freeze : freezes)
        list.push_back({{"id", freeze.id},
                        {"title", freeze.title.in(language)},
                        {"from", iso_utc(freeze.from)},
                        {"to", iso_utc(freeze.to)}});
    return list;
}

json::array collisions_json(const std::vector<Collision>& collisions) {
    json::array list;
    for (const Collision& one : collisions)
        list.push_back({{"number", one.number},
                        {"title", text_json(one.title)},
                        {"state", one.state},
                        {"from", iso_utc(one.from)},
                        {"to", iso_utc(one.to)},
                        {"systems", json_list(one.systems)}});
    return list;
}

}  // namespace klarsyn::servicedesk
