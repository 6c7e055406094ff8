// PCs by their names, for those who measure on them (web/pcs.h).
#include "web/pcs.h"

#include <algorithm>
#include <tuple>

#include "modules/assets/assets.h"

namespace klarsyn::assets {
namespace {

// So few are looked up one by one; of more the register is read once.
constexpr std::size_t kSingly = 500;

constexpr std::string_view kPcs =
    "SELECT code, from_day, to_day, model, age FROM assets_asset WHERE kind = 'pc' AND "
    "seq <= :as_of AND (retracted_seq IS NULL OR retracted_seq > :as_of)";

Result<void> take(Rows& rows, PcBook& book) {
    std::string code;
    while (true) {
        KL_TRY(const bool more, rows.next());
        if (!more) return {};
        code = rows.text(0);
        const auto wanted = book.find(code);
        if (wanted == book.end()) continue;
        PcSpan& span = wanted->second.emplace_back();
        span.from = static_cast<Day>(rows.i64(1));
        if (!rows.is_null(2)) span.to = static_cast<Day>(rows.i64(2));
        if (!rows.is_null(3)) span.model = rows.i64(3);
        if (!rows.is_null(4)) span.age = rows.i64(4);
    }
}

}  // namespace

Result<void> fill_pcs(Connection& db, std::int64_t as_of, PcBook& book) {
    if (book.size() > kSingly) {
        KL_TRY(auto rows, db.stream(kPcs, {{":as_of", Value(as_of)}}));
        KL_CHECK(take(*rows, book));
    } else {
        for (const auto& [code, spans] : book) {
            KL_TRY(auto rows, db.query(std::string(kPcs) + " AND code = :code",
                                       {{":as_of", Value(as_of)}, {":code", Value(code)}}));
            KL_CHECK(take(*rows, book));
        }
    }
    for (auto& [code, spans] : book) {
        std::sort(spans.begin(), spans.end(), [](const PcSpan& a, const PcSpan& b) {
            return std::tie(a.from, a.to, a.model, a.age) < std::tie(b.from, b.to, b.model, b.age);
        });
    }
    return {};
}

Result<std::int64_t> pcs_changed(Connection& db, std::int64_t as_of) {
    return query_i64(db,
                     "SELECT MAX(CASE WHEN retracted_seq <= :as_of THEN retracted_seq ELSE seq END)"
                     " FROM assets_asset WHERE kind = 'pc' AND seq <= :as_of",
                     {{":as_of", Value(as_of)}});
}

}  // namespace klarsyn::assets
