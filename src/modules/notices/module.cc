#include "modules/module.h"

#include "modules/notices/answers.h"
#include "web/systems.h"

namespace klarsyn::notices {
namespace {

// The region's systems: what the status page lists and people choose from.
Result<void> check_systems(Connection& /*db*/, UtcSecond /*from*/, std::string_view text,
                           std::string_view file) {
    KL_TRY([[maybe_unused]] const auto systems, parse_systems(text, file));
    return {};
}

}  // namespace

Module module() {
    using P = Permission;
    using R = Runs;
    using S = Shape;
    Module result;
    result.name = "notices";
    result.settings = {{"systems", check_systems}};
    result.routes = {
        {"GET", "/status", P::open, R::reader, S::page, get_status_page},
        {"GET", "/status.atom", P::open, R::reader, S::page, get_status_feed},
        {"GET", "/api/v1/status", P::open, R::reader, S::api, get_status_json},
        {"GET", "/notices", P::manage, R::reader, S::page, get_notices_page},
        {"POST", "/notices", P::manage, R::writer, S::page, post_notices_form},
        {"GET", "/notices/{number}", P::open, R::reader, S::page, get_notice_page},
        {"POST", "/notices/{number}", P::manage, R::writer, S::page, post_notice_form},
        {"GET", "/api/v1/notices", P::open, R::reader, S::api, get_notices},
        {"POST", "/api/v1/notices", P::manage, R::writer, S::api, post_notice},
        {"GET", "/api/v1/notices/{number}", P::open, R::reader, S::api, get_notice},
        {"PATCH", "/api/v1/notices/{number}", P::manage, R::writer, S::api, patch_notice},
        {"POST", "/api/v1/notices/{number}/update", P::manage, R::writer, S::api,
         post_notice_update},
        {"POST", "/api/v1/notices/{number}/clear", P::manage, R::writer, S::api, post_notice_clear},
    };
    return result;
}

}  // namespace klarsyn::notices
