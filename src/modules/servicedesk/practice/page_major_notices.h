// The part of a major incident's room about messages to users: those that stand, and the form that
// publishes one, filled in from the affected systems and places.
#pragma once

#include <span>
#include <string>

#include "modules/servicedesk/practice/major_notices.h"
#include "modules/servicedesk/practice/page_forms.h"

namespace klarsyn::servicedesk {

const FormSpec& publish_spec();

std::string notices_html(const Context& context, std::span<const MajorNotice> notices);

// What the form says before anybody has written in it, in both languages.
Result<Pairs> publish_standing(Context& context, const MajorState& state);
// The texts of the all-clear.
Result<Pairs> all_clear_standing(Context& context, const MajorState& state,
                                 std::span<const MajorNotice> notices);

}  // namespace klarsyn::servicedesk
