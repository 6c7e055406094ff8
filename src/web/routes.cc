#include "web/routes.h"

#include "web/handlers.h"

namespace klarsyn {
namespace {

using P = Permission;
using R = Runs;
using S = Shape;

constexpr Route kRoutes[] = {
    {"GET", "/livez", P::open, R::io, S::api, get_livez},
    {"GET", "/readyz", P::open, R::reader, S::api, get_readyz},
    {"GET", "/metrics", P::metrics, R::reader, S::api, get_metrics},
    {"GET", "/assets/{name}", P::open, R::io, S::page, get_asset},

    {"GET", "/login", P::open, R::io, S::page, get_login},
    {"POST", "/login", P::open, R::blocking, S::page, post_login},
    {"POST", "/logout", P::session, R::reader, S::page, post_logout},
};

}  // namespace

std::span<const Route> routes() { return kRoutes; }

}  // namespace klarsyn
