#include "modules/servicedesk/desk/rewriting.h"

#include "modules/servicedesk/desk/case_search.h"
#include "modules/servicedesk/desk/live_facts.h"
#include "modules/servicedesk/desk/projection.h"
#include "modules/servicedesk/practice/object.h"

namespace klarsyn::servicedesk {
namespace {

Result<std::string> digest_before(Connection& db, const RecordKey& key) {
    KL_TRY(const auto rows, db.query("SELECT digest FROM servicedesk_record"
                                     " WHERE object = :object AND n = :n",
                                     {{":object", key.object}, {":n", key.n}}));
    KL_TRY(const bool found, rows->next());
    KL_ASSERT(found);
    return std::string(rows->text(0));
}

}  // namespace

Result<void> rewrite_record(WriteTurn& turn, const RecordKey& key, const std::string& body,
                            ErasureReport& report) {
    KL_TRY(const std::string was, digest_before(turn.db, key));
    const std::string digest = keyed_digest(turn.key, body);
    KL_TRY(const auto changed,
           turn.db.run("UPDATE servicedesk_record SET body = :body, digest = :digest"
                       " WHERE object = :object AND n = :n",
                       {{":body", body}, {":digest", digest}, {":object", key.object},
                        {":n", key.n}}));
    KL_ASSERT(changed == 1);
    report.records.push_back(
        {{"object", key.object}, {"n", key.n}, {"was", was}, {"digest", digest}});
    return {};
}

Result<void> show_case_again(WriteTurn& turn, const std::string& number) {
    if (object_kind(number) != nullptr) {
        KL_TRY(const auto records, load_records(turn.db, number));
        KL_CHECK(write_object(turn, number, records, ObjectIs::known));
        return index_object(turn, number, records);
    }
    KL_TRY(const auto rules, desk_rules(turn.db, turn.memory,
                                        Zone::copenhagen().to_local(turn.now).day));
    CaseTouch touch;
    KL_TRY(touch.records, load_records(turn.db, number));
    touch.after = replay(number, touch.records);
    touch.before = touch.after;
    const LiveCase live(touch.records, *rules);
    KL_CHECK(write_projection(turn, live, touch));
    touch.new_records = touch.records.size();
    return index_case(turn, *rules, touch);
}

}  // namespace klarsyn::servicedesk
