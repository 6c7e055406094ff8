// The network side: listens, accepts, and carries requests to the dispatcher and answers back. One
// io thread (the caller's); nothing here touches the database. Limits: 512 connections, header
// 16 KB within 10 s, body 1 MB within 30 s (a route may take more: 256 MB of such bodies at one time in
// all), 60 s idle between requests, 60 s for one answer to be taken. Implemented with Boost.Asio and
// Beast, which this header does not show.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "core/result.h"
#include "core/time.h"
#include "web/dispatch.h"

namespace klarsyn {

struct ListenAddress {
    std::string host = "127.0.0.1";
    std::uint16_t port = 8080;  // 0: any free one
};
// "127.0.0.1:8080", "[::1]:8080", "8080". invalid_input otherwise.
Result<ListenAddress> parse_listen_address(const std::string& text);

class HttpServer {
public:
    // unavailable when the address cannot be listened on.
    static Result<std::unique_ptr<HttpServer>> listen(const ListenAddress& address,
                                                      Dispatcher& dispatcher, const Clock& clock);
    virtual ~HttpServer() = default;
    virtual std::string url() const = 0;  // with the port that was chosen
    // Serves until SIGTERM, SIGINT or stop(); then takes no more, finishes what runs, at most
    // `drain_seconds`. `on_stopping` is called when that begins.
    virtual void run(int drain_seconds, std::function<void()> on_stopping) = 0;
    virtual void stop() = 0;  // from any thread
};

}  // namespace klarsyn
