// Who asks, and whether a writing request may be believed: cookies, bearer tokens, form tokens,
// origins. Connections belong to the calling thread.
#pragma once

#include "web/context.h"
#include "web/http.h"

namespace klarsyn {

// Fills account, session, form token and language. The account is read anew each time, so that a
// removed one is out at once. Nobody being logged in is no error.
Result<void> recognise(const Request& request, Context& context);

// True for a bearer token; for JSON from our own pages (a foreign page cannot send it without
// asking first, and is then refused by its origin); and for what carries the form's token, as a
// field or as the header X-CSRF-Token.
bool write_is_ours(const Request& request, const Context& context);

}  // namespace klarsyn
