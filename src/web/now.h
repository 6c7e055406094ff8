// The live board: what a module shows of this moment on /now. Each module makes its own part from
// its own records and figures; modules.cc hands the parts to the module that has the page, as
// modules know nothing of each other. Values only.
#pragma once

#include <string>
#include <string_view>

#include "core/result.h"
#include "core/text.h"
#include "core/time.h"

namespace klarsyn {

struct Context;

struct NowPart {
    std::string html;    // whole elements; every number opens its records
    std::string alarm;   // escaped: what is out of date or missing, said on top of the page
    bool wrong = false;  // something here needs somebody
};

// A part of the board. `make` runs on a reading connection and answers for `context.scope` alone.
struct NowPanel {
    std::string_view id;     // of the element, "calls"
    std::string_view title;  // key of the text of its heading
    Result<NowPart> (*make)(Context& context, UtcSecond now);
};

// What an announcement that renews a board is called (web/events.h): "board:da:cases:RH". Who may not
// see cases gets a board without their titles.
enum class BoardOf { figures, cases };
inline std::string board_kind(Language language, BoardOf of, std::string_view org) {
    return "board:" + std::string(language_code(language)) +
           (of == BoardOf::cases ? ":cases:" : ":figures:") + std::string(org);
}

}  // namespace klarsyn
