// Problems: the cause behind cases, and what helps until it is gone.
#include "modules/servicedesk/desk/commands.h"
#include "modules/servicedesk/practice/bodies.h"

namespace klarsyn::servicedesk {
namespace {

namespace json = boost::json;

ProblemState standing(PracticeWork& work, std::string_view number) {
    return replay_problem(number, **work.entry.find_other(number));
}

Result<void> take_fields(JsonBody& body, json::object& fields, Need title) {
    if (const auto text = body.text("title", {kTitleCharacters, title})) fields["title"] = *text;
    take_body_texts(body, fields, {"text", "cause", "workaround"}, text_rule());
    take_body_texts(body, fields, {"owner"}, word_rule());
    take_systems(body, fields);
    return {};
}

Result<void> point_to(PracticeWork& work, const std::string& case_number, std::string_view problem,
                      bool known) {
    const CaseState& state = work.entry.state(case_number);
    if (state.problem == problem) return {};
    if (!state.problem.empty())
        KL_CHECK(work.entry.record(case_number, "unlinked",
                                   {{"to", state.problem}, {"relation", "problem"}}));
    json::object fields = {{"to", problem}, {"relation", "problem"}};
    if (known) fields["known_error"] = true;
    return work.entry.record(case_number, "linked", std::move(fields));
}

Result<std::string> open(PracticeWork& work, JsonBody& body) {
    body.allow_only({"title", "text", "systems", "org", "owner", "cause", "workaround", "case"});
    KL_TRY(const CaseState* origin, named_case(work, body, "case", Need::optional));
    json::object fields = {{"owner", work.entry.actor().name}};
    if (origin != nullptr) {
        fields["title"] = origin->title;
        if (!origin->system.empty()) fields["systems"] = json::array{json::value(origin->system)};
    }
    KL_CHECK(take_fields(body, fields, origin != nullptr ? Need::optional : Need::required));
    KL_CHECK(take_owner(work, body, fields));
    if (!body.ok()) return body_faults();
    const std::string from = origin != nullptr ? origin->number : "";
    const std::string workaround = body_text(fields, "workaround");
    KL_TRY(const std::string number, work.entry.open_other("P", std::move(fields)));
    if (!workaround.empty())
        KL_CHECK(work.entry.record_other(number, "known_error", {{"workaround", workaround}}));
    if (!from.empty()) KL_CHECK(point_to(work, from, number, false));
    return number;
}

Result<void> change(PracticeWork& work, std::string_view number, JsonBody& body) {
    body.allow_only({"title", "text", "systems", "owner", "cause", "workaround"});
    const ProblemState state = standing(work, number);
    json::object fields;
    KL_CHECK(take_fields(body, fields, Need::optional));
    if (fields.contains("title") && body_text(fields, "title").empty())
        body.fault("title", "web.body.required");
    if (state.status == ProblemStatus::known_error && fields.contains("workaround") &&
        body_text(fields, "workaround").empty())
        body.fault("workaround", "web.body.required");
    if (!body.ok()) return body_faults();
    if (!state.open_state()) return object_conflict(number, "problem_over");
    json::object changed = changes_of(std::move(fields), {{"title", state.title},
                                                          {"text", state.text},
                                                          {"owner", state.owner},
                                                          {"cause", state.cause},
                                                          {"workaround", state.workaround},
                                                          {"systems", json_list(state.systems)}});
    if (changed.empty()) return {};
    return work.entry.record_other(number, "changed", std::move(changed));
}

Result<void> make_known(PracticeWork& work, std::string_view number, JsonBody& body) {
    body.allow_only({"cause", "workaround"});
    const auto workaround = body.text("workaround", text_rule(Need::required));
    json::object fields;
    take_body_texts(body, fields, {"cause"}, text_rule());
    if (!body.ok()) return body_faults();
    if (!standing(work, number).open_state()) return object_conflict(number, "problem_over");
    fields["workaround"] = *workaround;
    return work.entry.record_other(number, "known_error", std::move(fields));
}

Result<void> note(PracticeWork& work, std::string_view number, JsonBody& body) {
    body.allow_only({"text"});
    const auto text = body.text("text", text_rule(Need::required));
    if (!body.ok()) return body_faults();
    return work.entry.record_other(number, "noted", {{"text", *text}});
}

Result<void> link(PracticeWork& work, std::string_view number, JsonBody& body) {
    body.allow_only({"case"});
    KL_TRY(const CaseState* found, named_case(work, body, "case", Need::required));
    if (!body.ok()) return body_faults();
    const ProblemState state = standing(work, number);
    if (state.status == ProblemStatus::closed) return object_conflict(number, "problem_over");
    const std::string case_number = found->number;
    KL_CHECK(point_to(work, case_number, number, state.status == ProblemStatus::known_error));
    return work.entry.record_other(number, "case_linked", {{"case", case_number}});
}

Result<void> unlink(PracticeWork& work, std::string_view number, JsonBody& body) {
    body.allow_only({"case"});
    KL_TRY(const CaseState* found, named_case(work, body, "case", Need::required));
    if (body.ok() && found->problem != number)
        body.fault("case", "servicedesk.practice.not_linked", {{"number", found->number}});
    if (!body.ok()) return body_faults();
    const std::string case_number = found->number;
    KL_CHECK(work.entry.record(case_number, "unlinked", {{"to", number}, {"relation", "problem"}}));
    return work.entry.record_other(number, "case_unlinked", {{"case", case_number}});
}

Result<void> resolve(PracticeWork& work, std::string_view number, JsonBody& body) {
    body.allow_only({"resolution", "change"});
    const auto resolution = body.text("resolution", text_rule(Need::required));
    const auto change_number = body.text("change", word_rule());
    if (change_number && !change_number->empty()) {
        const auto found = work.entry.find_other(*change_number);
        if (!found.ok() || !change_number->starts_with("C"))
            body.fault("change", "servicedesk.practice.no_object", {{"number", *change_number}});
    }
    if (!body.ok()) return body_faults();
    if (!standing(work, number).open_state()) return object_conflict(number, "problem_over");
    return work.entry.record_other(
        number, "resolved", {{"resolution", *resolution}, {"change", change_number.value_or("")}});
}

Result<void> reopen(PracticeWork& work, std::string_view number, JsonBody& body) {
    body.allow_only({"reason"});
    const auto reason = body.text("reason", reason_rule(Need::required));
    if (!body.ok()) return body_faults();
    if (standing(work, number).open_state()) return object_conflict(number, "problem_open");
    return work.entry.record_other(number, "reopened", {{"reason", *reason}});
}

// What nobody solved is closed only by saying that it is lived with, or that it is no problem.
Result<void> close(PracticeWork& work, std::string_view number, JsonBody& body) {
    body.allow_only({"reason", "note"});
    const auto reason = body.word("reason", {"solved", "accepted", "no_problem"});
    const auto words = body.text("note", reason_rule());
    if (!body.ok()) return body_faults();
    const ProblemState state = standing(work, number);
    const std::string why = reason.value_or("solved");
    if (state.status == ProblemStatus::closed) return object_conflict(number, "problem_over");
    if (why == "solved" && state.status != ProblemStatus::resolved)
        return object_conflict(number, "problem_unsolved");
    return work.entry.record_other(number, "closed",
                                   {{"reason", why}, {"note", words.value_or("")}});
}

constexpr ObjectCommand kVerbs[] = {
    {"known_error", make_known}, {"note", note},     {"link", link},   {"unlink", unlink},
    {"resolve", resolve},        {"reopen", reopen}, {"close", close},
};

}  // namespace

const ObjectCommands& problem_commands() {
    static constexpr ObjectCommands kCommands{"P", open, change, kVerbs};
    return kCommands;
}

}  // namespace klarsyn::servicedesk
