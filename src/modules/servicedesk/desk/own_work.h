// What belongs to one account alone: drafts (half-written cases and answers, kept on the server so
// that they survive a call, a reload and a crash), saved filters, and the templates that everybody
// has. Connections belong to the caller.
#pragma once

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/text.h"
#include "modules/servicedesk/desk/lists.h"
#include "web/context.h"
#include "web/http.h"

namespace klarsyn::servicedesk {

// drafts.cc
inline constexpr std::int64_t kDraftsMax = 50;
inline constexpr std::size_t kDraftBytesMax = 60'000;
Result<Response> get_drafts(const Request& request, Context& context);
Result<Response> put_draft(const Request& request, Context& context);
Result<Response> delete_draft(const Request& request, Context& context);

// filters.cc
struct SavedFilter {
    std::string name, title;
    boost::json::object query;
};
inline constexpr std::int64_t kFiltersMax = 50;
Result<std::vector<SavedFilter>> own_filters(Connection& db, std::string_view account);
// The list's question from names and values as an address or a saved filter has them.
void take_query(std::string_view name, std::string_view value, CaseQuery& query);
// The saved question where `query.view` is "filter:NAME" of this account: what the question itself
// says goes before. invalid_input (field view) for a filter that is not there.
Result<void> apply_filter(Connection& db, std::string_view account, CaseQuery& query);
Result<Response> get_filters(const Request& request, Context& context);
Result<Response> put_filter(const Request& request, Context& context);
Result<Response> delete_filter(const Request& request, Context& context);

// templates.cc
inline constexpr std::string_view kTemplatesSetting = "templates";
struct CaseTemplate {
    std::string id, kind;  // kind: case, comment, resolve
    std::string title[2];  // by Language
    boost::json::object body[2];
};
// invalid_input with file, line and field, as every reader of settings.
Result<std::vector<CaseTemplate>> parse_templates(std::string_view toml, std::string_view file);
Result<Response> get_templates(const Request& request, Context& context);

}  // namespace klarsyn::servicedesk
