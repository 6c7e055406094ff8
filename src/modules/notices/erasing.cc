#include "modules/notices/erasing.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <set>

#include "modules/notices/commands.h"
#include "store/journal.h"

namespace klarsyn::notices {
namespace {

namespace json = boost::json;

struct Found {
    std::int64_t id = 0, n = 0;
    std::string object, digest, body;
};

// What words a message has by which something is found again; they name no person.
bool is_structure(std::string_view name) {
    for (const std::string_view one : {"kind", "severity", "system", "case", "orgs", "roles", "major", "change"})
        if (name == one) return true;
    return false;
}

Result<std::vector<Found>> records_with(Connection& db, const ErasureOrder& order) {
    std::vector<Found> found;
    KL_TRY(const auto rows,
           db.query("SELECT id, n, object, digest, body FROM notices_record ORDER BY id"));
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return found;
        if (!holds_phrase(rows->text(4), order)) continue;
        json::error_code error;
        json::value body = json::parse(rows->text(4), error);
        if (error || !body.is_object()) continue;
        bool any = false;
        for (auto& member : body.as_object())
            if (!is_structure(member.key())) any = erase_in_json(member.value(), order) || any;
        if (any)
            found.push_back({rows->i64(0), rows->i64(1), std::string(rows->text(2)),
                             std::string(rows->text(3)), json::serialize(body)});
    }
}

}  // namespace

Result<void> erase_in_notices(WriteTurn& turn, const ErasureOrder& order, ErasureReport& report) {
    KL_TRY(const auto found, records_with(turn.db, order));
    std::set<std::string> numbers;
    for (const Found& one : found) {
        const std::string digest = keyed_digest(turn.key, one.body);
        KL_TRY(
            [[maybe_unused]] const auto rows,
            turn.db.run("UPDATE notices_record SET body = :body, digest = :digest WHERE id = :id",
                        {{":body", one.body}, {":digest", digest}, {":id", one.id}}));
        report.records.push_back(
            {{"object", one.object}, {"n", one.n}, {"was", one.digest}, {"digest", digest}});
        numbers.insert(one.object);
    }
    if (numbers.empty()) return {};
    KL_TRY(const std::int64_t seq, next_seq(turn.db));  // of the entry that was begun
    for (const std::string& number : numbers) KL_CHECK(show_again(turn, seq, number));
    return {};
}

}  // namespace klarsyn::notices
