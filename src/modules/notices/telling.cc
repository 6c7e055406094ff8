#include "modules/notices/telling.h"

#include <boost/json/serialize.hpp>

#include "modules/notices/board.h"
#include "modules/notices/subscriptions.h"
#include "web/mail_desk.h"
#include "web/moment.h"
#include "web/outbox.h"
#include "web/webhooks.h"

namespace klarsyn::notices {
namespace {

namespace json = boost::json;

json::array array_of(const std::vector<std::string>& list) {
    json::array array;
    for (const std::string& one : list) array.emplace_back(one);
    return array;
}

std::string cause_of(const Notice& notice) {
    return notice.number + "/" + std::to_string(notice.version);
}

Result<void> tell_programs(WriteTurn& turn, std::int64_t seq, const Notice& notice,
                           const std::string& kind) {
    WebhookEvent event;
    event.seq = seq;
    event.type = "notice." + kind;
    event.cause = cause_of(notice);
    event.org = notice.orgs.size() == 1 ? notice.orgs.front() : "";
    event.at = event.not_before = turn.now;
    event.data = {{"number", notice.number},
                  {"version", notice.version},
                  {"kind", notice.kind},
                  {"severity", notice.severity},
                  {"system", notice.system},
                  {"orgs", array_of(notice.orgs)},
                  {"roles", array_of(notice.roles)},
                  {"state", notice.open() ? "open" : "cleared"}};
    return tell_webhooks(turn.db, event);
}

// One letter's texts, in the subscriber's language.
class Letter {
public:
    Letter(const Board& board, const Notice& notice, const std::string& kind,
           const Subscription& to, const MailDesk& desk)
        : board_(board), notice_(notice), kind_(kind), to_(to), desk_(desk) {}

    std::string subject() const {
        return say("subject." + kind_, {{"title", notice_.title.in(to_.language)}});
    }

    std::string text(const std::string& token) const {
        std::string lines = say("lead." + kind_) + "\n\n" + notice_.title.in(to_.language) + "\n\n";
        const Words& told = notice_.updates.empty() || kind_ == "opened" || kind_ == "changed"
                                ? notice_.text
                                : notice_.updates.back().text;
        if (!told.empty()) lines += told.in(to_.language) + "\n\n";
        line(lines, "where", board_.place_names(notice_, to_.language));
        if (!notice_.system.empty())
            line(lines, "system", system_title(board_, notice_.system, to_.language));
        line(lines, notice_.upcoming(board_.now) ? "starts" : "since", moment(notice_.starts_at));
        if (notice_.ends_at) line(lines, "ends", moment(*notice_.ends_at));
        if (notice_.open() && !notice_.advice.empty())
            line(lines, "advice", notice_.advice.in(to_.language));
        if (notice_.open() && notice_.next_at) line(lines, "next", moment(*notice_.next_at));
        if (notice_.cleared_at) line(lines, "over", moment(*notice_.cleared_at));
        if (!desk_.url.empty())
            lines += "\n" +
                     say("links", {{"url", desk_.url + "/notices/" + notice_.number},
                                   {"stop", desk_.url + "/unsubscribe/" + token}}) +
                     "\n";
        return lines;
    }

private:
    std::string say(const std::string& key, const TextArgs& args = {}) const {
        return klarsyn::text(to_.language, "notices.mail." + key, args);
    }
    std::string moment(UtcSecond at) const { return moment_text(to_.language, at, board_.now); }
    void line(std::string& lines, std::string_view key, const std::string& value) const {
        lines += klarsyn::text(to_.language, "notices." + std::string(key)) + ": " + value + "\n";
    }

    const Board& board_;
    const Notice& notice_;
    const std::string& kind_;
    const Subscription& to_;
    const MailDesk& desk_;
};

Result<void> tell_people(WriteTurn& turn, std::int64_t seq, const Notice& notice,
                         const std::string& kind) {
    KL_TRY(const auto desk, mail_desk(turn.db, turn.memory));
    if (!desk) return {};
    KL_TRY(const auto subscribers, subscribers_of(turn.db, notice, turn.now));
    if (subscribers.empty()) return {};
    KL_TRY(const Board board, make_board(turn.db, turn.now));
    const std::string domain = desk->address.substr(desk->address.find('@'));
    for (const Subscription& to : subscribers) {
        const Letter letter(board, notice, kind, to, *desk);
        const std::string first =
            "notice-" + notice.number + "-" + std::to_string(to.id) + "-1" + domain;
        OutboxItem item;
        item.seq = seq;
        item.channel = kMailChannel;
        item.recipient = to.mail;
        item.cause = cause_of(notice);
        item.not_before = turn.now;
        const std::string token = unsubscribe_token(turn.key, to.id);
        item.payload = json::serialize(
            json::object{{"subject", letter.subject()},
                         {"text", letter.text(token)},
                         {"unsubscribe", desk->url.empty() ? "" : desk->url + "/unsubscribe/" + token},
                         {"message_id", "notice-" + notice.number + "-" + std::to_string(to.id) +
                                            "-" + std::to_string(notice.version) + domain},
                         {"references", notice.version == 1 ? "" : "<" + first + ">"},
                         {"reply_to", desk->address}});
        KL_CHECK(put_in_outbox(turn.db, item));
    }
    return {};
}

}  // namespace

Result<void> tell_others(WriteTurn& turn, std::int64_t seq, const Notice& notice,
                         const std::string& kind) {
    KL_CHECK(tell_programs(turn, seq, notice, kind));
    return tell_people(turn, seq, notice, kind);
}

}  // namespace klarsyn::notices
