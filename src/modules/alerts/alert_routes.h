// The routes of alerts and what their answers share.
#pragma once

#include <boost/json/object.hpp>

#include <vector>

#include "modules/alerts/episodes.h"
#include "web/routes.h"

namespace klarsyn::alerts {

std::vector<Route> alert_routes();

boost::json::object episode_json(const AlertRules& rules, const Episode& episode,
                                 Language language);
std::string_view state_name(const Episode& episode);  // "burning", "held", "cleared"

// routes_alerts.cc
Result<Response> get_alerts(const Request& request, Context& context);
Result<Response> get_alert(const Request& request, Context& context);
Result<Response> post_alerts(const Request& request, Context& context);
// page_alerts.cc, page_alert.cc
Result<Response> get_alerts_page(const Request& request, Context& context);
Result<Response> get_alert_page(const Request& request, Context& context);
// Why an episode is not told: "forklares af Netværket svarer ikke"; empty where it is.
std::string held_words(const Context& context, const AlertRules& rules, const Episode& episode);

// When the page was made, and its script: with it the page renews itself when an alert changes.
std::string live_html(const Context& context);
inline constexpr std::string_view kLiveScript = "<script src=\"/assets/status.js\" defer></script>";

}  // namespace klarsyn::alerts
