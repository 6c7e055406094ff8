// POST /api/v1/erasures: erasing a person while the server runs, for administrators.
#include <boost/json/serialize.hpp>

#include <memory>

#include "ingest/erasure.h"
#include "modules/erasure.h"
#include "web/json_body.h"
#include "web/presence.h"

namespace klarsyn {
namespace {

namespace json = boost::json;
using Need = JsonBody::Need;

constexpr std::size_t kListMax = 50;
constexpr std::size_t kReasonMax = 500;

Result<ErasureCounts> preview(WriteTurn& turn, const ErasureWish& wish) {
    KL_CHECK(turn.db.begin_part());  // of its own: it is taken back, whatever comes of it
    auto counts = erase_person(turn, wish);
    turn.part_taken_back();
    KL_CHECK(turn.db.rollback_part());
    return counts;
}

Result<ErasureCounts> erase(Context& context, const ErasureWish& wish) {
    WriteTurn& turn = *context.turn;
    KL_CHECK(overwrite_deleted(turn.db, true));
    auto counts = erase_person(turn, wish);
    if (!counts.ok()) {
        KL_CHECK(overwrite_deleted(turn.db, false));
        return counts;
    }
    turn.after_commit([&services = context.services, accounts = wish.accounts, now = turn.now] {
        for (const std::string& account : accounts)
            services.presence.tell({fold_account_name(account), ""}, "", now);
        // Where the queue is full, the next erasure overwrites what is left.
        (void)services.write([](Connection& writer) { (void)overwrite_leftovers(writer); });
    });
    return counts;
}

void take_names(JsonBody& body, std::string_view field, std::vector<std::string>& into) {
    const auto given = body.texts(field, kListMax);
    if (!given) return;
    into = *given;
    for (const std::string& name : into)
        if (name.size() < kErasedPhraseMin) {
            body.fault(field, "erasure.short", {{"least", std::to_string(kErasedPhraseMin)}});
            return;
        }
}

Result<Response> post_erasure(const Request& request, Context& context) {
    KL_TRY(JsonBody body, JsonBody::parse(request));
    body.allow_only({"accounts", "phrases", "reason", "dry_run"});
    ErasureWish wish;
    take_names(body, "accounts", wish.accounts);
    take_names(body, "phrases", wish.phrases);
    wish.reason = body.text("reason", {kReasonMax, Need::required}).value_or("");
    const bool dry_run = body.flag("dry_run").value_or(false);
    wish.actor = context.account.name;
    if (body.ok() && wish.accounts.empty() && wish.phrases.empty())
        body.fault("phrases", "erasure.nobody_given");
    for (const std::string& account : wish.accounts)
        if (fold_account_name(account) == wish.actor) body.fault("accounts", "erasure.oneself");
    if (!body.ok()) return faults_problem(context, body.faults());
    KL_TRY(const ErasureCounts counts,
           dry_run ? preview(*context.turn, wish) : erase(context, wish));
    Response response;
    response.status = dry_run ? 200 : 201;
    response.type = "application/json";
    response.body =
        json::serialize(json::object{{"dry_run", dry_run},
                                     {"journal", dry_run ? json::value() : json::value(counts.seq)},
                                     {"records", counts.records},
                                     {"files", counts.files},
                                     {"journal_entries", counts.journal},
                                     {"rows", counts.rows}}) +
        "\n";
    return response;
}

}  // namespace

std::vector<Route> erasure_routes() {
    return {
        {"POST", "/api/v1/erasures", Permission::settings, Runs::writer, Shape::api, post_erasure}};
}

}  // namespace klarsyn
