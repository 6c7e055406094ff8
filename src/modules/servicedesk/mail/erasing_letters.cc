#include "modules/servicedesk/mail/erasing_letters.h"

#include <vector>

#include "modules/servicedesk/mail/seal.h"
#include "protocols/letter.h"
#include "web/outbox.h"

namespace klarsyn::servicedesk {
namespace {

// What cannot be opened (another key) holds nobody that anyone could find.
bool speaks_of(const std::string& key, std::string_view sealed, const ErasureOrder& order) {
    const auto message = unseal_letter(key, sealed);
    if (!message.ok()) return false;
    if (holds_phrase(*message, order)) return true;
    const auto letter = read_letter(*message);  // encoded names and texts
    return letter.ok() &&
           (holds_phrase(letter->from_name, order) || holds_phrase(letter->from, order) ||
            holds_phrase(letter->subject, order) || holds_phrase(letter->text, order));
}

Result<std::vector<std::int64_t>> letters_of(WriteTurn& turn, const ErasureOrder& order,
                                             const std::set<std::string>& own) {
    std::vector<std::int64_t> found;
    KL_TRY(const auto rows, turn.db.stream("SELECT id, sender, subject, message_id, object, sealed"
                                           " FROM servicedesk_letter ORDER BY id"));
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return found;
        const bool named = holds_phrase(rows->text(1), order) ||
                           holds_phrase(rows->text(2), order) || holds_phrase(rows->text(3), order);
        if (named || own.contains(std::string(rows->text(4))) ||
            (!rows->is_null(5) && speaks_of(turn.key, rows->blob(5), order)))
            found.push_back(rows->i64(0));
    }
}

}  // namespace

Result<void> erase_letters(WriteTurn& turn, const ErasureOrder& order,
                           const std::set<std::string>& own, ErasureReport& report) {
    KL_TRY(const auto letters, letters_of(turn, order, own));
    for (const std::int64_t id : letters) {
        KL_TRY(
            const auto rows,
            turn.db.run("UPDATE servicedesk_letter SET sender = '', subject = '', message_id = '',"
                        " sealed = NULL, outcome = CASE WHEN outcome = 'kept' THEN 'discarded'"
                        " ELSE outcome END WHERE id = :id AND (sender <> '' OR subject <> ''"
                        " OR message_id <> '' OR sealed IS NOT NULL)",
                        {{":id", id}}));
        report.rows += rows;
    }
    for (const std::string& number : own) {
        KL_TRY(const auto rows,
               turn.db.run("DELETE FROM core_outbox WHERE channel = :mail AND cause >= :from"
                           " AND cause < :to",
                           {{":mail", std::string(kMailChannel)},
                            {":from", number + "/"},
                            {":to", number + "0"}}));  // '0' follows '/'
        report.rows += rows;
    }
    return {};
}

}  // namespace klarsyn::servicedesk
