#include "modules/servicedesk/mail/mail_in.h"

#include <boost/json/serialize.hpp>

#include <algorithm>

#include "core/cpr.h"
#include "core/file_name.h"
#include "core/hash.h"
#include "modules/servicedesk/desk/commands.h"
#include "modules/servicedesk/mail/seal.h"
#include "modules/servicedesk/mail/thread_token.h"
#include "protocols/letter.h"
#include "store/attachments.h"
#include "store/cpr_vault.h"
#include "web/accounts.h"

namespace klarsyn::servicedesk {
namespace {

namespace json = boost::json;

constexpr std::size_t kTitleCharacters = 200;
constexpr std::size_t kTextCharacters = 19'000;
constexpr std::size_t kWordBytes = 120;
constexpr UtcSecond kRateSeconds = 3600;
constexpr int kMergesMax = 100;

// A text of at most so many characters; what is longer is told.
std::string first_characters(const std::string& text, std::size_t most) {
    std::size_t characters = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if ((static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) continue;
        if (characters++ == most) return text.substr(0, at);
    }
    return text;
}

std::string trimmed(std::string text) {
    const auto space = [](char c) { return c == ' ' || c == '\n' || c == '\t'; };
    while (!text.empty() && space(text.back())) text.pop_back();
    const auto begin = std::find_if_not(text.begin(), text.end(), space);
    return {begin, text.end()};
}

// As it is told in a References line; nothing where it could mean something else.
std::string plain_id(const std::string& id) {
    const bool plain = id.size() <= 200 && std::all_of(id.begin(), id.end(), [](char c) {
                           return c > 0x20 && c < 0x7F && c != '<' && c != '>';
                       });
    return plain ? id : std::string();
}

struct Row {
    std::string outcome, reason, object, sealed;
};

Result<void> write_row(WriteTurn& turn, std::int64_t seq, const InLetter& letter,
                       const std::string& message, const Row& row) {
    const Value sealed = row.sealed.empty() ? Value() : Value(Blob{row.sealed});
    KL_TRY([[maybe_unused]] const auto rows,
           turn.db.run("INSERT INTO servicedesk_letter (seq, at, sha256, sender, subject, message_id,"
                       " size, outcome, reason, object, sealed) VALUES (:seq, :at, :sha, :sender,"
                       " :subject, :id, :size, :outcome, :reason, :object, :sealed)",
                       {{":seq", seq}, {":at", turn.now}, {":sha", sha256_hex(message)},
                        {":sender", mask_cprs(letter.from).text},
                        {":subject", mask_cprs(first_characters(letter.subject, kTitleCharacters)).text},
                        {":id", plain_id(letter.message_id)},
                        {":size", static_cast<std::int64_t>(message.size())},
                        {":outcome", row.outcome}, {":reason", row.reason}, {":object", row.object},
                        {":sealed", sealed}}));
    return {};
}

// Why a letter that can be read should neither open a case nor go to one; empty: it should.
Result<std::string> why_keep(WriteTurn& turn, const MailDesk& desk, const InLetter& letter) {
    const std::string own = fold(desk.address);
    const std::string local = own.substr(0, own.find('@')), domain = own.substr(own.find('@'));
    if (letter.from == own || (letter.from.starts_with(local + "+") && letter.from.ends_with(domain)))
        return std::string("own");
    if (letter.writer == InLetter::Writer::answering_program) return std::string("automatic");
    KL_TRY(const auto count,
           query_i64(turn.db, "SELECT COUNT(*) FROM servicedesk_letter WHERE sender = :sender"
                              " AND at > :since",
                     {{":sender", mask_cprs(letter.from).text}, {":since", turn.now - kRateSeconds}}));
    if (count >= desk.per_sender_hour) return std::string("too_many");
    return std::string();
}

// The case that a token names, as it stands now: followed to the one that it was merged into.
Result<std::string> standing_number(DeskEntry& entry, std::string number) {
    for (int i = 0; i < kMergesMax; ++i) {
        const auto state = entry.find(number);
        if (!state.ok()) return state.error().code == ErrorCode::not_found ? Result<std::string>(std::string())
                                                                           : state.error();
        if ((*state)->merged_into.empty()) return number;
        number = (*state)->merged_into;
    }
    return std::string();
}

std::string words_of(const InLetter& letter) {
    const std::string text = trimmed(letter.text);
    return text.empty() ? "-" : first_characters(text, kTextCharacters);
}

Result<std::string> account_of(Connection& db, const std::string& address) {
    KL_TRY(const auto rows, db.query("SELECT name, mail FROM core_user WHERE removed_at IS NULL AND mail <> ''"));
    std::string name;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return name;
        if (fold(rows->text(1)) != address) continue;
        if (!name.empty()) return std::string();  // two people with one address: nobody knows who
        name = rows->text(0);
    }
}

Result<std::string> open_from(DeskEntry& entry, const MailDesk& desk, const InLetter& letter) {
    std::string title = trimmed(first_characters(letter.subject, kTitleCharacters));
    if (title.empty()) title = text(desk.language, "servicedesk.mail.no_subject");
    json::object caller = {{"name", first_characters(letter.from_name.empty() ? letter.from : letter.from_name,
                                                      kWordBytes)}};
    // A program gets no receipt: its address is told in the text only.
    std::string words = words_of(letter);
    if (letter.writer == InLetter::Writer::person && letter.from.size() <= kWordBytes) {
        caller["mail"] = letter.from;
        KL_TRY(const std::string account, account_of(entry.turn().db, letter.from));
        if (!account.empty()) caller["account"] = account;
    } else {
        words = letter.from + "\n\n" + words;
    }
    JsonBody body = JsonBody::of({{"title", title}, {"text", words}, {"contact", "mail"},
                                  {"caller", std::move(caller)}});
    return open_case(entry, body);
}

// Goes to the case where that still stands open; a closed one gets a new case beside it.
Result<std::string> answer_to(DeskEntry& entry, const MailDesk& desk, const InLetter& letter,
                              const std::string& number) {
    const CaseState state = entry.state(number);
    if (!state.open()) {
        KL_TRY(const std::string opened, open_from(entry, desk, letter));
        KL_CHECK(entry.record(opened, "linked",
                              {{"to", number}, {"relation", "related"}, {"title", state.title}}));
        return opened;
    }
    std::string words = words_of(letter);
    if (letter.from != fold(state.caller.mail))
        words = text(desk.language, "servicedesk.mail.from_other",
                     {{"name", letter.from_name}, {"address", letter.from}}) + "\n\n" + words;
    JsonBody body = JsonBody::of({{"text", first_characters(words, kTextCharacters)}, {"visibility", "public"}});
    KL_CHECK(comment_case(entry, state, body));
    return number;
}

// What cannot be attached is told on the case; the letter itself is not lost by it.
Result<void> attach_all(DeskEntry& entry, const MailDesk& desk, const std::string& number,
                        const InLetter& letter) {
    std::size_t left_out = letter.files_left_out;
    std::vector<LetterFile> files = letter.files;
    const std::string whole = trimmed(letter.text);
    if (letter.text_cut || first_characters(whole, kTextCharacters).size() < whole.size())
        files.push_back({"mail.txt", mask_cprs(letter.text).text});
    for (const LetterFile& sent : files) {
        const CleanFileName clean = clean_file_name(sent.name);
        NewAttachment file;
        file.seq = entry.seq();
        file.object = number;
        file.name = clean.name;
        file.visibility = "public";
        file.bytes = sent.bytes;
        const auto kept = add_attachment(entry.turn().db, file);
        if (!kept.ok() && kept.error().code == ErrorCode::unavailable) return kept.error();
        if (!kept.ok()) {
            ++left_out;
            continue;
        }
        const std::string field = std::to_string(entry.state(number).version + 1) + "/name";
        KL_CHECK(CprVault(entry.turn().key).keep(entry.turn().db, entry.seq(), number, field, clean.numbers));
        KL_CHECK(entry.record(number, "attached",
                              {{"file", kept->token}, {"name", kept->name}, {"size", kept->size},
                               {"type", kept->type}, {"visibility", "public"}, {"sha256", kept->sha256}}));
    }
    if (left_out == 0) return {};
    return entry.record(number, "commented",
                        {{"text", text(desk.language, "servicedesk.mail.left_out",
                                       {{"count", std::to_string(left_out)}})},
                         {"visibility", "internal"}, {"via", "mail"}, {"person", false}});
}

DeskActor writer_of(const InLetter& letter, const std::string& actor) {
    DeskActor who;
    who.name = actor;  // not the address: the journal holds nothing personal
    who.is_caller = true;
    who.person = letter.writer == InLetter::Writer::person;
    who.via = "mail";
    who.display_name = letter.from_name.empty() ? letter.from : letter.from_name;
    return who;
}

Result<TakenLetter> put_on_case(WriteTurn& turn, const MailDesk& desk, const InLetter& letter,
                                const std::string& actor, std::int64_t& seq) {
    KL_TRY(DeskEntry entry, DeskEntry::begin(turn, writer_of(letter, actor)));
    std::string references = letter.references;
    for (const std::string& to : letter.to) references += " " + to;
    TakenLetter taken;
    if (const auto thread = find_thread(turn.key, references)) {
        KL_TRY(const std::string number, standing_number(entry, *thread));
        if (!number.empty()) {
            KL_TRY(taken.number, answer_to(entry, desk, letter, number));
            taken.taken = taken.number == number ? Taken::commented : Taken::opened;
        }
    }
    if (taken.number.empty()) {
        KL_TRY(taken.number, open_from(entry, desk, letter));
        taken.taken = Taken::opened;
    }
    KL_CHECK(attach_all(entry, desk, taken.number, letter));
    seq = entry.seq();
    KL_CHECK(entry.end());
    return taken;
}

std::string_view outcome_of(Taken taken) {
    return taken == Taken::opened ? "opened" : taken == Taken::commented ? "commented" : "kept";
}

}  // namespace

