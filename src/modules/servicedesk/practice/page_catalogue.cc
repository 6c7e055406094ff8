// /catalogue, /catalogue/{form} and /orders/{number}: ordering, and what became of it.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "modules/servicedesk/practice/order_work.h"
#include "modules/servicedesk/practice/page_forms.h"
#include "web/problem.h"

namespace klarsyn::servicedesk {
namespace {

namespace json = boost::json;

std::string words(const Context& context, std::string_view key, const TextArgs& args = {}) {
    return context.text("servicedesk.practice.page." + std::string(key), args);
}

std::string field_input(const Context& context, const CatalogueField& field,
                        const SentForm& state) {
    const std::string id = "order-" + escape_html(field.name);
    const std::string name = escape_html(field.name);
    const std::string value = state.value(field.name);
    if (field.kind == OrderField::area)
        return fmt::format("<textarea id=\"{}\" name=\"{}\" rows=\"4\">\n{}</textarea>", id, name,
                           escape_html(value));
    if (field.kind != OrderField::word)
        return fmt::format("<input id=\"{}\" name=\"{}\" type=\"{}\" value=\"{}\"{}>", id, name,
                           field.kind == OrderField::date ? "date" : "text", escape_html(value),
                           field.kind == OrderField::number ? " inputmode=\"numeric\"" : "");
    std::string options =
        fmt::format("<option value=\"\">{}</option>", escape_html(words(context, "choose")));
    for (const std::string& word : field.words)
        options += fmt::format("<option value=\"{0}\"{1}>{0}</option>", escape_html(word),
                               word == value ? " selected" : "");
    return fmt::format("<select id=\"{}\" name=\"{}\">{}</select>", id, name, options);
}

std::string field_html(const Context& context, const CatalogueField& field,
                       const SentForm& state) {
    const std::string title = field.title.in(context.language);
    std::string fault;
    for (const BodyFault& one : state.faults)
        if (one.pointer.substr(1) == field.name)
            fault += fmt::format("<p class=\"k-fault\">{}</p>",
                                 escape_html(context.text(one.key, one.args)));
    if (field.kind == OrderField::flag)
        return fmt::format(
            "<label class=\"k-choice\" for=\"order-{0}\"><input id=\"order-{0}\""
            " type=\"checkbox\" name=\"{0}\" value=\"yes\"{1}>{2}</label>{3}",
            escape_html(field.name), state.ticked(field.name, "yes") ? " checked" : "",
            escape_html(title), fault);
    return fmt::format("<label for=\"order-{}\">{}</label>{}{}", escape_html(field.name),
                       escape_html(field.must ? title : title + " " + words(context, "optional")),
                       fault, field_input(context, field, state));
}

std::string order_faults(const Context& context, const CatalogueForm& form,
                         const SentForm& state) {
    if (state.clean()) return "";
    std::string items;
    for (const BodyFault& fault : state.faults) {
        const std::string name = fault.pointer.substr(1);
        std::string title = name;
        for (const CatalogueField& field : form.fields)
            if (field.name == name) title = field.title.in(context.language);
        items += fmt::format("<li><a href=\"#order-{}\">{}: {}</a></li>", escape_html(name),
                             escape_html(title), escape_html(context.text(fault.key, fault.args)));
    }
    if (!state.message.empty()) items += "<li>" + escape_html(state.message) + "</li>";
    return fmt::format("<div class=\"k-faults\" role=\"alert\"><h2>{}</h2><ul>{}</ul></div>",
                       escape_html(words(context, "faults")), items);
}

Result<Response> form_page(const Request& request, Context& context, const CatalogueForm& form,
                           const SentForm& state) {
    const std::string title = form.title.in(context.language);
    std::string fields, steps;
    for (const CatalogueField& field : form.fields) fields += field_html(context, field, state);
    for (const CatalogueStep& step : form.steps)
        steps += "<li>" + escape_html(step.title.in(context.language)) + "</li>";
    std::string main = heading(1, title) + paragraph(form.text.in(context.language), "k-lead") +
                       order_faults(context, form, state);
    main += fmt::format(
        "<form class=\"k-form k-roomy\" method=\"post\" action=\"/catalogue/{}\">{}{}"
        "<button class=\"k-button\" type=\"submit\">{}</button></form>",
        url_encode(form.id), csrf_field(context), fields, escape_html(words(context, "order")));
    main += heading(2, words(context, "what_happens"));
    main += fmt::format(
        "<ol>{}{}</ol>",
        form.approval ? "<li>" + escape_html(words(context, "gets_approved")) + "</li>" : "",
        steps);
    return html_page(context, {title, Menu::catalogue, state.clean() ? 200 : 400, request.target},
                     main);
}

JsonBody answers_of(const CatalogueForm& form, const Pairs& values) {
    json::object body;
    const SentForm sent{"", values, {}, ""};
    for (const CatalogueField& field : form.fields) {
        const std::string text = sent.value(field.name);
        if (field.kind == OrderField::flag)
            body[field.name] = text == "yes";
        else if (text.empty())
            continue;
        else if (field.kind != OrderField::number)
            body[field.name] = text;
        else if (text.find_first_not_of("0123456789") == std::string::npos && text.size() < 10)
            body[field.name] = std::atoi(text.c_str());
        else
            body[field.name] = text;  // the command says what is wrong
    }
    return JsonBody::of(std::move(body));
}

std::string steps_html(const Context& context, const Order& order) {
    std::string rows;
    for (const OrderStep& step : order.steps)
        rows += fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td></tr>",
                            escape_html(step.title.in(context.language)), escape_html(step.group),
                            when_html(step.done_at, context.language), escape_html(step.note));
    return table_html({"steps",
                       words(context, "steps_caption"),
                       {words(context, "step"), words(context, "group"), words(context, "done"),
                        words(context, "note")}},
                      rows);
}

std::string answers_html(const Order& order) {
    std::string items;
    for (const OrderAnswer& one : order.answers)
        items +=
            fmt::format("<dt>{}</dt><dd>{}</dd>", escape_html(one.title), escape_html(one.value));
    return items.empty() ? "" : "<dl class=\"k-facts\">" + items + "</dl>";
}

const FormSpec kApprove{"approve", {{"reason", FieldKind::area}}};
const FormSpec kReject{"reject", {{"reason", FieldKind::area, {}, true}}};
const FormSpec kStep{"step", {{"note", FieldKind::area}}};

std::string order_work(const Context& context, const ReadOrder& read, const SentForm& sent) {
    const FormPlace place{"/orders/" + read.state.number, "order"};
    if (!read.state.unsolved()) return "";
    if (read.order.approval == Order::Approval::waiting) {
        if (!may_decide(context, read.order)) return "";
        return folded_form(context, kApprove, sent, place) +
               folded_form(context, kReject, sent, place);
    }
    const OrderStep* next = read.order.next();
    if (next == nullptr || !context.may(Permission::case_work)) return "";
    return heading(2, words(context, "next_step", {{"step", next->title.in(context.language)}})) +
           form_html(context, kStep, sent, place);
}

Result<Response> order_page(const Request& request, Context& context, const SentForm& sent) {
    KL_TRY(const ReadOrder read, read_order(context, request.param("number")));
    const std::string title = read.state.number + " " + read.order.title.in(context.language);
    std::string main = heading(1, title) + faults_html(context, sent);
    const std::string state = "order_" + std::string(approval_name(read.order.approval));
    main += paragraph(
        read.state.unsolved()
            ? words(context, state)
            : words(context, read.order.approval == Order::Approval::rejected ? "order_rejected"
                                                                              : "order_over"),
        "k-lead");
    if (!read.order.reason.empty()) main += paragraph(read.order.reason);
    main += answers_html(read.order) + steps_html(context, read.order) +
            order_work(context, read, sent);
    if (context.may(Permission::cases))
        main += fmt::format("<p>{}: {}</p>",
                            escape_html(context.text("servicedesk.practice.field.case")),
                            object_link(read.state.number));
    return html_page(context, {title, Menu::catalogue, sent.clean() ? 200 : 400, request.target},
                     main);
}

}  // namespace

