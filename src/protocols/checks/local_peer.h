// A peer on loopback for tests: takes one connection after the other and answers as told.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <string>
#include <thread>

namespace klarsyn {

class LocalPeer {
public:
    // `serve` gets each accepted connection, which is closed when it returns; it must end soon.
    explicit LocalPeer(std::function<void(int fd)> serve) {
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0) std::abort();
        if (::listen(listener_, 16) != 0) std::abort();
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this, serve = std::move(serve)] {
            while (!stopping_) {
                pollfd wanted{listener_, POLLIN, 0};
                if (::poll(&wanted, 1, 20) <= 0) continue;
                const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
                if (fd < 0) continue;
                serve(fd);
                ::close(fd);
            }
        });
    }
    ~LocalPeer() {
        stopping_ = true;
        thread_.join();
        ::close(listener_);
    }
    LocalPeer(const LocalPeer&) = delete;
    LocalPeer& operator=(const LocalPeer&) = delete;

    int port() const { return port_; }

    static void say(int fd, const std::string& text) {
        (void)!::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
    }
    // Waits until the other side has closed, at most two seconds.
    static void until_closed(int fd) {
        char bytes[4096];
        for (int i = 0; i < 100; ++i) {
            pollfd wanted{fd, POLLIN, 0};
            if (::poll(&wanted, 1, 20) > 0 && ::recv(fd, bytes, sizeof bytes, 0) <= 0) return;
        }
    }

private:
    int listener_ = -1;
    int port_ = 0;
    std::atomic<bool> stopping_{false};
    std::thread thread_;
};

}  // namespace klarsyn
