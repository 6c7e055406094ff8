// One accepted connection: reads requests, writes answers, one at a time. Lives on the io thread and
// keeps itself alive while an operation of its own is pending.
#pragma once

#include <boost/asio/ip/tcp.hpp>

#include <functional>
#include <memory>

#include "core/time.h"
#include "web/dispatch.h"

namespace klarsyn {

class HttpConnection {
public:
    static std::shared_ptr<HttpConnection> start(boost::asio::ip::tcp::socket socket,
                                                 Dispatcher& dispatcher, const Clock& clock);
    virtual ~HttpConnection() = default;
    // Ends now when no request is being answered, else after the answer.
    virtual void drain() = 0;
};

}  // namespace klarsyn
