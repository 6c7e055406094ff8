#include <unistd.h>

#include <cstdio>
#include <filesystem>

#include "apps/agent/agent.h"
#include "protocols/child_process.h"
#include "protocols/probe/notice_feed.h"
#include "protocols/probe/random_name.h"

namespace klarsyn {
namespace {

constexpr int kExpire_s = 3600;

std::string encoded(std::string_view text) {
    std::string result;
    char part[4];
    for (const char c : text) {
        std::snprintf(part, sizeof part, "%%%02X", static_cast<unsigned char>(c));
        result += part;
    }
    return result;
}

bool on_desktop(const AgentOptions& options, const NoticeWords& words) {
    ChildOrder order;
    order.program = options.notifier;
    // The body may hold markup; a message is plain text.
    order.arguments = {"--app-name=Klarsyn",
                       "--urgency=" + std::string(words.urgency),
                       "--expire-time=" + std::to_string(kExpire_s * 1000),
                       "--",
                       words.title,
                       escape_html(words.body)};
    const ChildEnd end = run_child(order);
    return end.how == ChildEnd::How::exited && end.code == 0;
}

void show(const AgentOptions& options, const NoticeItem& item) {
    const NoticeWords words = words_of(item, options.language);
    if (on_desktop(options, words)) return;
    std::printf("%s\n%s\n\n", words.title.c_str(), words.body.c_str());
    std::fflush(stdout);
}

// Looks at the feed again and again. What was shown outlives the process; what the feed was like
// does not, so that a fresh start asks for all of it once.
class Watcher {
public:
    Watcher(const AgentOptions& options, LocalStore& store, ShownNotices shown)
        : options_(options),
          store_(store),
          shown_(std::move(shown)),
          server_{options.server, "", options.ca_file} {}

    struct Look {
        bool answered = false;
        int retry_after_s = 0;  // the server is busy and says when to come again; 0: it did not
    };

    Look look() {
        HttpFetch question = ask(server_, path());
        std::erase_if(question.headers,
                      [](const auto& one) { return one.first == "Authorization"; });
        if (!etag_.empty()) question.headers.emplace_back("If-None-Match", etag_);
        const auto answer = fetch(question);
        if (!answer.ok()) {
            tell_error(answer.error(), options_.language);
            return {};
        }
        if (answer->status == 304) return {true, 0};
        if (answer->status != 200) return {false, answer->retry_after_seconds};
        const auto feed = parse_notice_feed(answer->body);
        if (!feed.ok()) {
            tell_error(feed.error(), options_.language);
            return {};
        }
        for (const NoticeItem& item : shown_.take(*feed)) show(options_, item);
        if (const auto done = store_.remember("notices", shown_.kept()); !done.ok())
            tell_error(done.error(), options_.language);
        etag_ = answer->etag;
        return {true, 0};
    }

private:
    std::string path() const {
        std::string path =
            "/api/v1/notices/feed?lang=" + std::string(language_code(options_.language));
        if (!options_.place.empty()) path += "&place=" + encoded(options_.place);
        if (!options_.role.empty()) path += "&role=" + encoded(options_.role);
        return path;
    }

    const AgentOptions& options_;
    LocalStore& store_;
    ShownNotices shown_;
    const ServerAccess server_;
    std::string etag_;
};

}  // namespace

int run_notify(const AgentOptions& options, const std::function<bool()>& stop_asked) {
    std::error_code failed;
    std::filesystem::create_directories(options.directory, failed);
    auto store = LocalStore::open(options.directory + "/notices.db", {});
    if (!store.ok()) {
        tell_error(store.error(), options.language);
        return 1;
    }
    const auto kept = (*store)->recall("notices");
    Watcher watcher(options, **store, ShownNotices(kept.ok() ? *kept : ""));
    BackOff back_off(options.every_s, 600, random_seed());
    while (!stop_asked()) {
        const Watcher::Look look = watcher.look();
        if (options.once) return look.answered ? 0 : 1;
        // All PCs of a region ask: each at moments of its own, and later where the server is busy.
        double wait_s = look.answered ? options.every_s / 2 + back_off.spread(options.every_s)
                                      : back_off.next();
        if (look.answered) back_off.reset();
        if (look.retry_after_s > 0)
            wait_s = look.retry_after_s + back_off.spread(look.retry_after_s / 2.0 + 1);
        for (; wait_s > 0 && !stop_asked(); wait_s -= 0.2) ::usleep(200'000);
    }
    return 0;
}

}  // namespace klarsyn
