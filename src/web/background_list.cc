// What the web layer itself does while the server runs.
#include "web/background.h"
#include "web/events.h"
#include "web/outbox.h"
#include "web/remote_write_out.h"
#include "web/sign_in.h"

namespace klarsyn {

std::span<const Background> web_background() {
    static const Background kList[] = {{"event-listeners", 3, check_listeners}, directory_watch(),
                                       mail_sender(), webhook_sender(), remote_writer()};
    return kList;
}

}  // namespace klarsyn
