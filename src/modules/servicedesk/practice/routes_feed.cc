// /changes.ics: the change calendar for calendar programs, behind a secret address per account.
#include <fmt/format.h>
#include <boost/json/serialize.hpp>

#include "modules/servicedesk/desk/answers.h"
#include "modules/servicedesk/practice/calendar.h"
#include "modules/servicedesk/practice/page_forms.h"
#include "web/problem.h"
#include "web/sessions.h"

namespace klarsyn::servicedesk {
namespace {

constexpr UtcSecond kDay = 86'400;
constexpr UtcSecond kPastSeconds = 90 * kDay;
constexpr UtcSecond kAheadSeconds = 400 * kDay;

std::string address_of(const Request& request, const Context& context) {
    if (!context.site.public_url.empty()) return context.site.public_url;
    const std::string_view host = request.header("host");
    return host.empty() ? "" : fmt::format("http://{}", host);
}

// A new secret address; the account's earlier one is over.
Result<std::string> new_feed(const Request& request, Context& context) {
    WriteTurn& turn = *context.turn;
    KL_TRY(const std::int64_t seq, turn.begin_entry());
    const std::string token = random_token();
    const Params account = {{":account", context.account.id}};
    KL_TRY([[maybe_unused]] const auto gone,
           turn.db.run("DELETE FROM servicedesk_feed WHERE account = :account", account));
    KL_TRY([[maybe_unused]] const auto added,
           turn.db.run("INSERT INTO servicedesk_feed (account, token_hash, seq, created_at)"
                       " VALUES (:account, :hash, :seq, :now)",
                       {{":account", context.account.id},
                        {":hash", hash_token(token)},
                        {":seq", seq},
                        {":now", turn.now}}));
    KL_CHECK(turn.end_entry(context.account.name, "feed",
                            boost::json::serialize(boost::json::object{{"feed", "changes"}})));
    return address_of(request, context) + "/changes.ics?token=" + token;
}

// The account of the address, or the one that is logged in; none may also mean "not any more".
Result<std::optional<Account>> reader_of(const Request& request, Context& context) {
    const auto token = request.find("token");
    if (!token) return std::optional<Account>(context.account);
    KL_TRY(const auto id,
           query_i64(context.db(), "SELECT account FROM servicedesk_feed WHERE token_hash = :hash",
                     {{":hash", hash_token(*token)}}));
    if (id == 0) return std::optional<Account>();
    return find_account(context.db(), id);
}

}  // namespace

Result<Response> get_changes_ics(const Request& request, Context& context) {
    KL_TRY(const auto reader, reader_of(request, context));
    if (!reader || !allowed(reader->role, Permission::cases)) return web_error(404);
    const UtcSecond now = context.site.clock.now();
    KL_TRY(const OrgScope scope,
           org_scope(context.db(), reader->org, Zone::copenhagen().to_local(now).day));
    ObjectQuery query;
    query.kind = "change";
    query.overlaps_from = now - kPastSeconds;
    query.overlaps_to = now + kAheadSeconds;
    query.limit = 5'000;
    KL_TRY(const ObjectPage page, list_objects(context.db(), query, scope));
    KL_TRY(const auto rules, practice_rules(context.db(), context.memory(), now));
    const CalendarText about{context.text("servicedesk.practice.page.changes"),
                             context.text("servicedesk.practice.page.freeze") + ": ",
                             context.language, now, address_of(request, context)};
    Response response;
    response.type = "text/calendar; charset=utf-8";
    response.headers.emplace_back("Cache-Control", "private, no-store");
    response.headers.emplace_back("Content-Disposition", "inline; filename=\"changes.ics\"");
    response.body = calendar_text(
        about, page.items, rules->freeze.touching(now - kPastSeconds, now + kAheadSeconds, {}));
    return response;
}

Result<Response> post_changes_feed(const Request& request, Context& context) {
    KL_TRY(const std::string address, new_feed(request, context));
    const std::string title = context.text("servicedesk.practice.page.feed_title");
    const std::string main =
        heading(1, title) +
        paragraph(context.text("servicedesk.practice.page.feed_secret"), "k-lead") +
        fmt::format("<p><code>{}</code></p><p>{}</p>", escape_html(address),
                    link("/changes", context.text("servicedesk.practice.page.changes")));
    return html_page(context, {title, Menu::changes, 200, ""}, main);
}

Result<Response> post_feed(const Request& request, Context& context) {
    KL_TRY(const JsonBody body, JsonBody::parse(request));
    KL_TRY(const std::string address, new_feed(request, context));
    return json_answer(201, {{"address", address}});
}

}  // namespace klarsyn::servicedesk
