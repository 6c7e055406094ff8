#include "web/page.h"

#include <fmt/format.h>

#include <set>
#include <vector>

#include "web/problem.h"

namespace klarsyn {
namespace {

struct MenuItem {
    Menu menu;
    std::string_view href;
    std::string_view key;
    Permission permission;
    std::string_view group = {};  // of a long menu; empty: stands alone in it
};

constexpr std::string_view kWork = "web.menu.group.work";
constexpr std::string_view kOverview = "web.menu.group.overview";
constexpr std::string_view kReports = "web.menu.group.reports";
constexpr std::string_view kOwn = "web.menu.group.own";
constexpr std::string_view kAdministration = "web.menu.group.administration";

// In the order of a short menu; a group stands where its first entry does.
constexpr MenuItem kMenu[] = {
    {Menu::desk, "/desk", "web.menu.desk", Permission::cases},
    {Menu::status, "/status", "web.menu.status", Permission::open, kOverview},
    {Menu::now, "/now", "web.menu.now", Permission::figures, kOverview},
    {Menu::majors, "/majors", "web.menu.majors", Permission::cases, kWork},
    {Menu::none, "/alerts", "web.menu.alerts", Permission::cases, kWork},
    {Menu::problems, "/problems", "web.menu.problems", Permission::cases, kWork},
    {Menu::changes, "/changes", "web.menu.changes", Permission::cases, kWork},
    {Menu::notices, "/notices", "web.menu.notices", Permission::manage, kWork},
    {Menu::letters, "/letters", "web.menu.letters", Permission::manage, kWork},
    {Menu::hospitals, "/hospitals", "web.menu.hospitals", Permission::figures, kOverview},
    {Menu::team, "/workload", "web.menu.team", Permission::staffing, kOverview},
    {Menu::none, "/capacity", "web.menu.capacity", Permission::figures, kOverview},
    {Menu::none, "/assets", "web.menu.assets", Permission::figures, kOverview},
    {Menu::none, "/devices", "web.menu.devices", Permission::figures, kOverview},
    {Menu::reports, "/", "web.menu.reports", Permission::reports, kReports},
    {Menu::figures, "/figures", "web.menu.figures", Permission::figures, kReports},
    {Menu::batches, "/batches", "web.menu.batches", Permission::batches, kReports},
    {Menu::report_problem, "/report-problem", "web.menu.report_problem", Permission::own_cases,
     kOwn},
    {Menu::my_cases, "/my", "web.menu.my_cases", Permission::own_cases, kOwn},
    {Menu::catalogue, "/catalogue", "web.menu.catalogue", Permission::own_cases, kOwn},
    {Menu::accounts, "/accounts", "web.menu.accounts", Permission::accounts, kAdministration},
    {Menu::outbox, "/outbox", "web.menu.outbox", Permission::settings, kAdministration},
    {Menu::help, "/help", "web.menu.help", Permission::open},
};
constexpr std::size_t kShortMenu = 6;  // entries that stand side by side; more are grouped

using MenuItems = std::vector<const MenuItem*>;

MenuItems menu_of(const Context& context) {
    MenuItems items;
    for (const MenuItem& item : kMenu)
        if (context.may(item.permission)) items.push_back(&item);
    return items;
}

// Pages without a menu word of their own are known by their address.
bool is_current(const MenuItem& item, const PageHead& head) {
    if (item.menu != Menu::none) return item.menu == head.menu;
    if (head.menu != Menu::none || !head.here.starts_with(item.href)) return false;
    const std::size_t end = item.href.size();
    return head.here.size() == end || head.here[end] == '?' || head.here[end] == '/';
}

std::string entry_html(const Context& context, const MenuItem& item, const PageHead& head) {
    return fmt::format("<li><a href=\"{}\"{}>{}</a></li>", item.href,
                       is_current(item, head) ? " aria-current=\"page\"" : "",
                       escape_html(context.text(item.key)));
}

// Opens by mouse and keyboard without any script; of groups with one name only one stands open.
std::string group_html(const Context& context, const MenuItems& items, const PageHead& head) {
    std::string entries;
    bool here = false;
    for (const MenuItem* item : items) {
        entries += entry_html(context, *item, head);
        here = here || is_current(*item, head);
    }
    return fmt::format(
        "<li><details name=\"k-menu\"><summary{}>{}</summary><ul>{}</ul></details></li>",
        here ? " class=\"k-here\"" : "", escape_html(context.text(items.front()->group)), entries);
}

std::string menu_html(const Context& context, const PageHead& head) {
    const MenuItems items = menu_of(context);
    const bool grouped = items.size() > kShortMenu;
    std::string html;
    std::set<std::string_view> done;
    for (const MenuItem* item : items) {
        MenuItems group = {item};
        if (grouped && !item->group.empty()) {
            if (!done.insert(item->group).second) continue;
            group.clear();
            for (const MenuItem* one : items)
                if (one->group == item->group) group.push_back(one);
        }
        html += group.size() > 1 ? group_html(context, group, head)
                                 : entry_html(context, *item, head);
    }
    return fmt::format(
        "<nav class=\"k-menu{}\" aria-label=\"{}\"><ul>{}</ul></nav>{}", grouped ? " k-grouped" : "",
        escape_html(context.text("web.menu.label")), html,
        grouped ? "<script src=\"/assets/menu.js\" defer></script>" : "");
}

std::string with_language(std::string_view target, Language language) {
    const std::size_t mark = target.find('?');
    Pairs query;
    if (mark != std::string_view::npos)
        if (const auto parsed = parse_query(target.substr(mark + 1))) query = *parsed;
    std::erase_if(query, [](const auto& pair) { return pair.first == "lang"; });
    query.emplace_back("lang", language_code(language));
    return std::string(target.substr(0, mark)) + build_query(query);
}

std::string language_html(const Context& context, const std::string& here) {
    if (here.empty()) return "";
    const Language other = context.language == Language::da ? Language::en : Language::da;
    return fmt::format("<a class=\"k-language\" lang=\"{0}\" hreflang=\"{0}\" href=\"{1}\">{2}</a>",
                       language_code(other), escape_html(with_language(here, other)),
                       other == Language::da ? "Dansk" : "English");
}

std::string account_html(const Context& context, const PageHead& head) {
    if (context.account.role == Role::anonymous) {
        if (head.menu == Menu::none) return "";
        return link("/login" + build_query({{"next", head.here}}), context.text("web.login.title"));
    }
    return fmt::format(
        "<form class=\"k-account\" method=\"post\" action=\"/logout\">{}<span>{}</span>"
        "<button class=\"k-button k-quiet\" type=\"submit\">{}</button></form>",
        csrf_field(context), escape_html(context.account.name),
        escape_html(context.text("web.logout")));
}

// Skip link, head with menu, the page itself, foot.
std::string framed(const Context& context, const PageHead& head, std::string_view main) {
    return fmt::format(
        "<a class=\"k-skip\" href=\"#main\">{0}</a>"
        "<header class=\"k-head\"><div class=\"k-bar\"><a class=\"k-brand\" href=\"/\">Klarsyn</a>"
        "{1}<div class=\"k-tools\">{2}{3}</div></div></header>"
        "<main id=\"main\" class=\"k-main\" tabindex=\"-1\">{4}</main>"
        "<footer class=\"k-foot\"><p>{5}</p></footer>",
        escape_html(context.text("web.skip")), menu_html(context, head),
        language_html(context, head.here), account_html(context, head), main,
        escape_html(context.text("web.foot", {{"version", KLARSYN_VERSION}})));
}

}  // namespace

std::string link(std::string_view href, std::string_view text) {
    return fmt::format("<a href=\"{}\">{}</a>", escape_html(href), escape_html(text));
}

std::string team_nav(const Context& context, std::string_view here) {
    constexpr MenuItem kPages[] = {
        {Menu::team, "/workload", "web.menu.workload", Permission::staffing},
        {Menu::team, "/calls", "web.menu.calls", Permission::cases},
        {Menu::team, "/staffing", "web.menu.staffing", Permission::staffing},
        {Menu::team, "/probes", "web.menu.probes", Permission::figures}};
    std::string items;
    for (const MenuItem& item : kPages) {
        if (!context.may(item.permission)) continue;
        items += (items.empty() ? "" : " · ") +
                 fmt::format("<a href=\"{}\"{}>{}</a>", item.href,
                             item.href == here ? " aria-current=\"page\"" : "",
                             escape_html(context.text(item.key)));
    }
    return fmt::format("<nav class=\"k-source\" aria-label=\"{}\">{}</nav>",
                       escape_html(context.text("web.menu.team")), items);
}

std::string csrf_field(const Context& context) {
    return fmt::format("<input type=\"hidden\" name=\"csrf\" value=\"{}\">", context.csrf);
}

Response html_page(const Context& context, const PageHead& head, std::string_view main) {
    Response response;
    response.status = head.status;
    response.body = fmt::format(
        "<!DOCTYPE html>\n<html lang=\"{0}\"><head><meta charset=\"utf-8\">"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
        "<meta name=\"color-scheme\" content=\"light dark\"><title>{1} – Klarsyn</title>"
        "<link rel=\"icon\" href=\"/assets/klarsyn.svg\" type=\"image/svg+xml\">"
        "<link rel=\"stylesheet\" href=\"/assets/style.css\">{3}</head>"
        "<body>{2}</body></html>\n",
        language_code(context.language), escape_html(head.title),
        head.frame == PageHead::Frame::none
            ? fmt::format("<main id=\"main\" class=\"k-main\">{}</main>", main)
            : framed(context, head, main),
        head.extra);
    return response;
}

Response error_page(const Context& context, const Error& error, std::string_view request_id) {
    const int status = status_of(error);
    const TextArgs request = {{"request", std::string(request_id)}};
    const std::string title =
        context.text(fmt::format("web.error.title_{}", status == 401 || status == 403   ? 403
                                                       : status == 404 || status == 503 ? status
                                                       : status < 500                   ? 400
                                                                                        : 500));
    const std::string detail = status == 500 ? context.text("web.problem.status_500", request)
                                             : describe(error, context.language);
    const std::string main = fmt::format(
        "<h1>{}</h1><p class=\"k-lead\">{}</p><p>{}</p><p class=\"k-source\">{}</p>",
        escape_html(title), escape_html(detail), link("/", context.text("web.error.back")),
        escape_html(context.text("web.error.request", request)));
    Response response = html_page(context, {title, Menu::none, status, ""}, main);
    if (status == 503) response.headers.emplace_back("Retry-After", "2");
    return response;
}

}  // namespace klarsyn
