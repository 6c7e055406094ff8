// Errors as answers: RFC 9457 application/problem+json for the API, a page for people. Pure.
#pragma once

#include "core/text.h"
#include "web/context.h"
#include "web/http.h"
#include "web/routes.h"

namespace klarsyn {

int status_of(ErrorCode code);

// {"type":"urn:klarsyn:problem:not_found","title":...,"status":404,"detail":...}: the type is stable,
// title and detail are in the reader's language. Our own faults tell nothing but the request's id.
Response problem(const Error& error, Language language, std::string_view request_id);

// An error of the web layer itself: text keys web.problem.<word>; word is the type's last part.
Error web_error(int status);
int status_of(const Error& error);

}  // namespace klarsyn
