// What the desk's routes share: who acts, reading a case for an answer, the answers themselves.
#pragma once

#include "modules/servicedesk/desk/case_json.h"
#include "modules/servicedesk/desk/entry.h"
#include "web/context.h"
#include "web/http.h"

namespace klarsyn::servicedesk {

// The account that is logged in, as an agent.
DeskActor desk_actor(const Context& context);
Result<CaseViewer> case_viewer(const Context& context);

struct ReadCase {
    CaseState state;
    CaseItem item;
    std::vector<Record> records;
    std::vector<std::string> children;
    std::optional<UtcSecond> undo_until;
    std::map<std::string, std::string> names;  // of those who acted
    CaseDetails details() const { return {state, item, records, children, undo_until, names}; }
};
// not_found for an unknown case and for one that the account may not see.
Result<ReadCase> read_case(Context& context, std::string_view number);

std::string version_tag(std::int64_t version);  // "3" in quotes
// The version that If-Match names; none without it or for *. invalid_input for another text.
Result<std::optional<std::int64_t>> version_wanted(const Request& request);
// The list that is asked for, with what a saved filter adds to it.
Result<void> read_case_query(const Request& request, Context& context, CaseQuery& query);

Response json_answer(int status, const boost::json::object& body);
Result<Response> case_answer(Context& context, std::string_view number, int status);
Result<Response> created_answer(Context& context, std::string_view number);  // 201 and Location

// routes_cases.cc
Result<Response> post_case(const Request& request, Context& context);
Result<Response> patch_case(const Request& request, Context& context);
Result<Response> post_case_command(const Request& request, Context& context);
Result<Response> post_split(const Request& request, Context& context);
Result<Response> get_case(const Request& request, Context& context);
Result<Response> get_cases(const Request& request, Context& context);
Result<Response> get_views(const Request& request, Context& context);

// page_case.cc
Result<Response> get_case_page(const Request& request, Context& context);

// page_desk.cc
Result<Response> get_desk_page(const Request& request, Context& context);
Result<Response> get_desk_start(const Request& request, Context& context);
Result<Response> post_presence(const Request& request, Context& context);

// routes_attachments.cc
Result<Response> post_attachments(const Request& request, Context& context);
Result<Response> get_attachments(const Request& request, Context& context);
Result<Response> get_attachment(const Request& request, Context& context);

// commands_reveal.cc, routes_search.cc
Result<Response> post_reveal(const Request& request, Context& context);
Result<Response> get_search(const Request& request, Context& context);

}  // namespace klarsyn::servicedesk
