#include "modules/servicedesk/mail/letters.h"

#include <boost/json/serialize.hpp>

#include <algorithm>

#include "core/cpr.h"
#include "modules/servicedesk/desk/commands.h"
#include "modules/servicedesk/mail/thread_token.h"
#include "modules/servicedesk/selfservice/survey_link.h"
#include "protocols/letter.h"
#include "web/accounts.h"
#include "web/mail_desk.h"
#include "web/outbox.h"
#include "web/webhooks.h"

namespace klarsyn::servicedesk {
namespace {

namespace json = boost::json;

constexpr std::size_t kWordsMax = 20'000;  // bytes of a reply in a letter

std::string cause_of(const CaseState& state, std::int64_t n) {
    return state.number + "/" + std::to_string(n);
}

// Which letter a record causes; empty for none. `words`: what a person wrote in it.
struct Occasion {
    std::string_view letter;
    std::string words;
    UtcSecond wait_seconds = kUndoSeconds;
};

Occasion occasion_of(const Record& record) {
    if (record.kind == "opened") return {"receipt", "", 0};  // opening cannot be undone
    if (record.kind == "resolved") return {"resolved", body_text(record.body, "resolution")};
    if (record.kind == "reopened") return {"reopened", body_text(record.body, "reason")};
    const json::value* caller = record.body.if_contains("from_caller");
    const bool from_caller = caller != nullptr && caller->is_bool() && caller->as_bool();
    if (record.kind == "commented" && !from_caller && body_text(record.body, "visibility") == "public")
        return {"reply", body_text(record.body, "text")};
    return {};
}

Result<std::string> address_of(WriteTurn& turn, const CaseState& state) {
    std::string address = state.caller.mail;
    if (address.empty() && !state.caller.account.empty()) {
        KL_TRY(const auto account, find_account_by_name(turn.db, state.caller.account));
        if (account) address = account->mail;
    }
    return is_mail_address(address) ? address : std::string();
}

// The letter that opened the case or answered last: the reader's program puts ours under it.
Result<std::string> references_of(WriteTurn& turn, const std::string& number, const std::string& first) {
    KL_TRY(const auto rows, turn.db.query("SELECT message_id FROM servicedesk_letter WHERE object = :number"
                                          " AND message_id <> '' ORDER BY id DESC LIMIT 1",
                                          {{":number", number}}));
    KL_TRY(const bool found, rows->next());
    std::string references = "<" + first + ">";
    if (found) references += " <" + std::string(rows->text(0)) + ">";
    return references;
}

std::string domain_of(const std::string& address) { return address.substr(address.find('@')); }

Result<void> queue_letter(WriteTurn& turn, const MailDesk& desk, const CaseState& state,
                          const Record& record, const Occasion& occasion) {
    KL_TRY(const std::string to, address_of(turn, state));
    if (to.empty() || fold(to) == fold(desk.address)) return {};
    const std::string token = thread_token(turn.key, state.number);
    const std::string domain = domain_of(desk.address);
    const auto id_of = [&](std::int64_t n) { return token + "-" + std::to_string(n) + domain; };
    const auto say = [&](const std::string& key, const TextArgs& args = {}) {
        return text(desk.language, "servicedesk.mail." + key, args);
    };
    const std::string link =
        desk.url.empty() ? "" : say("link", {{"url", desk.url + "/my/" + state.number}}) + "\n\n";
    const bool asks = !body_text(record.body, "link").empty() && !desk.url.empty();
    const std::string survey =
        asks ? say("survey", {{"url", desk.url + "/survey/" + survey_token(turn.key, {state.number, record.n})}}) +
                   "\n\n"
             : "";
    const std::string letter(occasion.letter);
    std::size_t end = std::min(kWordsMax, occasion.words.size());
    while (end < occasion.words.size() && (static_cast<unsigned char>(occasion.words[end]) & 0xC0) == 0x80)
        --end;  // not in the middle of a letter
    const std::string words = occasion.words.substr(0, end);
    std::string body = say("letter", {{"lead", say(letter, {{"number", state.number}})},
                                      {"title", state.title},
                                      {"words", words.empty() ? "" : words + "\n\n"},
                                      {"link", link + survey},
                                      {"sender", desk.sender.empty() ? say("desk") : desk.sender}});
    KL_TRY(const std::string references, references_of(turn, state.number, id_of(0)));
    const std::string reply_to =
        desk.subaddress ? desk.address.substr(0, desk.address.find('@')) + "+" + token + domain : desk.address;
    OutboxItem item;
    item.seq = record.seq;
    item.channel = kMailChannel;
    item.recipient = to;
    item.cause = cause_of(state, record.n);
    item.not_before = record.at + occasion.wait_seconds;
    item.payload = json::serialize(json::object{
        {"subject", mask_cprs(say("subject", {{"number", state.number}, {"title", state.title}})).text},
        {"text", mask_cprs(body).text},
        {"message_id", id_of(record.n)},
        {"references", references},
        {"reply_to", reply_to}});
    return put_in_outbox(turn.db, item);
}

}  // namespace

Result<bool> letter_with_link_reaches(WriteTurn& turn, const CaseState& state) {
    KL_TRY(const auto desk, mail_desk(turn.db, turn.memory));
    if (!desk || desk->url.empty()) return false;
    KL_TRY(const std::string to, address_of(turn, state));
    return !to.empty() && fold(to) != fold(desk->address);
}

Result<void> queue_letters(WriteTurn& turn, const DeskRules&, const CaseTouch& touch) {
    KL_TRY(const auto desk, mail_desk(turn.db, turn.memory));
    if (!desk) return {};
    for (std::size_t i = touch.records.size() - touch.new_records; i < touch.records.size(); ++i) {
        const Record& record = touch.records[i];
        if (record.kind == "undone")
            KL_CHECK(take_from_outbox(turn.db, kMailChannel,
                                      cause_of(touch.after, body_number(record.body, "n"))));
        const Occasion occasion = occasion_of(record);
        if (!occasion.letter.empty()) KL_CHECK(queue_letter(turn, *desk, touch.after, record, occasion));
    }
    return {};
}

Result<void> queue_webhooks(WriteTurn& turn, const DeskRules&, const CaseTouch& touch) {
    for (std::size_t i = touch.records.size() - touch.new_records; i < touch.records.size(); ++i) {
        const Record& record = touch.records[i];
        WebhookEvent event;
        event.seq = record.seq;
        event.type = "case." + record.kind;
        event.cause = cause_of(touch.after, record.n);
        event.org = touch.after.org;
        event.at = event.not_before = record.at;
        event.data = {{"number", touch.after.number},
                      {"version", record.n},
                      {"state", status_name(touch.after.status)},
                      {"priority", touch.after.priority},
                      {"system", touch.after.system},
                      {"org", touch.after.org},
                      {"group", touch.after.group}};
        KL_CHECK(tell_webhooks(turn.db, event));
    }
    return {};
}

}  // namespace klarsyn::servicedesk
