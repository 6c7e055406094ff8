// /my/messages: which messages come by mail. /unsubscribe: the link of every letter, without login;
// what it says never tells whether an address is known.
#include <fmt/format.h>

#include "modules/notices/answers.h"
#include "modules/notices/subscriptions.h"
#include "web/form.h"
#include "web/page.h"
#include "web/problem.h"

namespace klarsyn::notices {
namespace {

namespace json = boost::json;

std::string say(const Context& context, std::string_view key, const TextArgs& args = {}) {
    return escape_html(context.text("notices.subscription." + std::string(key), args));
}

std::string standing_html(const Context& context, const Board& board,
                          const std::vector<Subscription>& list) {
    if (list.empty()) return fmt::format("<p>{}</p>", say(context, "empty"));
    std::string items;
    for (const Subscription& one : list) {
        const std::string system = one.system.empty()
                                       ? context.text("notices.subscription.all_systems")
                                       : system_title(board, one.system, context.language);
        const auto known = board.places.find(one.org);
        const std::string place = one.org.empty()               ? context.text("notices.everywhere")
                                  : known == board.places.end() ? one.org
                                                                : known->second;
        const std::string whom =
            one.role.empty() ? place : place + ", " + context.text("notices.role." + one.role);
        items += fmt::format(
            "<li><form class=\"k-inline\" method=\"post\" action=\"/my/messages\">{}"
            "<input type=\"hidden\" name=\"do\" value=\"stop\">"
            "<input type=\"hidden\" name=\"id\" value=\"{}\"><b>{}</b>, {} "
            "<button class=\"k-button k-quiet\" type=\"submit\">{}"
            "<span class=\"k-hidden\">: {}, {}</span></button></form></li>",
            csrf_field(context), one.id, escape_html(system), escape_html(whom),
            say(context, "stop"), escape_html(system), escape_html(whom));
    }
    return "<ul class=\"k-plain\">" + items + "</ul>";
}

Result<Response> list_page(const Request& request, Context& context, const FormState& state) {
    KL_TRY(const Board board, make_board(context.db(), context.site.clock.now()));
    KL_TRY(const auto list, subscriptions_of(context.db(), context.account.name));
    const FormHtml form(context, state, "notices");
    FormHtml::Options systems = {{"", context.text("notices.subscription.all_systems")}};
    for (const SystemName& system : board.systems)
        systems.emplace_back(system.id, system.in(context.language));
    FormHtml::Options roles = {{"", context.text("notices.subscription.all_roles")}};
    for (const std::string_view role : kRoles)
        roles.emplace_back(role, context.text(fmt::format("notices.role.{}", role)));
    const std::string title = context.text("notices.subscription.title");
    std::string main = fmt::format("<h1>{}</h1><p class=\"k-lead\">{}</p>", escape_html(title),
                                   context.account.mail.empty()
                                       ? say(context, "no_mail")
                                       : say(context, "lead", {{"mail", context.account.mail}})) +
                       form.summary() + standing_html(context, board, list);
    if (!context.account.mail.empty())
        main += fmt::format(
            "<h2>{}</h2><form class=\"k-form k-roomy\" method=\"post\" action=\"/my/messages\">{}"
            "<input type=\"hidden\" name=\"do\" value=\"start\">{}{}{}"
            "<button class=\"k-button\" type=\"submit\">{}</button></form>",
            say(context, "new"), csrf_field(context), form.select("system", systems),
            form.input("org", "text"), form.select("role", roles), say(context, "start"));
    main += fmt::format("<p class=\"k-actions\">{} · {}</p>",
                        link("/status", context.text("notices.to_status")),
                        link("/my", context.text("notices.subscription.to_cases")));
    return html_page(context, {title, Menu::my_cases, state.status(), request.target}, main);
}

Response told_page(const Request& request, const Context& context, const std::string& html,
                   int status) {
    const std::string title = context.text("notices.unsubscribe.title");
    return html_page(context, {title, Menu::none, status, request.target},
                     fmt::format("<h1>{}</h1>{}", escape_html(title), html));
}

}  // namespace

Result<Response> get_subscriptions_page(const Request& request, Context& context) {
    FormState state;
    if (const auto system = request.find("system")) state.values = {{"system", *system}};
    return list_page(request, context, state);
}

Result<Response> post_subscriptions_form(const Request& request, Context& context) {
    if (request.field("do") == "stop") {
        const std::int64_t id = std::atoll(std::string(request.field("id")).c_str());
        KL_CHECK(unsubscribe(*context.turn, context.account, id));
        return redirect("/my/messages");
    }
    JsonBody body = JsonBody::of(
        json::object{{"system", request.field("system")},
                     {"org", request.field("org")},
                     {"role", request.field("role")}});
    const auto done = subscribe(*context.turn, context.account, context.language, body);
    if (done.ok()) return redirect("/my/messages");
    FormState state{request.form, body.faults(), ""};
    if (body.ok()) {
        if (done.error().code != ErrorCode::conflict) return done.error();
        state.message = describe(done.error(), context.language);
    }
    return list_page(request, context, state);
}

// Opening a link changes nothing: mail programs open links by themselves.
Result<Response> get_unsubscribe_page(const Request& request, Context& context) {
    if (request.find("done"))
        return told_page(request, context,
                         fmt::format("<p role=\"status\">{}</p>",
                                     escape_html(context.text("notices.unsubscribe.done"))),
                         200);
    return told_page(request, context,
                     fmt::format("<p>{}</p><form method=\"post\" action=\"/unsubscribe/{}\">"
                                 "<button class=\"k-button\" type=\"submit\">{}</button></form>",
                                 escape_html(context.text("notices.unsubscribe.lead")),
                                 escape_html(url_encode(request.param("token"))),
                                 escape_html(context.text("notices.unsubscribe.button"))),
                     200);
}

// The button, and what mail programs send by themselves (RFC 8058), which follow no redirect.
Result<Response> post_unsubscribe_form(const Request& request, Context& context) {
    KL_CHECK(unsubscribe_by_token(*context.turn, request.param("token")));
    if (request.field("List-Unsubscribe") == "One-Click") {
        Response done;
        done.type = "text/plain; charset=utf-8";
        done.body = context.text("notices.unsubscribe.done") + "\n";
        return done;
    }
    return redirect("/unsubscribe/" + url_encode(request.param("token")) + "?done=1");
}

}  // namespace klarsyn::notices
