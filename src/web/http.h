// The border to HTTP: what a handler sees of a request and what it answers. Includes nothing of
// Beast or Asio, so that handlers compile in a second. Plain values; a Request belongs to one
// handler call.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.h"

namespace klarsyn {

class EventStream;   // web/events.h: what goes on being told
struct WorkerTools;  // web/context.h: a thread's own connection and figures

using Pairs = std::vector<std::pair<std::string, std::string>>;

struct Request {
    std::string method;   // "GET", "POST"; HEAD arrives as GET with head = true
    bool head = false;
    std::string target;   // as sent: path and query
    std::string path;     // decoded, without the query
    Pairs query;          // decoded, in order, repeated names kept
    Pairs params;         // of the route's pattern: {"edition", "operations_status-2013-04-1"}
    Pairs headers;        // names in lower case
    Pairs form;           // of a POST with a form, decoded
    std::string body;
    std::string address;  // of the peer

    std::string_view header(std::string_view name) const;       // empty when absent
    std::string_view param(std::string_view name) const;        // empty when absent
    std::string_view field(std::string_view name) const;        // of the form; empty when absent
    std::optional<std::string> find(std::string_view name) const;   // first in the query
    std::vector<std::string> all(std::string_view name) const;      // all in the query
    std::string cookie(std::string_view name) const;            // empty when absent
};

// The next piece of a long answer; an empty string is the end. Called on a reader thread, once per
// piece, so that a slow client holds no thread and no snapshot.
using NextPiece = std::function<Result<std::string>(WorkerTools& tools)>;

struct Response {
    int status = 200;
    std::string type = "text/html; charset=utf-8";
    Pairs headers;
    std::string body;
    std::string_view fixed_body;  // of static storage or part of `kept`; used when body is empty
    std::shared_ptr<const void> kept;  // holds fixed_body while the answer is sent
    std::string etag;             // strong, with quotes; makes 304 possible
    NextPiece next_piece;         // when set, the body is the first piece
    std::shared_ptr<EventStream> events;  // when set, the body is what it tells until it ends
    bool secret = false;          // holds what is stored nowhere: not kept for an Idempotency-Key

    std::string_view content() const { return body.empty() ? fixed_body : body; }
    std::size_t size() const { return content().size(); }
};

// The whole head of an answer as bytes on the wire, ending with the empty line. Header values lose
// their control characters. `close`: the connection ends after it.
enum class AfterAnswer { keep_open, close };
std::string response_head(const Response& response, AfterAnswer after, std::int64_t now_utc);

std::string_view reason_phrase(int status);

// Percent-decoding of a path or query piece; none for a broken escape, a zero byte or
// what is no UTF-8.
std::optional<std::string> url_decode(std::string_view text, bool plus_is_space);
std::string url_encode(std::string_view text);  // all but A-Z a-z 0-9 - . _ ~
// "a=1&b=2" decoded; none when a piece cannot be decoded.
std::optional<Pairs> parse_query(std::string_view text);
std::string build_query(const Pairs& pairs);  // "?a=1&b=2", empty for none

// Splits a target into path and query of `request`; false when it cannot be understood.
bool parse_target(Request& request);

Response redirect(std::string location);  // 303

}  // namespace klarsyn
