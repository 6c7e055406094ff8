// The frame around every page: head, menu, language, foot. Complete HTML, no scripts needed, no
// style attributes (the content security policy drops them). Pure.
#pragma once

#include <string>
#include <string_view>

#include "core/result.h"
#include "web/context.h"
#include "web/http.h"

namespace klarsyn {

enum class Menu {
    none, desk, status, report_problem, my_cases, catalogue, majors, problems, changes, notices,
    letters, team, now, reports, hospitals, figures, batches, help, accounts, outbox
};

struct PageHead {
    std::string title;      // of the window
    Menu menu = Menu::none;
    int status = 200;
    std::string here;       // the request's target: where the language links come back to
    std::string extra = {};  // trusted HTML for <head>: a script or a style of this page alone
    enum class Frame { whole, none } frame = Frame::whole;  // none: a screen on a wall
};

// `main` is trusted HTML: whatever came from data went through escape_html.
Response html_page(const Context& context, const PageHead& head, std::string_view main);
Response error_page(const Context& context, const Error& error, std::string_view request_id);

// <a href="..">text</a>, both escaped.
std::string link(std::string_view href, std::string_view text);
// The links between the pages about the team's work, for those who may see them.
std::string team_nav(const Context& context, std::string_view here);
// A hidden field with the token that every form carries.
std::string csrf_field(const Context& context);

}  // namespace klarsyn
