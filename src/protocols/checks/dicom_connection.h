// DICOM over a connection of our own, header only, for dicom.cc alone. DCMTK 3.6.7 opens IPv4
// sockets alone, counts time in seconds and does not compare the name in a certificate: it is let
// connect to a socket of this process that nobody answers, and reads and writes our connection
// instead.
#pragma once

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmnet/dcmlayer.h>
#include <dcmtk/dcmnet/dcmtrans.h>
#include <dcmtk/dcmdata/dcerror.h>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "protocols/checks/secure.h"

namespace klarsyn {

// Where DCMTK connects to; port 0: there is none to be had.
class Doorway {
public:
    Doorway() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* plain = reinterpret_cast<sockaddr*>(&address);
        if (::bind(fd_, plain, size) == 0 && ::listen(fd_, 1) == 0 &&
            ::getsockname(fd_, plain, &size) == 0)
            port_ = ntohs(address.sin_port);
    }
    ~Doorway() {
        if (fd_ >= 0) ::close(fd_);
    }
    Doorway(const Doorway&) = delete;
    Doorway& operator=(const Doorway&) = delete;
    std::uint16_t port() const { return port_; }

private:
    int fd_;
    std::uint16_t port_ = 0;
};

// What DCMTK takes for its connection. Stream and deadline must outlive it.
class DicomConnection : public DcmTransportConnection {
public:
    DicomConnection(DcmNativeSocketType socket, PeerStream& stream, const Deadline& deadline)
        : DcmTransportConnection(socket), stream_(stream), deadline_(deadline) {}
    ~DicomConnection() override { shut(); }

    OFCondition serverSideHandshake() override { return EC_IllegalCall; }
    OFCondition clientSideHandshake() override { return EC_Normal; }  // it has taken place
    OFCondition renegotiate(const char*) override { return EC_IllegalCall; }

    ssize_t read(void* into, size_t most) override {
        const auto got = stream_.receive(most, deadline_);
        if (!got.ok()) return fail();
        std::memcpy(into, got->data(), got->size());
        return static_cast<ssize_t>(got->size());
    }
    ssize_t write(void* from, size_t size) override {
        const auto sent =
            stream_.send(std::string_view(static_cast<const char*>(from), size), deadline_);
        return sent.ok() ? static_cast<ssize_t>(size) : fail();
    }
    void close() override { shut(); }
    void closeTransportConnection() override { shut(); }
    unsigned long getPeerCertificateLength() override { return 0; }
    unsigned long getPeerCertificate(void*, unsigned long) override { return 0; }
    OFBool networkDataAvailable(int seconds) override {
        const std::chrono::milliseconds wanted = std::chrono::seconds(std::max(seconds, 0));
        return stream_.readable(Deadline(std::min(wanted, deadline_.left())));
    }
    OFBool isTransparentConnection() override { return OFFalse; }  // its socket says nothing
    OFString& dumpConnectionParameters(OFString& text) override { return text = ""; }

private:
    // DCMTK tries again for ever where the last error was an interruption.
    static ssize_t fail() {
        errno = ETIMEDOUT;
        return -1;
    }
    void shut() {
        if (getSocket() >= 0) ::close(getSocket());
        setSocket(-1);
    }

    PeerStream& stream_;
    const Deadline& deadline_;
};

class DicomLayer : public DcmTransportLayer {
public:
    DicomLayer(PeerStream& stream, const Deadline& deadline)
        : stream_(stream), deadline_(deadline) {}
    DcmTransportConnection* createConnection(DcmNativeSocketType socket, OFBool) override {
        return new DicomConnection(socket, stream_, deadline_);  // DCMTK owns it
    }

private:
    PeerStream& stream_;
    const Deadline& deadline_;
};

}  // namespace klarsyn
