// The routes as data: each names the permission that it needs. The table in routes.cc is the only
// way to reach a handler; the matrix of routes and roles in the tests is made from it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "web/context.h"
#include "web/http.h"
#include "web/permissions.h"

namespace klarsyn {

using Handler = Result<Response> (*)(const Request& request, Context& context);

// The first half of a writing route whose request takes time to read: on a thread of its own kind,
// with a read-only connection, once it is known that the sender may. An answer ends the request
// there; else `work` goes to the handler as Context::prepared.
struct Prepared {
    std::optional<Response> answer = {};
    std::shared_ptr<const void> work = {};
};
using Prepare = Result<Prepared> (*)(const Request& request, Context& context);

// Where a handler runs. io: on the network thread, without a database and without waiting; only for
// routes that need no login. reader: with a read-only connection. blocking: may take long (password
// hashes, PDF), with a connection as well. writer: on the writer thread as a part of a shared
// transaction (Context::turn); kept when the handler answers below 400, and told after the commit.
enum class Runs { io, reader, blocking, writer };
enum class Shape { page, api };  // how errors are told: an HTML page or application/problem+json

// What a body may have at most, unless its route says otherwise.
inline constexpr std::uint64_t kBodyBytesUsual = 1 << 20;

struct Route {
    std::string_view method;   // "GET" (also answers HEAD), "POST", "PUT", "PATCH" or "DELETE"
    std::string_view pattern;  // "/f/{edition}/{figure}": a name in braces takes one whole segment
    Permission permission;
    Runs runs;
    Shape shape;
    Handler handler;
    std::uint64_t body_most = kBodyBytesUsual;  // bytes; what is longer is refused before it is read
    // Whether a write must show that it comes from our own pages or a program's token. handler: what
    // is written proves itself, by a signature.
    enum class Proof { sender, handler } proof = Proof::sender;
    // Of writing routes that machines call by the thousand: they wait in a queue of their own, behind
    // what people do, and hear 429 with a time to come again where it is full.
    Prepare prepare = nullptr;
};

// The routes of the web layer itself; modules add theirs (Module::routes).
std::span<const Route> routes();

// The route of a request and its parameters. 404 when no pattern fits, 405 when one does for
// another method. A pattern without names goes before one with names.
struct Match {
    const Route* route = nullptr;
    int status = 200;
    Pairs params;
    std::optional<Error> failure = {};  // what happened after the handler: the commit failed
};
Match match_route(std::span<const Route> table, std::string_view method, std::string_view path);

// The parameters when `path` fits `pattern`.
std::optional<Pairs> match_pattern(std::string_view pattern, std::string_view path);

}  // namespace klarsyn
