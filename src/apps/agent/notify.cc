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

// One look at the feed; false where the server did not answer.
bool look(const AgentOptions& options, const ServerAccess& server, LocalStore& store) {
    std::string path = "/api/v1/notices/feed?lang=" + std::string(language_code(options.language));
    if (!options.place.empty()) path += "&place=" + encoded(options.place);
    if (!options.role.empty()) path += "&role=" + encoded(options.role);
    HttpFetch question = ask(server, path);
    if (server.token.empty()) question.headers.erase(question.headers.begin());
    const auto answer = fetch(question);
    if (!answer.ok() || answer->status != 200) {
        if (!answer.ok()) tell_error(answer.error(), options.language);
        return false;
    }
    const auto feed = parse_notice_feed(answer->body);
    if (!feed.ok()) {
        tell_error(feed.error(), options.language);
        return false;
    }
    const auto kept = store.recall("notices");
    ShownNotices shown(kept.ok() ? *kept : "");
    for (const NoticeItem& item : shown.take(*feed)) show(options, item);
    if (const auto done = store.remember("notices", shown.kept()); !done.ok())
        tell_error(done.error(), options.language);
    return true;
}

}  // namespace

int run_notify(const AgentOptions& options, const std::function<bool()>& stop_asked) {
    const ServerAccess server{options.server, "", options.ca_file};
    std::error_code failed;
    std::filesystem::create_directories(options.directory, failed);
    auto store = LocalStore::open(options.directory + "/notices.db", {});
    if (!store.ok()) {
        tell_error(store.error(), options.language);
        return 1;
    }
    BackOff back_off(options.every_s, 600, random_seed());
    while (!stop_asked()) {
        const bool answered = look(options, server, **store);
        if (options.once) return answered ? 0 : 1;
        // All PCs of a region ask: each at moments of its own.
        double wait_s =
            answered ? options.every_s / 2 + back_off.spread(options.every_s) : back_off.next();
        if (answered) back_off.reset();
        for (; wait_s > 0 && !stop_asked(); wait_s -= 0.2) ::usleep(200'000);
    }
    return 0;
}

}  // namespace klarsyn
