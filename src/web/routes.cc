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

    {"GET", "/login", P::open, R::reader, S::page, get_login},
    {"POST", "/login", P::open, R::blocking, S::page, post_login},
    {"GET", "/login/oidc", P::open, R::blocking, S::page, get_login_oidc},
    {"GET", "/login/oidc/callback", P::open, R::blocking, S::page, get_login_oidc_callback},
    {"POST", "/login/oidc/logout", P::open, R::blocking, S::api, post_login_oidc_logout,
     kBodyBytesUsual, Route::Proof::handler},
    {"POST", "/logout", P::session, R::reader, S::page, post_logout},

    {"GET", "/", P::session, R::reader, S::page, get_home},
    {"GET", "/reports/{edition}", P::reports, R::reader, S::page, get_report},
    {"GET", "/figures", P::figures, R::reader, S::page, get_figures_page},
    {"GET", "/f/{edition}/{figure}", P::figures, R::reader, S::page, get_figure_page},
    {"GET", "/f/{edition}/{figure}/records", P::records, R::reader, S::page, get_records_page},
    {"GET", "/batches", P::batches, R::reader, S::page, get_batches_page},
    {"GET", "/batches/{batch}", P::batches, R::reader, S::page, get_batch_page},
    {"GET", "/accounts", P::accounts, R::reader, S::page, get_accounts_page},
    {"GET", "/outbox", P::settings, R::reader, S::page, get_outbox_page},
    {"POST", "/outbox/{item}", P::settings, R::writer, S::page, post_outbox_page},
    {"GET", "/api/v1/outbox", P::settings, R::reader, S::api, get_api_outbox},
    {"POST", "/api/v1/outbox/{item}/retry", P::settings, R::writer, S::api, post_api_outbox_retry},
    {"GET", "/api/v1/webhooks", P::settings, R::reader, S::api, get_api_webhooks},
    {"POST", "/api/v1/webhooks", P::settings, R::writer, S::api, post_api_webhook},
    {"DELETE", "/api/v1/webhooks/{webhook}", P::settings, R::writer, S::api, delete_api_webhook},
    {"GET", "/help", P::open, R::reader, S::page, get_help_page},

    {"GET", "/api/v1/openapi.json", P::open, R::io, S::api, get_openapi},
    {"GET", "/api/v1/events", P::open, R::reader, S::api, get_events},
    {"GET", "/api/v1/figures", P::figures, R::reader, S::api, get_api_figures},
    {"GET", "/api/v1/figures/{figure}", P::figures, R::reader, S::api, get_api_figure},
    {"GET", "/api/v1/figures/{figure}/records", P::records, R::reader, S::api, get_api_records},
    {"GET", "/api/v1/editions", P::reports, R::reader, S::api, get_api_editions},
    {"GET", "/api/v1/editions/{edition}", P::reports, R::reader, S::api, get_api_edition},
    {"GET", "/api/v1/editions/{edition}.html", P::reports, R::reader, S::api, get_api_edition_html},
    {"GET", "/api/v1/editions/{edition}.csv", P::reports, R::reader, S::api, get_api_edition_csv},
    {"GET", "/api/v1/editions/{edition}.json", P::reports, R::reader, S::api, get_api_edition_json},
    {"GET", "/api/v1/editions/{edition}.xlsx", P::reports, R::reader, S::api, get_api_edition_xlsx},
    {"GET", "/api/v1/editions/{edition}.pdf", P::reports, R::reader, S::api, get_api_edition_pdf},
    {"GET", "/api/v1/batches", P::batches, R::reader, S::api, get_api_batches},
    {"GET", "/api/v1/batches/{batch}/rejects", P::rejects, R::reader, S::api, get_api_rejects},
};

}  // namespace

std::span<const Route> routes() { return kRoutes; }

}  // namespace klarsyn
