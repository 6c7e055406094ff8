#include "modules/erasure.h"

#include "ingest/erasure.h"
#include "modules/module.h"

namespace klarsyn {
namespace {

Result<ErasureOrder> order_of(const ErasureWish& wish) {
    ErasureOrder order{wish.accounts, wish.phrases};
    order.phrases.insert(order.phrases.end(), wish.accounts.begin(), wish.accounts.end());
    if (order.phrases.empty()) return make_error(ErrorCode::invalid_input, "erasure.nobody");
    for (const std::string& phrase : order.phrases)
        if (phrase.size() < kErasedPhraseMin)
            return make_error(ErrorCode::invalid_input, "erasure.short",
                              {{"least", std::to_string(kErasedPhraseMin)}});
    return order;
}

}  // namespace

Result<ErasureCounts> erase_person(Store& store, const Clock& clock, const ErasureWish& wish) {
    KL_TRY(const ErasureOrder order, order_of(wish));
    ErasureReport report;
    const ErasureWork work = [&order](WriteTurn& turn, ErasureReport& done) -> Result<void> {
        KL_CHECK(erase_in_core(turn, order, done));
        for (const Module& module : modules())
            if (module.erase != nullptr) KL_CHECK(module.erase(turn, order, done));
        return {};
    };
    ErasureCounts counts;
    KL_TRY(counts.seq, run_erasure(store, clock, wish.actor, work, report));
    KL_CHECK(overwrite_leftovers(store));
    counts.records = static_cast<std::int64_t>(report.records.size());
    counts.files = static_cast<std::int64_t>(report.files.size());
    counts.rows = report.rows;
    return counts;
}

}  // namespace klarsyn
