// One place where HL7 messages pass over connections (MLLP): copies of a stream that somebody sends
// here, or the stream itself, which is handed on to where it was going. Of each message only header
// and acknowledgement are looked at (protocols/mllp_tap.h); what is handed on is handed on byte by
// byte, whatever it is. Belongs to one thread, which asks it what to wait for and gives it the
// time.
#pragma once

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <cstdint>
#include <list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "protocols/mllp_tap.h"
#include "protocols/probe/plan.h"

namespace klarsyn {

struct FlowLimits {
    std::size_t connections_max = 256;  // of one listener
    std::uint64_t message_bytes_max = std::uint64_t{64} << 20;
    std::uint64_t stray_bytes_max = 64 << 10;  // outside messages
    std::int64_t message_ms = 60'000;          // from its first byte to its last
    std::int64_t first_ms = 60'000;            // until a connection's first message
    std::int64_t silence_ms = 24 * 3600'000;
    std::size_t waiting_bytes_max = 1 << 20;  // of one direction, not yet handed on
};

// A message that passed: "MSH|...\r", with "MSA|...\r" behind it where it acknowledges.
struct SeenMessage {
    std::int64_t at_ms = 0;  // UTC
    std::string hop, header;
};

class FlowListener {
public:
    // unavailable (probe.flow.listen): the address cannot be listened on, or the host of `forward`
    // has no address.
    static Result<std::unique_ptr<FlowListener>> open(const FlowRule& rule,
                                                      const FlowLimits& limits);
    ~FlowListener();
    FlowListener(const FlowListener&) = delete;
    FlowListener& operator=(const FlowListener&) = delete;

    int port() const;
    std::size_t connections() const { return links_.size(); }

    // Adds what it waits for; `work` gets the same list back.
    void want(std::vector<pollfd>& list);
    // `utc_ms`: the time of what is read; `now_ms`: of a clock that only goes forward.
    void work(std::span<const pollfd> list, std::int64_t utc_ms, std::int64_t now_ms,
              std::vector<SeenMessage>& seen);
    // What was seen since is on disk, or is not: acknowledgements go out accordingly.
    void settle(bool kept);

    struct Troubles {
        std::int64_t refused = 0;      // connections: too many, or from elsewhere
        std::int64_t closed = 0;       // connections: beyond a limit
        std::int64_t unreadable = 0;   // messages
        std::int64_t unreachable = 0;  // where it should be handed on to
    };
    Troubles take_troubles() { return std::exchange(troubles_, {}); }

private:
    struct Side {
        int fd = -1;
        std::size_t slot = 0;  // in the list of the last `want`
        std::string out;       // to be written to it
        bool ended = false;    // it sends no more
        bool shut = false;     // it was told that no more comes
        MllpTap tap;           // of what it sends
    };
    struct Link {
        Side client, target;
        bool connecting = false, broken = false;
        bool began = false;  // a message has ended on it
        std::int64_t opened_ms = 0, heard_ms = 0, message_ms = 0;
        std::vector<std::string> answers;  // headers that wait for `settle`
    };
    FlowListener(FlowRule rule, const FlowLimits& limits, int fd)
        : rule_(std::move(rule)), limits_(limits), listener_(fd) {}
    void accept_some(std::int64_t now_ms);
    bool may_connect(const sockaddr_storage& from) const;
    bool make_room();
    void connect_target(Link& link);
    void read_side(Link& link, Side& side, Side& other, std::int64_t utc_ms, std::int64_t now_ms,
                   std::vector<SeenMessage>& seen);
    void write_side(Link& link, Side& side);
    void check_limits(Link& link, std::int64_t now_ms);
    void close_link(Link& link);
    bool relays() const { return !rule_.forward.empty(); }

    FlowRule rule_;
    FlowLimits limits_;
    int listener_;
    std::size_t slot_ = 0;
    sockaddr_storage target_{};
    socklen_t target_size_ = 0;
    std::list<Link> links_;
    Troubles troubles_;
    std::uint64_t answered_ = 0;
    std::int64_t now_ms_ = 0, accept_from_ms_ = 0;  // a pause while the system grants no descriptor
};

}  // namespace klarsyn
