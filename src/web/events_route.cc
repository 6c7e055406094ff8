// GET /api/v1/events: the event stream.
#include "web/events.h"
#include "web/handlers.h"
#include "web/now.h"

namespace klarsyn {

Result<Response> get_events(const Request& request, Context& context) {
    EventListener listener;
    listener.role = context.account.role;
    listener.account = context.account.name;
    listener.scope = context.scope;
    listener.cookie = request.header("cookie");
    listener.authorization = request.header("authorization");
    // Only the board of one's own organisation and language, and only who may see figures.
    if (request.find("watch") == "board" && context.may(Permission::figures))
        listener.board = board_kind(
            context.language,
            context.may(Permission::cases) ? BoardOf::cases : BoardOf::figures,
            context.account.org);
    Response response;
    response.type = "text/event-stream";
    response.headers.emplace_back("Cache-Control", "no-store");
    response.headers.emplace_back("X-Accel-Buffering", "no");  // a proxy passes events on at once
    if (request.head) return response;
    const std::string_view last = request.header("last-event-id");
    KL_TRY(response.events, context.services.events.open(std::move(listener), last));
    return response;
}

}  // namespace klarsyn
