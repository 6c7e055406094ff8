#include "modules/servicedesk/desk/effects.h"

#include <boost/json/serialize.hpp>

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

using CaseEffect = Result<void> (*)(WriteTurn& turn, const DeskRules& rules, const CaseTouch& touch);
constexpr CaseEffect kEffects[] = {announce_case};

}  // namespace

Result<void> case_effects(WriteTurn& turn, const DeskRules& rules, const CaseTouch& touch) {
    for (const CaseEffect effect : kEffects) KL_CHECK(effect(turn, rules, touch));
    return {};
}

}  // namespace klarsyn::servicedesk
