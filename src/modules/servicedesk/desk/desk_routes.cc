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
    };
}

}  // namespace klarsyn::servicedesk
