// The agents' desk: the frame of the page, what its client starts with, and who looks at which case.
// Everything else the client asks of /api/v1/cases and its neighbours (ui/src).
#include <boost/json/array.hpp>
#include <fmt/format.h>

#include "modules/servicedesk/desk/answers.h"
#include "modules/servicedesk/desk/commands.h"
#include "modules/servicedesk/desk/rules.h"
#include "web/json_body.h"
#include "web/page.h"
#include "web/presence.h"

namespace klarsyn::servicedesk {
namespace {

namespace json = boost::json;

constexpr std::int64_t kNoScriptRows = 50;
constexpr std::string_view kHead =
    "<link rel=\"stylesheet\" href=\"/assets/desk.css\">"
    "<script type=\"module\" src=\"/assets/desk.js\"></script>";

std::string case_row(const CaseItem& item) {
    return fmt::format("<tr><th scope=\"row\"><a href=\"/cases/{0}\">{0}</a></th><td>{1}</td>"
                       "<td>{2}</td><td>{3}</td></tr>",
                       escape_html(item.number), escape_html(item.title), escape_html(item.system),
                       escape_html(item.assignee));
}

// The first open cases, for a browser without scripts.
Result<std::string> plain_list(Context& context) {
    KL_TRY(const CaseViewer viewer, case_viewer(context));
    CaseQuery query;
    query.limit = kNoScriptRows;
    KL_TRY(const CasePage page, list_cases(context.db(), query, viewer));
    std::string rows;
    for (const CaseItem& item : page.items) rows += case_row(item);
    const auto head = [&](std::string_view key) {
        return "<th scope=\"col\">" + escape_html(context.text(key)) + "</th>";
    };
    return fmt::format("<h1>{}</h1><p class=\"k-lead\">{}</p><table class=\"k-table k-dense\">"
                       "<thead><tr>{}{}{}{}</tr></thead><tbody>{}</tbody></table>",
                       escape_html(context.text("servicedesk.desk.page.title")),
                       escape_html(context.text("servicedesk.desk.page.no_script")),
                       head("servicedesk.desk.page.number"), head("servicedesk.desk.page.about"),
                       head("servicedesk.desk.page.system"),
                       head("servicedesk.desk.page.assignee"), rows);
}

json::object choice(std::string_view id, std::string_view title) {
    return {{"id", id}, {"title", title}};
}

Result<json::array> systems_json(Connection& db) {
    KL_TRY(const auto rows, db.query("SELECT DISTINCT system FROM servicedesk_case"
                                     " WHERE open = 1 AND system <> '' ORDER BY system LIMIT 500"));
    json::array list;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return list;
        list.push_back(choice(rows->text(0), rows->text(0)));
    }
}

Result<json::array> categories_json(Connection& db) {
    KL_TRY(const auto rows,
           db.query("SELECT DISTINCT category FROM servicedesk_case"
                    " WHERE open = 1 AND category <> '' ORDER BY category LIMIT 200"));
    json::array list;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return list;
        list.push_back(json::value(rows->text(0)));
    }
}

// The organisations that hold today and that the account may see.
Result<json::array> orgs_json(Context& context, Day today) {
    KL_TRY(const auto rows,
           context.db().query("SELECT code, name FROM core_org WHERE retracted_seq IS NULL"
                              " AND valid_from <= :day AND (valid_to IS NULL OR valid_to >= :day)"
                              " ORDER BY name, code LIMIT 2000",
                              {{":day", Value(static_cast<std::int64_t>(today))}}));
    json::array list;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return list;
        if (context.scope.sees(rows->text(0))) list.push_back(choice(rows->text(0), rows->text(1)));
    }
}

json::array words_json(const std::vector<std::string>& words) {
    return json::array(words.begin(), words.end());
}

Result<json::array> agents_json(Connection& db) {
    KL_TRY(const auto accounts, list_accounts(db));
    json::array list;
    for (const Account& account : accounts) {
        if (!allowed(account.role, Permission::case_work)) continue;
        json::object one = choice(account.name, account.shown_name());
        one["groups"] = words_json(account.groups);
        list.push_back(std::move(one));
    }
    return list;
}

json::array groups_json(const DeskRules& rules) {
    json::array list;
    for (const SupportGroupInfo& group : rules.groups) {
        json::object one = choice(group.name, group.name);
        one["level"] = group.level == 0 ? json::value() : json::value(group.level);
        list.push_back(std::move(one));
    }
    return list;
}

json::array priorities_json(const PriorityRules& rules) {
    json::array table;
    for (const auto& row : rules.table) table.push_back(json::array(row.begin(), row.end()));
    return table;
}

json::object me_json(const Account& account) {
    return {{"name", account.name},
            {"display_name", account.shown_name()},
            {"role", role_name(account.role)},
            {"groups", words_json(account.groups)},
            {"org", account.org}};
}

}  // namespace

Result<Response> get_desk_page(const Request& request, Context& context) {
    KL_TRY(const std::string list, plain_list(context));
    const std::string title = context.text("servicedesk.desk.page.title");
    const std::string main = fmt::format(
        "<div id=\"desk\"></div><p id=\"desk-failed\" class=\"k-alert k-alert-error\" role=\"alert\""
        " hidden>{}</p><noscript>{}</noscript>",
        escape_html(context.text("servicedesk.desk.page.failed")), list);
    PageHead head{title, Menu::desk, 200, request.target};
    head.extra = kHead;
    return html_page(context, head, main);
}

Result<Response> get_desk_start(const Request&, Context& context) {
    const UtcSecond now = context.site.clock.now();
    const Day today = Zone::copenhagen().to_local(now).day;
    KL_TRY(const auto rules, desk_rules(context.db(), context.memory(), today));
    json::object body = {{"me", me_json(context.account)},
                         {"groups", groups_json(*rules)},
                         {"priority_table", priorities_json(rules->priority_at(now))},
                         {"undo_seconds", kUndoSeconds},
                         {"now", iso_utc(now)}};
    KL_TRY(body["systems"], systems_json(context.db()));
    KL_TRY(body["categories"], categories_json(context.db()));
    KL_TRY(body["orgs"], orgs_json(context, today));
    KL_TRY(body["agents"], agents_json(context.db()));
    return json_answer(200, body);
}

Result<Response> post_presence(const Request& request, Context& context) {
    KL_TRY(JsonBody body, JsonBody::parse(request));
    body.allow_only({"number", "doing"});
    const std::string number = body.text("number", {}).value_or("");
    const std::string doing = body.word("doing", {"looking", "editing"}).value_or("looking");
    if (!body.ok()) return faults_problem(context, body.faults());
    if (!number.empty()) {
        KL_TRY(const auto item, find_item(context.db(), number, context.scope));
        if (!item)
            return make_error(ErrorCode::not_found, "servicedesk.desk.no_case",
                              {{"number", number}});
    }
    const UtcSecond now = context.site.clock.now();
    Presence& presence = context.services.presence;
    presence.tell({context.account.name, context.account.shown_name(),
                   doing == "editing" ? Presence::Doing::editing : Presence::Doing::looking},
                  number, now);
    json::array people;
    if (!number.empty())
        for (const Presence::Person& person : presence.at(number, now))
            if (person.account != context.account.name)
                people.push_back({{"name", person.account},
                                  {"display_name", person.shown_name},
                                  {"doing", person.doing == Presence::Doing::editing ? "editing"
                                                                                     : "looking"}});
    return json_answer(200, json::object{{"people", std::move(people)}});
}

}  // namespace klarsyn::servicedesk
