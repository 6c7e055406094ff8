// Drafts. A save carries a number that the client counts up (`rev`): an older one that arrives late
// changes nothing.
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "core/cpr.h"
#include "modules/servicedesk/desk/answers.h"
#include "modules/servicedesk/desk/masking.h"
#include "modules/servicedesk/desk/own_work.h"
#include "web/json_body.h"
#include "web/problem.h"

namespace klarsyn::servicedesk {
namespace {

namespace json = boost::json;

constexpr UtcSecond kGoneSeconds = 7 * 86400;
constexpr std::int64_t kRevMax = 1'000'000'000;

bool is_draft_id(std::string_view id) {
    if (id.size() < 8 || id.size() > 40) return false;
    for (const char c : id)
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-')) return false;
    return true;
}

struct StandingDraft {
    std::int64_t rev = 0;
    UtcSecond updated_at = 0;
    bool gone = false;
};

Result<std::optional<StandingDraft>> find_draft(Connection& db, const Params& own) {
    KL_TRY(const auto rows, db.query("SELECT rev, updated_at, gone FROM servicedesk_draft"
                                     " WHERE account = :account AND id = :id",
                                     own));
    KL_TRY(const bool found, rows->next());
    if (!found) return std::optional<StandingDraft>();
    return std::optional(StandingDraft{rows->i64(0), rows->i64(1), rows->i64(2) != 0});
}

Response draft_answer(const std::string& id, std::int64_t rev, UtcSecond updated_at) {
    return json_answer(200, {{"id", id}, {"rev", rev}, {"updated_at", iso_utc(updated_at)}});
}

Result<void> store_draft(WriteTurn& turn, Params values, bool known) {
    values.emplace_back(":now", turn.now);
    if (known) {
        KL_TRY([[maybe_unused]] const auto changed,
               turn.db.run("UPDATE servicedesk_draft SET kind = :kind, case_no = :case_no,"
                           " rev = :rev, updated_at = :now, body = :body"
                           " WHERE account = :account AND id = :id",
                           values));
        return {};
    }
    KL_TRY([[maybe_unused]] const auto tidied,
           turn.db.run("DELETE FROM servicedesk_draft WHERE account = :account AND gone = 1"
                       " AND updated_at < :old",
                       {{":account", values.front().second}, {":old", turn.now - kGoneSeconds}}));
    KL_TRY(const std::int64_t count,
           query_i64(turn.db,
                     "SELECT COUNT(*) FROM servicedesk_draft WHERE account = :account"
                     " AND gone = 0",
                     values));
    if (count >= kDraftsMax)
        return make_error(ErrorCode::conflict, "servicedesk.desk.drafts_full",
                          {{"max", std::to_string(kDraftsMax)}});
    KL_TRY(
        [[maybe_unused]] const auto added,
        turn.db.run("INSERT INTO servicedesk_draft (account, id, kind, case_no, rev, created_at,"
                    " updated_at, gone, body) VALUES (:account, :id, :kind, :case_no, :rev, :now,"
                    " :now, 0, :body)",
                    values));
    return {};
}

}  // namespace

Result<Response> get_drafts(const Request&, Context& context) {
    KL_TRY(const auto rows,
           context.db().query("SELECT id, kind, case_no, rev, updated_at, body"
                              " FROM servicedesk_draft WHERE account = :account AND gone = 0"
                              " ORDER BY created_at, row_id",
                              {{":account", context.account.name}}));
    json::array items;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) break;
        json::error_code failed;
        json::value body = json::parse(rows->text(5), failed);
        if (failed || !body.is_object()) body = json::object();
        items.push_back({{"id", rows->text(0)},
                         {"kind", rows->text(1)},
                         {"case", text_json(std::string(rows->text(2)))},
                         {"rev", rows->i64(3)},
                         {"updated_at", iso_utc(rows->i64(4))},
                         {"body", std::move(body)}});
    }
    return json_answer(200, json::object{{"items", std::move(items)}});
}

Result<Response> put_draft(const Request& request, Context& context) {
    const std::string id(request.param("id"));
    if (!is_draft_id(id)) return web_error(404);
    KL_TRY(JsonBody body, JsonBody::parse(request));
    body.allow_only({"id", "kind", "case", "rev", "updated_at", "body"});
    const auto kind = body.word("kind", {"case", "comment", "resolve"});
    if (!kind && body.ok()) body.fault("kind", "web.body.required");
    const auto case_no = body.text("case", {80});
    const auto rev = body.integer("rev", 0, kRevMax);
    if (!rev && body.ok()) body.fault("rev", "web.body.required");
    json::value content;
    if (body.has("body") && body.object().at("body").is_object())
        content = body.object().at("body");
    else
        body.fault("body", "web.body.required");
    if (content.is_object()) mask_body(content.as_object());
    const std::string text = json::serialize(content);
    if (text.size() > kDraftBytesMax)
        body.fault("body", "servicedesk.desk.draft_long",
                   {{"max", std::to_string(kDraftBytesMax / 1000)}});
    if (!body.ok()) return faults_problem(context, body.faults());
    Params values = {{":account", context.account.name}, {":id", id}};
    KL_TRY(const auto standing, find_draft(context.db(), values));
    if (standing && standing->gone) return web_error(410);
    if (standing && *rev <= standing->rev)
        return draft_answer(id, standing->rev, standing->updated_at);
    values.insert(values.end(), {{":kind", *kind}, {":case_no", mask_cprs(case_no.value_or("")).text},
                                 {":rev", *rev}, {":body", text}});
    KL_CHECK(store_draft(*context.turn, values, standing.has_value()));
    return draft_answer(id, *rev, context.turn->now);
}

Result<Response> delete_draft(const Request& request, Context& context) {
    const std::string id(request.param("id"));
    if (!is_draft_id(id)) return web_error(404);
    const Params values = {
        {":account", context.account.name}, {":id", id}, {":now", context.turn->now}};
    // A draft that was never saved leaves its id, too: its first save may still be under way.
    KL_TRY([[maybe_unused]] const auto deleted,
           context.db().run("INSERT INTO servicedesk_draft (account, id, kind, case_no, rev,"
                            " created_at, updated_at, gone, body)"
                            " VALUES (:account, :id, '', '', 0, :now, :now, 1, '')"
                            " ON CONFLICT (account, id) DO UPDATE SET gone = 1, body = '',"
                            " kind = '', case_no = '', updated_at = :now",
                            values));
    Response response;
    response.status = 204;
    return response;
}

}  // namespace klarsyn::servicedesk