Result<TakenLetter> keep_letter(WriteTurn& turn, const std::string& message, std::string_view reason) {
    auto letter = read_letter(message);
    const InLetter known = letter.ok() ? letter.take() : InLetter();
    KL_TRY(const std::int64_t seq, turn.begin_entry());
    std::string references = known.references;
    for (const std::string& to : known.to) references += " " + to;
    const std::string object = find_thread(turn.key, references).value_or("");
    KL_CHECK(write_row(turn, seq, known, message,
                       {"kept", std::string(reason), object, seal_letter(turn.key, message)}));
    KL_CHECK(turn.end_entry("mail", "mail", json::serialize(json::object{{"kept", reason}})));
    return TakenLetter{Taken::kept, object, std::string(reason)};
}

Result<TakenLetter> take_letter(WriteTurn& turn, const MailDesk& desk, const std::string& message) {
    KL_TRY(const auto known, query_i64(turn.db, "SELECT COUNT(*) FROM servicedesk_letter WHERE sha256 = :sha",
                                       {{":sha", sha256_hex(message)}}));
    if (known > 0) return TakenLetter{Taken::known, "", ""};
    const auto letter = read_letter(message);
    if (!letter.ok()) return keep_letter(turn, message, "unreadable");
    KL_TRY(const std::string why, why_keep(turn, desk, *letter));
    if (!why.empty()) return keep_letter(turn, message, why);
    std::int64_t seq = 0;
    KL_TRY(const TakenLetter taken, put_on_case(turn, desk, *letter, "mail", seq));
    KL_CHECK(write_row(turn, seq, *letter, message,
                       {std::string(outcome_of(taken.taken)), "", taken.number, ""}));
    return taken;
}

