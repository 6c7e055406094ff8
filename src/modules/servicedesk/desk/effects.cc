#include "modules/servicedesk/desk/effects.h"

#include <boost/json/serialize.hpp>

#include "modules/servicedesk/desk/case_json.h"
#include "modules/servicedesk/desk/case_search.h"
#include "modules/servicedesk/mail/letters.h"
#include "modules/servicedesk/practice/object.h"

namespace klarsyn::servicedesk {
namespace {

namespace json = boost::json;

Result<void> announce_case(WriteTurn& turn, const DeskRules&, const CaseTouch& touch) {
    const Record& last = touch.records.back();
    Announcement told;
    told.kind = "case";
    told.org = touch.after.org;
    told.data = json::serialize(json::object{{"number", touch.after.number},
                                             {"version", touch.after.version},
                                             {"kind", last.kind},
                                             {"actor", last.actor},
                                             {"state", status_name(touch.after.status)}});
    turn.announce(std::move(told));
    return {};
}

// The caller's own page.
Result<void> announce_own(WriteTurn& turn, const DeskRules&, const CaseTouch& touch) {
    const std::string& account = touch.after.caller.account;
    if (account.empty() || !shown_to_caller(touch.records.back())) return {};
    Announcement told;
    told.kind = "mine";
    told.account = account;
    told.data = json::serialize(json::object{{"number", touch.after.number},
                                             {"version", touch.after.version},
                                             {"state", status_name(touch.after.status)}});
    turn.announce(std::move(told));
    return {};
}

using CaseEffect = Result<void> (*)(WriteTurn& turn, const DeskRules& rules, const CaseTouch& touch);
constexpr CaseEffect kEffects[] = {index_case, announce_case, announce_own, queue_letters,
                                    queue_webhooks};

}  // namespace

Result<void> object_effects(WriteTurn& turn, std::string_view number,
                            std::span<const Record> records) {
    KL_CHECK(index_object(turn, number, records));
    const ObjectKind& kind = *object_kind(number);
    const ObjectRow row = kind.project(number, records);
    Announcement told;
    told.kind = kind.word;
    told.org = row.org;
    told.data = json::serialize(json::object{{"number", row.number},
                                             {"version", row.version},
                                             {"kind", records.back().kind},
                                             {"state", row.state}});
    turn.announce(std::move(told));
    return {};
}

Result<void> case_effects(WriteTurn& turn, const DeskRules& rules, const CaseTouch& touch) {
    for (const CaseEffect effect : kEffects) KL_CHECK(effect(turn, rules, touch));
    return {};
}

}  // namespace klarsyn::servicedesk
