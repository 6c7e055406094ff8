// All handlers, by file. routes.cc lists them with their patterns and permissions.
#pragma once

#include "web/context.h"
#include "web/http.h"

namespace klarsyn {

// operations.cc
Result<Response> get_livez(const Request& request, Context& context);
Result<Response> get_readyz(const Request& request, Context& context);
Result<Response> get_metrics(const Request& request, Context& context);
Result<Response> get_asset(const Request& request, Context& context);
Result<Response> get_events(const Request& request, Context& context);
Result<Response> get_openapi(const Request& request, Context& context);

// login.cc
Result<Response> get_login(const Request& request, Context& context);
Result<Response> post_login(const Request& request, Context& context);
Result<Response> post_logout(const Request& request, Context& context);

// sign_in_routes.cc
Result<Response> get_login_oidc(const Request& request, Context& context);
Result<Response> get_login_oidc_callback(const Request& request, Context& context);
Result<Response> post_login_oidc_logout(const Request& request, Context& context);

// gate_routes.cc
Result<Response> get_api_webhooks(const Request& request, Context& context);
Result<Response> post_api_webhook(const Request& request, Context& context);
Result<Response> delete_api_webhook(const Request& request, Context& context);
Result<Response> get_api_outbox(const Request& request, Context& context);
Result<Response> post_api_outbox_retry(const Request& request, Context& context);
Result<Response> get_outbox_page(const Request& request, Context& context);
Result<Response> post_outbox_page(const Request& request, Context& context);

// editions_pages.cc
Result<Response> get_home(const Request& request, Context& context);
Result<Response> get_report(const Request& request, Context& context);

// figure_page.cc, records_page.cc
Result<Response> get_figure_page(const Request& request, Context& context);
Result<Response> get_records_page(const Request& request, Context& context);

// batches_pages.cc
Result<Response> get_batches_page(const Request& request, Context& context);
Result<Response> get_batch_page(const Request& request, Context& context);

// other_pages.cc
Result<Response> get_figures_page(const Request& request, Context& context);
Result<Response> get_help_page(const Request& request, Context& context);
Result<Response> get_accounts_page(const Request& request, Context& context);

// api.cc
Result<Response> get_api_figures(const Request& request, Context& context);
Result<Response> get_api_figure(const Request& request, Context& context);
Result<Response> get_api_records(const Request& request, Context& context);
Result<Response> get_api_editions(const Request& request, Context& context);
Result<Response> get_api_edition(const Request& request, Context& context);
Result<Response> get_api_edition_html(const Request& request, Context& context);
Result<Response> get_api_edition_csv(const Request& request, Context& context);
Result<Response> get_api_edition_json(const Request& request, Context& context);
Result<Response> get_api_edition_xlsx(const Request& request, Context& context);
Result<Response> get_api_edition_pdf(const Request& request, Context& context);
Result<Response> get_api_batches(const Request& request, Context& context);
Result<Response> get_api_rejects(const Request& request, Context& context);

}  // namespace klarsyn
