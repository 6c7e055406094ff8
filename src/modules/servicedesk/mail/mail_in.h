// Letters that arrive: an answer to one of ours becomes a comment on its case, any other opens a
// case, and what should do neither (loops, away notices, floods, what cannot be read) is kept,
// enciphered, for a person to decide. Nothing that arrived is lost, and the same letter delivered
// twice counts once. Writer thread; each call is one part of a turn.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/turn.h"
#include "web/mail_desk.h"

namespace klarsyn::servicedesk {

enum class Taken { opened, commented, kept, known };

struct TakenLetter {
    Taken taken = Taken::kept;
    std::string number;  // of the case
    std::string reason;  // why it was kept: "unreadable", "own", "automatic", "too_many", ...
};

// Errors leave nothing: the caller then keeps the letter (keep_letter) or tries again later.
Result<TakenLetter> take_letter(WriteTurn& turn, const MailDesk& desk, const std::string& message);

// Puts it aside. `head` may be less than the whole letter where that is too long.
Result<TakenLetter> keep_letter(WriteTurn& turn, const std::string& message, std::string_view reason);

// Takes it as a turn of the writer, and keeps it where it cannot become a case or a comment.
// unavailable: nothing is stored, try again.
class LetterTurns {
public:
    using InTurn = std::function<Result<void>(std::function<Result<void>(WriteTurn& turn)>)>;
    explicit LetterTurns(InTurn in_turn) : in_turn_(std::move(in_turn)) {}
    Result<TakenLetter> take(const MailDesk& desk, const std::string& message);

private:
    InTurn in_turn_;
};

// For people who decide about kept letters.
struct KeptLetter {
    std::int64_t id = 0;
    UtcSecond at = 0;
    std::string sender, subject, reason, object;
    std::int64_t size = 0;
};
Result<std::vector<KeptLetter>> kept_letters(Connection& db, std::int64_t most);
// Opens a case from a kept letter, or adds it to the case that it answers; `actor` decided so.
Result<TakenLetter> open_kept(WriteTurn& turn, const MailDesk& desk, std::int64_t id,
                              const std::string& actor);
Result<void> discard_kept(WriteTurn& turn, std::int64_t id, const std::string& actor);

}  // namespace klarsyn::servicedesk
