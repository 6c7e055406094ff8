#include "modules/servicedesk/practice/order_work.h"

#include <fmt/format.h>

#include <algorithm>

#include "modules/servicedesk/desk/commands.h"
#include "modules/servicedesk/practice/bodies.h"
#include "modules/servicedesk/practice/page_forms.h"

namespace klarsyn::servicedesk {
namespace {

namespace json = boost::json;

constexpr std::int64_t kNumberMax = 1'000'000;
constexpr std::size_t kAnswerCharacters = 2'000;

// One answer as text, and what is wrong with it.
std::string read_answer(JsonBody& body, const CatalogueField& field, const Context& context) {
    const JsonBody::TextRule rule{kAnswerCharacters, field.must ? Need::required : Need::optional,
                                  field.kind == OrderField::area ? JsonBody::TextRule::Lines::many
                                                                 : JsonBody::TextRule::Lines::one};
    if (field.kind == OrderField::number) {
        const auto number = body.integer(field.name, 1, kNumberMax);
        if (!number && field.must && (!body.has(field.name) || body.is_null(field.name)))
            body.fault(field.name, "web.body.required");
        return number ? std::to_string(*number) : "";
    }
    if (field.kind == OrderField::flag)
        return context.text(body.flag(field.name).value_or(false) ? "servicedesk.practice.page.yes"
                                                                  : "servicedesk.practice.page.no");
    const std::string text = body.text(field.name, rule).value_or("");
    if (text.empty()) return text;
    if (field.kind == OrderField::date && !parse_iso_date(text).ok())
        body.fault(field.name, "servicedesk.practice.no_date");
    const bool known = std::find(field.words.begin(), field.words.end(), text) != field.words.end();
    if (field.kind == OrderField::word && !known)
        body.fault(field.name, "web.body.word", {{"words", joined_list(field.words)}});
    return text;
}

json::object ordered_body(const CatalogueForm& form, json::array answers) {
    json::array steps;
    for (const CatalogueStep& step : form.steps)
        steps.push_back(
            {{"id", step.id}, {"da", step.title.da}, {"en", step.title.en}, {"group", step.group}});
    return {
        {"form", form.id},           {"da", form.title.da},           {"en", form.title.en},
        {"approval", form.approval}, {"answers", std::move(answers)}, {"steps", std::move(steps)}};
}

}  // namespace

Result<std::string> place_order(Context& context, PracticeWork& work, const CatalogueForm& form,
                                JsonBody& body) {
    json::array answers;
    std::string text;
    for (const CatalogueField& field : form.fields) {
        const std::string value = read_answer(body, field, context);
        if (value.empty()) continue;
        const std::string& title = field.title.in(context.language);
        answers.push_back({{"name", field.name}, {"title", title}, {"value", value}});
        text += fmt::format("{}: {}\n", title, value);
    }
    for (const auto& [name, value] : body.object()) {
        const bool known =
            std::any_of(form.fields.begin(), form.fields.end(),
                        [&](const CatalogueField& field) { return field.name == name; });
        if (!known) body.fault(name, "web.body.unknown_field");
    }
    if (!body.ok()) return body_faults();
    const Account& account = context.account;
    JsonBody opening = JsonBody::of({{"type", "request"},
                                     {"title", form.title.in(context.language)},
                                     {"text", text},
                                     {"category", form.category},
                                     {"system", form.system},
                                     {"org", account.org},
                                     {"contact", "self_service"},
                                     {"group", form.steps.front().group},
                                     {"caller",
                                      {{"name", account.shown_name()},
                                       {"account", account.name},
                                       {"phone", account.phone},
                                       {"mail", account.mail}}}});
    KL_TRY(const std::string number, open_case(work.entry, opening));
    KL_CHECK(work.entry.record(number, "ordered", ordered_body(form, std::move(answers))));
    // Nobody may begin before somebody has decided: that time is not the desk's.
    if (form.approval)
        KL_CHECK(work.entry.record(number, "held",
                                   {{"reason", kAwaitingApproval}, {"note", ""}}));
    return number;
}

Result<ReadOrder> read_order(Context& context, std::string_view number) {
    const Error missing = make_error(ErrorCode::not_found, "servicedesk.practice.no_object",
                                     {{"number", std::string(number)}});
    if (!number.starts_with("K")) return missing;
    ReadOrder read;
    KL_TRY(read.records, load_records(context.db(), number));
    const auto order = replay_order(read.records);
    if (!order) return missing;
    read.order = *order;
    read.state = replay(number, read.records);
    const bool own = read.order.account == context.account.name;
    const bool agent = context.may(Permission::cases) && context.scope.sees(read.state.org);
    if (!own && !agent) return missing;
    return read;
}

bool may_decide(const Context& context, const Order& order) {
    return context.may(Permission::manage) && order.account != context.account.name;
}

namespace {

Result<void> approve(Context& context, PracticeWork& work, const ReadOrder& read, JsonBody& body,
                     Order::Approval decision) {
    body.allow_only({"reason"});
    const bool rejects = decision == Order::Approval::rejected;
    const auto reason = body.text("reason", reason_rule(rejects ? Need::required : Need::optional));
    if (!body.ok()) return body_faults();
    const std::string& number = read.state.number;
    if (read.order.approval != Order::Approval::waiting || !read.state.unsolved())
        return object_conflict(number, "order_decided");
    if (!may_decide(context, read.order))
        return make_error(ErrorCode::refused, "servicedesk.practice.no_approver",
                          {{"number", number}});
    KL_CHECK(work.entry.record(number, rejects ? "order_rejected" : "order_approved",
                               {{"reason", reason.value_or("")}}));
    if (!rejects) {
        if (!awaits_approval(work.entry.state(number))) return {};  // ordered before orders waited
        return work.entry.record(number, "resumed", {{"note", ""}});
    }
    return work.entry.record(number, "closed", {{"reason", "withdrawn"}, {"note", *reason}});
}

// The next step's group takes the case over.
Result<void> pass_on(PracticeWork& work, const std::string& number, const OrderStep& done,
                     const std::string& group) {
    const CaseState& state = work.entry.state(number);
    if (group == state.group) return {};
    const SupportGroupInfo* info = work.entry.rules().group(group);
    return work.entry.record(number, "moved",
                             {{"group", group},
                              {"level", info != nullptr ? info->level : state.level},
                              {"reason", done.title.in(work.language)},
                              {"assignee", ""},
                              {"from", {{"group", state.group}, {"level", state.level}}}});
}

Result<void> finish_step(Context& context, PracticeWork& work, const ReadOrder& read,
                         JsonBody& body) {
    body.allow_only({"step", "note"});
    const auto id = body.text("step", word_rule(Need::required));
    const auto note = body.text("note", reason_rule());
    if (!body.ok()) return body_faults();
    const std::string& number = read.state.number;
    const OrderStep* next = read.order.next();
    if (!read.state.unsolved() || next == nullptr) return object_conflict(number, "order_over");
    if (read.order.approval == Order::Approval::waiting)
        return object_conflict(number, "order_waits");
    if (next->id != *id) {
        body.fault("step", "servicedesk.practice.other_step",
                   {{"step", next->title.in(work.language)}});
        return body_faults();
    }
    KL_CHECK(work.entry.record(number, "step_done", {{"step", *id}, {"note", note.value_or("")}}));
    if (next + 1 < read.order.steps.data() + read.order.steps.size())
        return pass_on(work, number, *next, (next + 1)->group);
    return work.entry.record(number, "resolved",
                             {{"resolution", context.text("servicedesk.practice.page.delivered")},
                              {"code", "order"},
                              {"phone_agent", ""}});
}

}  // namespace

OrderVerb find_order_verb(std::string_view verb) {
    if (verb == "approve")
        return [](Context& context, PracticeWork& work, const ReadOrder& read, JsonBody& body) {
            return approve(context, work, read, body, Order::Approval::approved);
        };
    if (verb == "reject")
        return [](Context& context, PracticeWork& work, const ReadOrder& read, JsonBody& body) {
            return approve(context, work, read, body, Order::Approval::rejected);
        };
    return verb == "step" ? finish_step : nullptr;
}

Result<void> run_order_verb(Context& context, OrderVerb verb, const ReadOrder& read,
                            JsonBody& body) {
    return run_practice(context, "case", body, [&](PracticeWork& work) -> Result<void> {
        KL_TRY([[maybe_unused]] const CaseState* state, work.entry.find(read.state.number));
        return verb(context, work, read, body);
    });
}

}  // namespace klarsyn::servicedesk
