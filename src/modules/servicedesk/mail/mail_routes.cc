// Letters that wait for a person: the list, and what is decided about each.
#include "modules/servicedesk/mail/mail_routes.h"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <cstdlib>

#include "modules/servicedesk/desk/answers.h"
#include "modules/servicedesk/mail/mail_in.h"
#include "web/page.h"
#include "web/problem.h"

namespace klarsyn::servicedesk {
namespace {

namespace json = boost::json;

constexpr std::int64_t kListMax = 200;

Result<Response> get_api_letters(const Request&, Context& context) {
    KL_TRY(const auto letters, kept_letters(context.db(), kListMax));
    json::array items;
    for (const KeptLetter& letter : letters)
        items.push_back({{"id", letter.id}, {"received_at", iso_utc(letter.at)}, {"from", letter.sender},
                         {"subject", letter.subject}, {"reason", letter.reason}, {"case", letter.object},
                         {"bytes", letter.size}});
    return json_answer(200, json::object{{"items", std::move(items)}});
}

// "open" or "discard".
Result<json::object> decide(Context& context, std::int64_t id, std::string_view decision) {
    WriteTurn& turn = *context.turn;
    if (decision == "discard") {
        KL_CHECK(discard_kept(turn, id, context.account.name));
        return json::object{{"id", id}, {"state", "discarded"}, {"number", ""}};
    }
    if (decision != "open") return web_error(404);
    KL_TRY(const auto desk, mail_desk(turn.db, turn.memory));
    KL_TRY(const TakenLetter taken,
           open_kept(turn, desk ? *desk : MailDesk(), id, context.account.name));
    return json::object{{"id", id}, {"state", taken.taken == Taken::opened ? "opened" : "commented"},
                        {"number", taken.number}};
}

Result<Response> post_api_letter(const Request& request, Context& context) {
    const std::int64_t id = std::atoll(std::string(request.param("letter")).c_str());
    KL_TRY(const json::object told, decide(context, id, request.param("decision")));
    return json_answer(200, told);
}

std::string letter_row(const Context& context, const KeptLetter& letter) {
    const auto button = [&](std::string_view decision) {
        return fmt::format("<form method=\"post\" action=\"/letters/{}/{}\">{}<button class=\"k-button\">{}</button></form>",
                           letter.id, decision, csrf_field(context),
                           escape_html(context.text("servicedesk.mail.page." + std::string(decision))));
    };
    return fmt::format("<tr><td>{}</td><td>{}</td><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}{}</td></tr>",
                       escape_html(format_timestamp(letter.at, context.language)), escape_html(letter.sender),
                       escape_html(letter.subject),
                       escape_html(context.text("servicedesk.mail.reason." + letter.reason)),
                       letter.object.empty() ? "" : link("/cases/" + letter.object, letter.object),
                       button("open"), button("discard"));
}

Result<Response> get_letters_page(const Request& request, Context& context) {
    KL_TRY(const auto letters, kept_letters(context.db(), kListMax));
    const auto say = [&](const char* key) { return escape_html(context.text(std::string("servicedesk.mail.page.") + key)); };
    std::string main = fmt::format("<h1>{}</h1><p>{}</p>", say("title"), say(letters.empty() ? "none" : "lead"));
    if (!letters.empty()) {
        std::string head, rows;
        for (const char* name : {"at", "from", "subject", "reason", "case", "decision"})
            head += fmt::format("<th scope=\"col\">{}</th>", say(name));
        for (const KeptLetter& letter : letters) rows += letter_row(context, letter);
        main += fmt::format("<div class=\"k-table-frame\" role=\"region\" aria-label=\"{}\" tabindex=\"0\"><table class=\"k-table\">"
                            "<thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>", say("title"), head, rows);
    }
    return html_page(context, {context.text("servicedesk.mail.page.title"), Menu::letters, 200, request.target}, main);
}

Result<Response> post_letters_page(const Request& request, Context& context) {
    const std::int64_t id = std::atoll(std::string(request.param("letter")).c_str());
    KL_TRY(const json::object told, decide(context, id, request.param("decision")));
    const std::string number(std::string_view(told.at("number").as_string()));
    return redirect(number.empty() ? "/letters" : "/cases/" + number);
}

}  // namespace

std::vector<Route> mail_routes() {
    using P = Permission;
    using R = Runs;
    using S = Shape;
    return {
        {"GET", "/letters", P::manage, R::reader, S::page, get_letters_page},
        {"POST", "/letters/{letter}/{decision}", P::manage, R::writer, S::page, post_letters_page},
        {"GET", "/api/v1/letters", P::manage, R::reader, S::api, get_api_letters},
        {"POST", "/api/v1/letters/{letter}/{decision}", P::manage, R::writer, S::api, post_api_letter},
    };
}

}  // namespace klarsyn::servicedesk
