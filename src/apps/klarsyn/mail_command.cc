// mail: takes one letter from standard input, as a mail server delivers it through a pipe.
#include <sodium.h>

#include "apps/klarsyn/commands.h"
#include "modules/servicedesk/mail/mail_in.h"
#include "web/workers.h"

namespace klarsyn {
namespace {

using servicedesk::LetterTurns;
using servicedesk::Taken;
using servicedesk::TakenLetter;

// What mail servers understand (sysexits.h).
constexpr int kTryAgain = 75;
constexpr int kWrongData = 65;

std::string decoded(const std::string& text) {
    std::string bytes(text.size(), '\0');
    std::size_t length = 0;
    if (sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(), text.size(),
                          nullptr, &length, nullptr, sodium_base64_VARIANT_ORIGINAL) != 0)
        return text;
    bytes.resize(length);
    return bytes;
}

LetterTurns turns_of(Store& store, ThreadMemory& memory, const Clock& clock) {
    return LetterTurns([&](std::function<Result<void>(WriteTurn&)> work) -> Result<void> {
        Result<void> done, committed;
        std::vector<WriterPart> parts;
        parts.push_back({[&](WriteTurn& turn) {
                             done = work(turn);
                             return done.ok() ? PartOutcome::keep : PartOutcome::take_back;
                         },
                         [&](const Result<void>& ended) { committed = ended; }});
        run_parts({store.writer(), memory, store.journal_key(), clock}, std::move(parts));
        return done.ok() ? committed : done;
    });
}

std::string report(const TakenLetter& taken, Language language) {
    const auto say = [&](const char* key, const TextArgs& args = {}) {
        return text(language, std::string("servicedesk.mail.taken_") + key, args) + "\n";
    };
    switch (taken.taken) {
        case Taken::opened: return say("opened", {{"number", taken.number}});
        case Taken::commented: return say("commented", {{"number", taken.number}});
        case Taken::known: return say("known");
        case Taken::kept: break;
    }
    return say("kept", {{"reason", text(language, "servicedesk.mail.reason." + taken.reason)}});
}

}  // namespace

std::string encode_stdin(const std::string& bytes) {
    std::string text(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
    sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()),
                      bytes.size(), sodium_base64_VARIANT_ORIGINAL);
    text.pop_back();
    return text;
}

int run_mail(const Invocation& in, Environment& environment) {
    auto opened = OpenedStore::open(in, environment, Access::write);
    const auto again = [&](const Error& error) {
        (void)fail(in, environment, error);
        return kTryAgain;
    };
    if (!opened.ok()) return again(opened.error());
    Store& store = opened->store();
    ThreadMemory memory(store.writer());
    const auto desk = mail_desk(store.writer(), memory);
    if (!desk.ok()) return again(desk.error());
    if (!*desk) return again(make_error(ErrorCode::unavailable, "servicedesk.mail.off"));
    const std::string given = environment.read_stdin();
    const std::string message = environment.store != nullptr ? decoded(given) : given;
    if (static_cast<std::int64_t>(message.size()) > (*desk)->message_bytes_max) {
        (void)fail(in, environment, make_error(ErrorCode::refused, "servicedesk.mail.too_large",
                                               {{"bytes", std::to_string(message.size())},
                                                {"most", std::to_string((*desk)->message_bytes_max)}}));
        return kWrongData;
    }
    const auto taken = turns_of(store, memory, environment.clock).take(**desk, message);
    if (!taken.ok()) return again(taken.error());
    environment.output.out(report(*taken, in.language));
    return 0;
}

}  // namespace klarsyn
