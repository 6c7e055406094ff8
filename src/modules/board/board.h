// The live board as it stands: the parts that modules make (web/now.h), made once per commit and
// minute for each language and organisation, and shared by all who look. Internal.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "web/background.h"
#include "web/context.h"
#include "web/http.h"
#include "web/now.h"

namespace klarsyn::board {

struct Part {
    std::string id, title, html, alarm;  // title and alarm escaped
    bool wrong = false;
    friend bool operator==(const Part&, const Part&) = default;
};

struct State {
    std::int64_t seq = 0;  // the journal entry up to which it holds
    UtcSecond at = 0;      // when it was made
    std::vector<Part> parts;
};

// Whose parts the board has, in their order. Before any thread runs.
void set_panels(std::vector<NowPanel> panels);

// The shared one while it holds, else made anew. A part that cannot be made says so in its place:
// the rest of the board stands. `context` has tools, language and scope.
Result<std::shared_ptr<const State>> board_state(Context& context);

// What tells a browser what changed: one JSON object with the parts that differ from `before` (all
// of them where it is null), as trees of elements, because pages let no text become markup.
std::string change_json(const Context& context, const State* before, const State& now);
// <b class="x">a &amp; b</b> as ["b",{"class":"x"},"a & b"]; of HTML that we wrote ourselves: every
// element closed, every attribute quoted.
std::string tree_json(std::string_view html);

std::string part_html(const Part& part);
std::string alarms_html(const Context& context, const State& state);

// Makes the boards that somebody looks at anew after every commit, and tells what changed.
Background board_keeper();

Result<Response> get_now_page(const Request& request, Context& context);

}  // namespace klarsyn::board
