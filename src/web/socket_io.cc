#include "web/socket_io.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace klarsyn {
namespace {

constexpr int kBacklog = 16;

// A directory's descriptor and the short address of a socket in it.
struct Address {
    Socket directory;
    sockaddr_un unix{};
};

Result<Address> address_in(const std::string& directory, const std::string& name) {
    Address address;
    address.directory = Socket(::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!address.directory.open())
        return make_error(ErrorCode::not_found, "web.socket.no_directory", {{"path", directory}});
    const std::string path =
        "/proc/self/fd/" + std::to_string(address.directory.fd()) + "/" + name;
    KL_ASSERT(path.size() < sizeof address.unix.sun_path);
    address.unix.sun_family = AF_UNIX;
    std::memcpy(address.unix.sun_path, path.c_str(), path.size() + 1);
    return address;
}

Error system_error(const char* key, const std::string& directory) {
    return make_error(ErrorCode::unavailable, key,
                      {{"path", directory}, {"reason", std::strerror(errno)}});
}

const sockaddr* generic(const sockaddr_un& address) {
    return reinterpret_cast<const sockaddr*>(&address);
}

}  // namespace

Socket::Socket(Socket&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), buffered_(std::move(other.buffered_)) {}

Socket& Socket::operator=(Socket&& other) noexcept {
    std::swap(fd_, other.fd_);
    std::swap(buffered_, other.buffered_);
    return *this;
}

Socket::~Socket() {
    if (fd_ >= 0) ::close(fd_);
}

void Socket::shut_down() const {
    if (fd_ >= 0) ::shutdown(fd_, SHUT_RDWR);
}

bool Socket::write_all(std::string_view bytes) const {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

std::optional<std::string> Socket::read_line(std::size_t bytes_max) {
    std::size_t searched = 0;
    while (true) {
        const std::size_t end = buffered_.find('\n', searched);
        if (end != std::string::npos) {
            std::string line = buffered_.substr(0, end);
            buffered_.erase(0, end + 1);
            return line;
        }
        searched = buffered_.size();
        if (searched > bytes_max) return std::nullopt;
        char chunk[65536];
        const ssize_t got = ::recv(fd_, chunk, sizeof chunk, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return std::nullopt;
        buffered_.append(chunk, static_cast<std::size_t>(got));
    }
}

bool Socket::peer_gone() const {
    pollfd poll_for{fd_, POLLRDHUP, 0};
    return ::poll(&poll_for, 1, 0) > 0 && (poll_for.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

bool Socket::peer_is_same_user() const {
    ucred peer{};
    socklen_t size = sizeof peer;
    if (::getsockopt(fd_, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
    return peer.uid == ::geteuid() || peer.uid == 0;
}

Result<Socket> listen_unix(const std::string& directory, const std::string& name) {
    KL_TRY(const Address address, address_in(directory, name));
    Socket listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!listener.open()) return system_error("web.socket.failed", directory);
    ::unlinkat(address.directory.fd(), name.c_str(), 0);
    // The mode of the socket before bind becomes the mode of its file.
    if (::fchmod(listener.fd(), 0600) != 0 ||
        ::bind(listener.fd(), generic(address.unix), sizeof address.unix) != 0 ||
        ::fchmodat(address.directory.fd(), name.c_str(), 0600, 0) != 0 ||
        ::listen(listener.fd(), kBacklog) != 0)
        return system_error("web.socket.failed", directory);
    return listener;
}

Result<Socket> connect_unix(const std::string& directory, const std::string& name) {
    const auto address = address_in(directory, name);
    if (!address) return Socket();  // no directory, so no server
    Socket socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!socket.open()) return system_error("web.socket.failed", directory);
    if (::connect(socket.fd(), generic(address->unix), sizeof address->unix) == 0) return socket;
    if (errno == ENOENT || errno == ECONNREFUSED || errno == ENOTDIR) return Socket();
    return system_error("web.socket.no_connection", directory);
}

Socket accept_unix(const Socket& listener) {
    while (true) {
        const int fd = ::accept4(listener.fd(), nullptr, nullptr, SOCK_CLOEXEC);
        if (fd >= 0 || errno != EINTR) return Socket(fd);
    }
}

}  // namespace klarsyn
