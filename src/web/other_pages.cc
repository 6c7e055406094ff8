// The catalogue of figures, the accounts, and help.
#include <fmt/format.h>

#include <map>

#include "web/accounts.h"
#include "web/figure_view.h"
#include "web/handlers.h"
#include "web/page.h"
#include "web/question.h"

namespace klarsyn {
namespace {

std::string catalogue_row(const Context& context, const Indicator& indicator) {
    const std::string href = "/f/" + std::string(kCurrentEdition) + "/" + url_encode(indicator.id);
    return fmt::format("<tr><th scope=\"row\">{}<br><code>{}</code></th><td>{}</td><td>{}</td></tr>",
                       link(href, figure_title(indicator, context.language)),
                       escape_html(indicator.id),
                       escape_html(figure_definition(indicator, context.language)),
                       escape_html(figure_formula(indicator, context.language)));
}

std::string module_title(const Context& context, const std::string& module) {
    const std::string key = "web.module." + module;
    return has_text(context.language, key) ? context.text(key) : module;
}

std::string help_section(const Context& context, std::string_view word) {
    return fmt::format("<h2>{}</h2><p>{}</p>",
                       escape_html(context.text(fmt::format("web.help.{}_title", word))),
                       escape_html(context.text(fmt::format("web.help.{}", word))));
}

}  // namespace

Result<Response> get_figures_page(const Request& request, Context& context) {
    std::map<std::string, std::string> rows;  // by module
    std::size_t count = 0;
    for (const Indicator& indicator : context.site.catalogue.indicators()) {
        rows[indicator.module] += catalogue_row(context, indicator);
        ++count;
    }
    const std::string title = context.text("web.catalogue.title");
    std::string main = fmt::format(
        "<h1>{}</h1><p class=\"k-lead\">{}</p>", escape_html(title),
        escape_html(context.text("web.catalogue.lead", {{"count", std::to_string(count)}})));
    for (const auto& [module, body] : rows)
        main += fmt::format(
            "<h2 id=\"{0}\">{1}</h2><div class=\"k-table-frame\" role=\"region\""
            " aria-labelledby=\"{0}\" tabindex=\"0\"><table class=\"k-table k-wide\"><thead><tr>"
            "<th scope=\"col\">{2}</th><th scope=\"col\">{3}</th><th scope=\"col\">{4}</th></tr>"
            "</thead><tbody>{5}</tbody></table></div>",
            escape_html(module), escape_html(module_title(context, module)),
            escape_html(context.text("web.catalogue.figure")),
            escape_html(context.text("web.figure.definition")),
            escape_html(context.text("web.figure.formula")), body);
    return html_page(context, {title, Menu::figures, 200, request.target}, main);
}

Result<Response> get_help_page(const Request& request, Context& context) {
    const std::string title = context.text("web.help.title");
    std::string main = fmt::format("<h1>{}</h1><p class=\"k-lead\">{}</p>", escape_html(title),
                                   escape_html(context.text("web.help.lead")));
    for (const std::string_view word : {"numbers", "status", "gaps", "editions", "export", "keys"})
        main += help_section(context, word);
    main += "<h2>" + escape_html(context.text("web.help.api_title")) + "</h2><p>" +
            link("/api/v1/openapi.json", context.text("web.help.api")) + "</p>";
    return html_page(context, {title, Menu::help, 200, request.target}, main);
}

Result<Response> get_accounts_page(const Request& request, Context& context) {
    KL_TRY(const auto accounts, list_accounts(context.db()));
    std::string rows;
    for (const Account& account : accounts)
        rows += fmt::format(
            "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td></tr>", escape_html(account.name),
            escape_html(context.text(fmt::format("web.role.{}", role_name(account.role)))),
            escape_html(format_timestamp(account.created_at, context.language)));
    const std::string title = context.text("web.accounts.title");
    const std::string main = fmt::format(
        "<h1>{}</h1><p class=\"k-lead\">{}</p><div class=\"k-table-frame\" role=\"region\""
        " aria-labelledby=\"accounts\" tabindex=\"0\"><table class=\"k-table\">"
        "<caption id=\"accounts\">{}</caption><thead><tr><th scope=\"col\">{}</th>"
        "<th scope=\"col\">{}</th><th scope=\"col\">{}</th></tr></thead><tbody>{}</tbody></table>"
        "</div><p>{}</p>",
        escape_html(title),
        escape_html(context.text("web.accounts.lead",
                                 {{"count", std::to_string(accounts.size())}})),
        escape_html(context.text("web.accounts.caption")),
        escape_html(context.text("web.login.name")), escape_html(context.text("web.accounts.role")),
        escape_html(context.text("web.accounts.created")), rows,
        escape_html(context.text("web.accounts.how")));
    return html_page(context, {title, Menu::accounts, 200, request.target}, main);
}

}  // namespace klarsyn