Result<TakenLetter> LetterTurns::take(const MailDesk& desk, const std::string& message) {
    TakenLetter taken;
    const auto done = in_turn_([&](WriteTurn& turn) -> Result<void> {
        KL_TRY(taken, take_letter(turn, desk, message));
        return {};
    });
    if (done.ok()) return taken;
    if (done.error().code == ErrorCode::unavailable || done.error().code == ErrorCode::internal)
        return done.error();
    const auto kept = in_turn_([&](WriteTurn& turn) -> Result<void> {
        KL_TRY(taken, keep_letter(turn, message, "refused"));
        return {};
    });
    if (!kept.ok()) return kept.error();
    return taken;
}

Result<std::vector<KeptLetter>> kept_letters(Connection& db, std::int64_t most) {
    KL_TRY(const auto rows, db.query("SELECT id, at, sender, subject, reason, object, size FROM"
                                     " servicedesk_letter WHERE outcome = 'kept' ORDER BY id DESC LIMIT :most",
                                     {{":most", most}}));
    std::vector<KeptLetter> list;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return list;
        list.push_back({rows->i64(0), rows->i64(1), std::string(rows->text(2)), std::string(rows->text(3)),
                        std::string(rows->text(4)), std::string(rows->text(5)), rows->i64(6)});
    }
}

namespace {

Result<std::string> sealed_of(Connection& db, std::int64_t id) {
    KL_TRY(const auto rows, db.query("SELECT sealed FROM servicedesk_letter WHERE id = :id AND outcome = 'kept'",
                                     {{":id", id}}));
    KL_TRY(const bool found, rows->next());
    if (!found) return make_error(ErrorCode::not_found, "web.problem.status_404");
    return std::string(rows->blob(0));
}

Result<void> settle(WriteTurn& turn, std::int64_t id, std::string_view outcome, const std::string& object) {
    KL_TRY([[maybe_unused]] const auto rows,
           turn.db.run("UPDATE servicedesk_letter SET outcome = :outcome, object = :object, sealed = NULL"
                       " WHERE id = :id",
                       {{":outcome", std::string(outcome)}, {":object", object}, {":id", id}}));
    return {};
}

}  // namespace

Result<TakenLetter> open_kept(WriteTurn& turn, const MailDesk& desk, std::int64_t id,
                              const std::string& actor) {
    KL_TRY(const std::string sealed, sealed_of(turn.db, id));
    KL_TRY(const std::string message, unseal_letter(turn.key, sealed));
    auto letter = read_letter(message);
    InLetter readable;
    if (letter.ok()) {
        readable = letter.take();
    } else {  // whatever it is, somebody wants it as a case
        readable.from_name = text(desk.language, "servicedesk.mail.unknown_sender");
        readable.text = message.substr(0, 64 << 10);
    }
    if (readable.from.empty()) readable.writer = InLetter::Writer::program;
    std::int64_t seq = 0;
    KL_TRY(const TakenLetter taken, put_on_case(turn, desk, readable, actor, seq));
    KL_CHECK(settle(turn, id, outcome_of(taken.taken), taken.number));
    return taken;
}

Result<void> discard_kept(WriteTurn& turn, std::int64_t id, const std::string& actor) {
    KL_TRY([[maybe_unused]] const std::string sealed, sealed_of(turn.db, id));
    KL_TRY([[maybe_unused]] const auto seq, turn.begin_entry());
    KL_CHECK(settle(turn, id, "discarded", ""));
    return turn.end_entry(actor, "mail", json::serialize(json::object{{"discarded", id}}));
}

}  // namespace klarsyn::servicedesk
