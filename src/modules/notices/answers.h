// Messages to users over HTTP. Internal to the module.
#pragma once

#include <boost/json/object.hpp>

#include "modules/notices/board.h"
#include "web/context.h"
#include "web/http.h"

namespace klarsyn::notices {

boost::json::object notice_json(const Notice& notice);

// One message as people read it: an article with what, where, since when, what to do, when next.
enum class Heading { h2, h1 };
std::string notice_html(const Context& context, const Board& board, const Notice& notice,
                        Heading heading);
// Shape and word of a state; the shape is hidden from readers, who hear the word.
// That nothing is known to be wrong has a colour only where the system was measured that day: what
// nobody measures is grey, never green.
enum class MeasuredToday { no, yes };
std::string_view state_word(SystemState state, MeasuredToday measured);  // or "unmeasured"
std::string state_html(const Context& context, SystemState state, MeasuredToday measured);

// Below a message: how many have read it and how many cases came of it, with what opens both, and
// the reader's own "read" where that is asked. Empty where there is nothing of it (page_reach.cc).
Result<std::string> reach_html(Context& context, const Board& board, const Notice& notice);

// routes_notices.cc
Result<Response> get_notices(const Request& request, Context& context);
Result<Response> get_notice(const Request& request, Context& context);
Result<Response> post_notice(const Request& request, Context& context);
Result<Response> patch_notice(const Request& request, Context& context);
Result<Response> post_notice_update(const Request& request, Context& context);
Result<Response> post_notice_clear(const Request& request, Context& context);
// status.cc
Result<Response> get_status_page(const Request& request, Context& context);
Result<Response> get_status_json(const Request& request, Context& context);
Result<Response> get_system_page(const Request& request, Context& context);
// feeds.cc
Result<Response> get_status_feed(const Request& request, Context& context);
Result<Response> get_status_rss(const Request& request, Context& context);
Result<Response> get_notice_feed(const Request& request, Context& context);
// page_reach.cc
Result<Response> get_acks_page(const Request& request, Context& context);
Result<Response> get_cases_page(const Request& request, Context& context);
Result<Response> get_history_page(const Request& request, Context& context);
Result<Response> post_ack_form(const Request& request, Context& context);
// routes_people.cc
Result<Response> post_ack(const Request& request, Context& context);
Result<Response> get_acks(const Request& request, Context& context);
Result<Response> get_subscriptions(const Request& request, Context& context);
Result<Response> post_subscription(const Request& request, Context& context);
Result<Response> delete_subscription(const Request& request, Context& context);
// page_subscriptions.cc
Result<Response> get_subscriptions_page(const Request& request, Context& context);
Result<Response> post_subscriptions_form(const Request& request, Context& context);
Result<Response> get_unsubscribe_page(const Request& request, Context& context);
Result<Response> post_unsubscribe_form(const Request& request, Context& context);
// page_notices.cc
Result<Response> get_notices_page(const Request& request, Context& context);
Result<Response> get_notice_page(const Request& request, Context& context);
Result<Response> post_notices_form(const Request& request, Context& context);
Result<Response> post_notice_form(const Request& request, Context& context);

}  // namespace klarsyn::notices
