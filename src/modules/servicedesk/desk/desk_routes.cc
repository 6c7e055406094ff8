// The desk's routes with the permissions that they need.
#include "modules/servicedesk/desk/answers.h"
#include "modules/servicedesk/desk/desk_routes.h"

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
        {"GET", "/api/v1/views", P::cases, R::reader, S::api, get_views},
        {"GET", "/desk", P::cases, R::reader, S::page, get_desk_page},
        {"GET", "/api/v1/desk", P::cases, R::reader, S::api, get_desk_start},
        {"POST", "/api/v1/presence", P::cases, R::reader, S::api, post_presence},
    };
}

}  // namespace klarsyn::servicedesk
