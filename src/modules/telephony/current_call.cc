// GET /api/v1/calls/current: the call of the agent who is logged in, with the caller as far as the
// accounts and the desk know them.
#include <boost/json/serialize.hpp>

#include "modules/telephony/call_json.h"
#include "modules/telephony/phone_routes.h"
#include "modules/telephony/telephony.h"
#include "modules/telephony/visit_reads.h"

namespace klarsyn::telephony {
namespace {

namespace json = boost::json;

// Set once by modules.cc before any thread runs.
CallerLookup& lookup() {
    static CallerLookup kept = nullptr;
    return kept;
}

std::string digits_of(std::string_view phone) {
    std::string digits;
    for (const char c : phone) {
        if (c >= '0' && c <= '9') digits += c;
    }
    constexpr std::size_t kDanishDigits = 8;  // without the country's prefix
    return digits.size() > kDanishDigits ? digits.substr(digits.size() - kDanishDigits) : digits;
}

// The account that has this phone number; empty fields where none or several have.
Result<CallerAnswer> person_of(Connection& db, const std::string& caller) {
    const std::string wanted = digits_of(caller);
    CallerAnswer found;
    if (wanted.empty()) return found;
    KL_TRY(auto rows, db.query("SELECT name, display_name, mail, org, phone FROM core_user "
                               "WHERE removed_at IS NULL AND phone <> ''"));
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return found;
        if (digits_of(rows->text(4)) != wanted) continue;
        if (!found.account.empty()) return CallerAnswer{};
        found.account = rows->text(0);
        found.name = rows->text(1).empty() ? rows->text(0) : rows->text(1);
        found.mail = rows->text(2);
        found.org = rows->text(3);
    }
}

// What the account says goes before what an earlier case says.
Result<CallerAnswer> caller_of(Context& context, const CurrentCall& call) {
    KL_TRY(CallerAnswer person, person_of(context.db(), call.caller));
    if (lookup() == nullptr) return person;
    KL_TRY(CallerAnswer known, lookup()(context, {call.visit.callid, call.caller, person.account}));
    const auto prefer = [](const std::string& first, std::string& into) {
        if (!first.empty()) into = first;
    };
    prefer(person.account, known.account);
    prefer(person.name, known.name);
    prefer(person.mail, known.mail);
    prefer(person.org, known.org);
    return known;
}

json::value person_json(const CallerAnswer& caller) {
    if (caller.name.empty() && caller.account.empty()) return nullptr;
    json::array equipment;
    for (const auto& item : caller.equipment) equipment.emplace_back(item);
    return json::object{{"account", text_json(caller.account)},
                        {"name", caller.name.empty() ? caller.account : caller.name},
                        {"mail", text_json(caller.mail)},
                        {"org", text_json(caller.org)},
                        {"place", text_json(caller.place)},
                        {"equipment", std::move(equipment)}};
}

}  // namespace

void set_caller_lookup(CallerLookup given) { lookup() = given; }

Result<Response> get_current_call(const Request&, Context& context) {
    const UtcSecond now = context.site.clock.now();
    const Account& account = context.account;
    const std::string& agent = account.phone_agent.empty() ? account.name : account.phone_agent;
    KL_TRY(const auto call, current_call(context.db(), agent, now));
    if (!call) return json_answer(200, {{"call", nullptr}});
    const LiveVisit& visit = call->visit;
    KL_TRY(const CallerAnswer caller, caller_of(context, *call));
    // What has ended and become a case is over.
    if (visit.ended && !caller.case_number.empty()) return json_answer(200, {{"call", nullptr}});
    const UtcSecond until = visit.ended.value_or(now);
    const std::int64_t waited = std::max<std::int64_t>(0, until - visit.entered);
    return json_answer(200, {{"call", json::object{{"id", visit.callid},
                                                   {"queue", visit.queue},
                                                   {"caller", text_json(call->caller)},
                                                   {"state", visit.ended       ? "ended"
                                                             : visit.connected ? "connected"
                                                                               : "ringing"},
                                                   {"entered_at", iso_utc(visit.entered)},
                                                   {"connected_at", time_json(visit.connected)},
                                                   {"ended_at", time_json(visit.ended)},
                                                   {"wait_s", visit.wait_s.value_or(waited)},
                                                   {"person", person_json(caller)},
                                                   {"cases", caller.cases},
                                                   {"case", text_json(caller.case_number)}}}});
}

}  // namespace klarsyn::telephony
