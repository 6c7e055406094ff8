#include "modules/erasure.h"

#include <algorithm>

#include "core/cpr.h"
#include "ingest/erasure.h"
#include "modules/module.h"
#include "modules/servicedesk/desk/caller.h"
#include "modules/text_columns.h"
#include "web/accounts.h"

namespace klarsyn {
namespace {

// Digits in the ways that people write them; not a CPR number.
bool is_phone(std::string_view phrase) {
    const auto digits = std::count_if(phrase.begin(), phrase.end(), [](char c) { return c >= '0' && c <= '9'; });
    const bool plain = phrase.find_first_not_of("+0123456789 ") == phrase.npos;
    return plain && (digits == 8 || (digits == 10 && phrase.find("45") < 2) ||
                     (digits == 12 && phrase.starts_with("0045")));
}

Result<ErasureOrder> order_of(const ErasureWish& wish) {
    ErasureOrder order;
    for (const std::string& account : wish.accounts)
        order.accounts.push_back(fold_account_name(account));
    order.phrases = wish.phrases;
    order.phrases.insert(order.phrases.end(), order.accounts.begin(), order.accounts.end());
    if (order.phrases.empty()) return make_error(ErrorCode::invalid_input, "erasure.nobody");
    for (const std::string& phrase : order.phrases)
        if (phrase.size() < kErasedPhraseMin)
            return make_error(ErrorCode::invalid_input, "erasure.short",
                              {{"least", std::to_string(kErasedPhraseMin)}});
    for (const std::string& phrase : wish.phrases) {
        if (!is_phone(phrase)) continue;
        for (std::string& spelling : servicedesk::phone_spellings(phrase))
            if (spelling != phrase) order.phrases.push_back(std::move(spelling));
    }
    return order;
}

// Modules first: they look for the person's account before it goes.
Result<void> erase_everywhere(WriteTurn& turn, const ErasureOrder& order, ErasureReport& report) {
    KL_CHECK(check_counted(turn.db, order, text_columns()));
    // First the raw files: what modules derive from them follows.
    KL_CHECK(erase_in_core(turn, order, report));
    for (const Module& module : modules())
        if (module.erase != nullptr) KL_CHECK(module.erase(turn, order, report));
    KL_CHECK(erase_in_settings(turn.db, order, report));
    KL_CHECK(erase_in_attachments(turn.db, order, report));
    KL_CHECK(erase_in_vault(turn, order, report));
    KL_CHECK(erase_columns(turn.db, order, text_columns(), report));
    return erase_in_journal(turn, order, report);
}

ErasureWork work_of(const ErasureOrder& order) {
    return [&order](WriteTurn& turn, ErasureReport& report) {
        return erase_everywhere(turn, order, report);
    };
}

ErasureReport begin_report(const ErasureWish& wish, const ErasureOrder& order) {
    ErasureReport report;
    report.reason = without_phrases(mask_cprs(wish.reason).text, order);
    return report;
}

ErasureCounts counts_of(std::int64_t seq, const ErasureReport& report) {
    const auto size = [](const boost::json::array& list) { return static_cast<std::int64_t>(list.size()); };
    return {seq, size(report.records), size(report.files), size(report.journal), report.rows};
}

}  // namespace

Result<ErasureCounts> erase_person(WriteTurn& turn, const ErasureWish& wish) {
    KL_TRY(const ErasureOrder order, order_of(wish));
    ErasureReport report = begin_report(wish, order);
    KL_TRY(const auto seq, erase_in_turn(turn, wish.actor, work_of(order), report));
    return counts_of(seq, report);
}

Result<ErasureCounts> erase_person(Store& store, const Clock& clock, const ErasureWish& wish) {
    KL_TRY(const ErasureOrder order, order_of(wish));
    ErasureReport report = begin_report(wish, order);
    KL_TRY(const auto seq, run_erasure(store, clock, wish.actor, work_of(order), report));
    KL_CHECK(overwrite_leftovers(store.writer()));
    KL_CHECK(store.checkpoint());
    return counts_of(seq, report);
}

Result<ErasureCounts> preview_erasure(Store& store, const Clock& clock, const ErasureWish& wish) {
    Connection& db = store.writer();
    KL_CHECK(db.begin_write());
    auto counts = [&] {
        ThreadMemory memory(db);
        WriteTurn turn(db, memory, store.journal_key(), clock);
        return erase_person(turn, wish);
    }();
    db.rollback();
    return counts;
}

}  // namespace klarsyn