Result<Response> get_catalogue_page(const Request& request, Context& context) {
    KL_TRY(const RequestCatalogue catalogue,
           load_catalogue(context.db(), context.site.clock.now()));
    const std::string title = words(context, "catalogue");
    std::string items;
    for (const CatalogueForm& form : catalogue.forms)
        items +=
            fmt::format("<li><b>{}</b><br>{}</li>",
                        link("/catalogue/" + url_encode(form.id), form.title.in(context.language)),
                        escape_html(form.text.in(context.language)));
    const std::string main = heading(1, title) +
                             paragraph(words(context, "catalogue_lead"), "k-lead") +
                             fmt::format("<ul class=\"k-plain\">{}</ul>", items);
    return html_page(context, {title, Menu::catalogue, 200, request.target}, main);
}

Result<Response> get_form_page(const Request& request, Context& context) {
    KL_TRY(const RequestCatalogue catalogue,
           load_catalogue(context.db(), context.site.clock.now()));
    const CatalogueForm* form = catalogue.find(request.param("form"));
    if (form == nullptr) return web_error(404);
    return form_page(request, context, *form, {});
}

Result<Response> post_form_page(const Request& request, Context& context) {
    KL_TRY(const RequestCatalogue catalogue,
           load_catalogue(context.db(), context.site.clock.now()));
    const CatalogueForm* form = catalogue.find(request.param("form"));
    if (form == nullptr) return web_error(404);
    JsonBody body = answers_of(*form, request.form);
    std::string number;
    const auto done = run_practice(context, "case", body, [&](PracticeWork& work) -> Result<void> {
        KL_TRY(number, place_order(context, work, *form, body));
        return {};
    });
    if (done.ok()) return redirect("/orders/" + number);
    if (body.ok()) return done.error();
    return form_page(request, context, *form, {"order", request.form, body.faults(), ""});
}

Result<Response> get_order_page(const Request& request, Context& context) {
    return order_page(request, context, {});
}

Result<Response> post_order_page(const Request& request, Context& context) {
    const std::string verb(request.field("do"));
    const OrderVerb command = find_order_verb(verb);
    if (command == nullptr) return web_error(400);
    KL_TRY(const ReadOrder read, read_order(context, request.param("number")));
    const FormSpec& spec = verb == "approve" ? kApprove : verb == "reject" ? kReject : kStep;
    JsonBody body = body_of(spec, request.form, Empty::left_out);
    if (verb == "step" && read.order.next() != nullptr) {
        json::object fields = body.object();
        fields["step"] = read.order.next()->id;
        body = JsonBody::of(std::move(fields));
    }
    const auto done = run_order_verb(context, command, read, body);
    if (done.ok()) return redirect("/orders/" + read.state.number);
    SentForm state{verb, request.form, body.faults(), ""};
    if (body.ok()) state.message = describe(done.error(), context.language);
    return order_page(request, context, state);
}

}  // namespace klarsyn::servicedesk
