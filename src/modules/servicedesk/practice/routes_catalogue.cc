// /api/v1/catalogue and /api/v1/orders.

#include "modules/servicedesk/desk/answers.h"
#include "modules/servicedesk/desk/case_json.h"
#include "modules/servicedesk/practice/bodies.h"
#include "modules/servicedesk/practice/order_work.h"
#include "web/problem.h"

namespace klarsyn::servicedesk {
namespace {

namespace json = boost::json;

std::string_view kind_word(OrderField kind) {
    constexpr std::string_view kWords[] = {"line", "area", "word", "date", "number", "flag"};
    return kWords[static_cast<std::size_t>(kind)];
}

Error no_form(std::string_view id) {
    return make_error(ErrorCode::not_found, "servicedesk.practice.no_form",
                      {{"name", std::string(id)}});
}

json::object form_json(const CatalogueForm& form, Language language) {
    json::array fields, steps;
    for (const CatalogueField& field : form.fields)
        fields.push_back({{"name", field.name},
                          {"title", field.title.in(language)},
                          {"kind", kind_word(field.kind)},
                          {"words", json_list(field.words)},
                          {"must", field.must}});
    for (const CatalogueStep& step : form.steps)
        steps.push_back(
            {{"id", step.id}, {"title", step.title.in(language)}, {"group", step.group}});
    return {{"id", form.id},
            {"title", form.title.in(language)},
            {"text", form.text.in(language)},
            {"approval", form.approval},
            {"fields", std::move(fields)},
            {"steps", std::move(steps)}};
}

json::object order_json(std::string_view number, const CaseState& state, const Order& order,
                        Language language) {
    json::array answers, steps;
    for (const OrderAnswer& one : order.answers)
        answers.push_back({{"name", one.name}, {"title", one.title}, {"value", one.value}});
    for (const OrderStep& step : order.steps)
        steps.push_back({{"id", step.id},
                         {"title", step.title.in(language)},
                         {"group", step.group},
                         {"done_at", time_json(step.done_at)},
                         {"actor", text_json(step.actor)},
                         {"note", text_json(step.note)}});
    return {{"number", number},
            {"form", order.form},
            {"title", order.title.in(language)},
            {"state", status_name(state.status)},
            {"ordered_by", order.account},
            {"approval", approval_name(order.approval)},
            {"decided_by", text_json(order.decided_by)},
            {"decided_at", time_json(order.decided_at)},
            {"reason", text_json(order.reason)},
            {"answers", std::move(answers)},
            {"steps", std::move(steps)}};
}

Result<Response> order_answer(Context& context, std::string_view number, int status) {
    KL_TRY(const ReadOrder read, read_order(context, number));
    return json_answer(status, order_json(number, read.state, read.order, context.language));
}

}  // namespace

Result<Response> get_catalogue(const Request&, Context& context) {
    KL_TRY(const RequestCatalogue catalogue,
           load_catalogue(context.db(), context.site.clock.now()));
    json::array items;
    for (const CatalogueForm& form : catalogue.forms)
        items.push_back(form_json(form, context.language));
    return json_answer(200, {{"items", std::move(items)}});
}

Result<Response> post_order(const Request& request, Context& context) {
    KL_TRY(const RequestCatalogue catalogue,
           load_catalogue(context.db(), context.site.clock.now()));
    const CatalogueForm* form = catalogue.find(request.param("form"));
    if (form == nullptr) return no_form(request.param("form"));
    KL_TRY(JsonBody body, JsonBody::parse(request));
    std::string number;
    const auto done = run_practice(context, "case", body, [&](PracticeWork& work) -> Result<void> {
        KL_TRY(number, place_order(context, work, *form, body));
        return {};
    });
    if (!body.ok()) return faults_problem(context, body.faults());
    if (!done.ok()) return done.error();
    KL_TRY(Response response, order_answer(context, number, 201));
    response.headers.emplace_back("Location", "/api/v1/orders/" + number);
    return response;
}

Result<Response> get_order(const Request& request, Context& context) {
    return order_answer(context, request.param("number"), 200);
}

Result<Response> post_order_command(const Request& request, Context& context) {
    const OrderVerb verb = find_order_verb(request.param("verb"));
    if (verb == nullptr) return web_error(404);
    KL_TRY(const ReadOrder read, read_order(context, request.param("number")));
    KL_TRY(JsonBody body, JsonBody::parse(request));
    const auto done = run_order_verb(context, verb, read, body);
    if (!body.ok()) return faults_problem(context, body.faults());
    if (!done.ok()) return done.error();
    return order_answer(context, read.state.number, 200);
}

}  // namespace klarsyn::servicedesk
