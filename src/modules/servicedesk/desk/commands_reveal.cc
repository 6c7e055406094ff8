// Seeing the civil registration numbers that were masked in a case: with the right to it and a
// reason, and never without a record of who looked and why.
#include <boost/json/serialize.hpp>

#include "modules/servicedesk/desk/answers.h"
#include "modules/servicedesk/desk/commands.h"
#include "store/cpr_vault.h"

namespace klarsyn::servicedesk {
namespace {

namespace json = boost::json;

constexpr std::size_t kReasonMax = 500;

// "3/caller/name" is the text /caller/name of record 3.
json::object revealed_json(const RevealedCpr& one) {
    const std::size_t slash = std::min(one.field.find('/'), one.field.size());
    return {{"n", std::strtoll(one.field.c_str(), nullptr, 10)},
            {"field", one.field.substr(slash)},
            {"ordinal", one.ordinal},
            {"number", one.number}};
}

}  // namespace

Result<Response> post_reveal(const Request& request, Context& context) {
    const std::string number(request.param("number"));
    KL_TRY(JsonBody body, JsonBody::parse(request));
    KL_TRY(DeskEntry entry, DeskEntry::begin(*context.turn, desk_actor(context)));
    KL_TRY(const CaseState* state, entry.find(number));
    body.allow_only({"reason"});
    const auto reason = body.text("reason", {kReasonMax, JsonBody::Need::required,
                                             JsonBody::TextRule::Lines::many});
    if (!body.ok()) return faults_problem(context, body.faults());
    const CprVault vault(context.turn->key);
    KL_TRY(const auto numbers, vault.reveal(context.db(), number));
    if (numbers.empty()) return state_conflict(*state, "reveal");
    KL_CHECK(entry.record(number, "revealed",
                          {{"reason", *reason}, {"count", std::int64_t(numbers.size())}}));
    KL_CHECK(entry.end("reveal"));
    json::array list;
    for (const RevealedCpr& one : numbers) list.push_back(revealed_json(one));
    Response response = json_answer(200, {{"number", number},
                                          {"version", entry.state(number).version},
                                          {"numbers", std::move(list)}});
    response.secret = true;
    response.etag = version_tag(entry.state(number).version);
    return response;
}

}  // namespace klarsyn::servicedesk
