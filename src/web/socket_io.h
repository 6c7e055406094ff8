// Unix sockets with whole lines: what both ends of the command socket share. Blocking; a Socket
// belongs to one thread, except that any thread may shut it down. Errors: unavailable.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"

namespace klarsyn {

class Socket {
public:
    Socket() = default;
    explicit Socket(int fd) : fd_(fd) {}
    Socket(Socket&& other) noexcept;
    Socket& operator=(Socket&& other) noexcept;
    ~Socket();

    bool open() const { return fd_ >= 0; }
    int fd() const { return fd_; }
    void shut_down() const;

    bool write_all(std::string_view bytes) const;  // false when the other end has gone
    // The next line without its LF; none at the end or when it is longer than `bytes_max`.
    std::optional<std::string> read_line(std::size_t bytes_max);
    bool peer_gone() const;
    bool peer_is_same_user() const;

private:
    int fd_ = -1;
    std::string buffered_;
};

// Paths of sockets may be no longer than 107 bytes; the directory is therefore opened and named
// through /proc, so that DATA may lie anywhere.
Result<Socket> listen_unix(const std::string& directory, const std::string& name);
// A closed socket where nobody listens.
Result<Socket> connect_unix(const std::string& directory, const std::string& name);
Socket accept_unix(const Socket& listener);

}  // namespace klarsyn
