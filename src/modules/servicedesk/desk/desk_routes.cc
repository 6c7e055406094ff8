// The desk's routes with the permissions that they need.
#include "modules/servicedesk/desk/answers.h"
#include "modules/servicedesk/desk/attaching.h"
#include "modules/servicedesk/desk/bulk.h"
#include "modules/servicedesk/desk/clock_view.h"
#include "modules/servicedesk/desk/desk_routes.h"
#include "modules/servicedesk/desk/own_work.h"
#include "modules/servicedesk/desk/work_html.h"

namespace klarsyn::servicedesk {

std::vector<Route> desk_routes() {
    using P = Permission;
    using R = Runs;
    using S = Shape;
    return {
        {"GET", "/api/v1/cases", P::cases, R::reader, S::api, get_cases},
        {"POST", "/api/v1/cases", P::case_work, R::writer, S::api, post_case},
        {"GET", "/api/v1/cases/{number}", P::cases, R::reader, S::api, get_case},
        {"PATCH", "/api/v1/cases/{number}", P::case_work, R::writer, S::api, patch_case},
        {"POST", "/api/v1/cases/{number}/{verb}", P::case_work, R::writer, S::api,
         post_case_command},
        {"GET", "/api/v1/cases/{number}/clock", P::cases, R::reader, S::api, get_case_clock},
        {"GET", "/cases/{number}", P::cases, R::reader, S::page, get_case_page},
        {"GET", "/cases/{number}/clock", P::cases, R::reader, S::page, get_clock_page},
        {"POST", "/api/v1/cases/{number}/reveal", P::reveal, R::writer, S::api, post_reveal},
        {"GET", "/api/v1/cases/{number}/attachments", P::own_cases, R::reader, S::api,
         get_attachments},
        {"POST", "/api/v1/cases/{number}/attachments", P::case_work, R::writer, S::api,
         post_attachments, kUploadBytes},
        {"GET", "/api/v1/cases/{number}/attachments/{id}", P::own_cases, R::reader, S::api,
         get_attachment},
        {"GET", "/api/v1/search", P::own_cases, R::reader, S::api, get_search},
        {"GET", "/api/v1/views", P::cases, R::reader, S::api, get_views},
        {"GET", "/api/v1/drafts", P::case_work, R::reader, S::api, get_drafts},
        {"PUT", "/api/v1/drafts/{id}", P::case_work, R::writer, S::api, put_draft},
        {"DELETE", "/api/v1/drafts/{id}", P::case_work, R::writer, S::api, delete_draft},
        {"GET", "/api/v1/filters", P::cases, R::reader, S::api, get_filters},
        {"PUT", "/api/v1/filters/{name}", P::cases, R::writer, S::api, put_filter},
        {"DELETE", "/api/v1/filters/{name}", P::cases, R::writer, S::api, delete_filter},
        {"GET", "/api/v1/templates", P::cases, R::reader, S::api, get_templates},
        {"POST", "/api/v1/bulk", P::case_work, R::writer, S::api, post_bulk},
        {"POST", "/api/v1/bulk/{bulk}/undo", P::case_work, R::writer, S::api, post_bulk_undo},
        {"GET", "/workload", P::staffing, R::reader, S::page, get_workload_page},
        {"GET", "/workload/cases", P::staffing, R::reader, S::page, get_work_cases_page},
        {"GET", "/workload/moves", P::staffing, R::reader, S::page, get_work_moves_page},
        {"GET", "/desk", P::cases, R::reader, S::page, get_desk_page},
        {"GET", "/api/v1/desk", P::cases, R::reader, S::api, get_desk_start},
        {"POST", "/api/v1/presence", P::cases, R::reader, S::api, post_presence},
    };
}

}  // namespace klarsyn::servicedesk
