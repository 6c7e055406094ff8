#include <boost/unordered/unordered_flat_map.hpp>
#include <deque>

#include "core/hash.h"
#include "store/journal.h"

namespace klarsyn {
namespace {

struct TextHash {
    using is_avalanching = void;  // XXH3 mixes well: Boost need not mix again
    std::size_t operator()(std::string_view text) const {
        return hash64(text);
    }
};

std::int64_t stored_hash(std::string_view text) {
    return static_cast<std::int64_t>(hash64(text));
}

}  // namespace

struct Names::Cache {
    Turns turns;
    std::int64_t next_id = 0;  // 0: not known in this transaction
    std::deque<std::string> texts;  // owns what the maps point into; never moves an element
    boost::unordered_flat_map<std::string_view, std::int64_t, TextHash> ids;
    boost::unordered_flat_map<std::int64_t, std::string_view> by_id;

    void keep(std::string_view text, std::int64_t id) {
        const std::string& owned = texts.emplace_back(text);
        ids.emplace(owned, id);
        by_id.emplace(id, owned);
    }
    void clear() {
        ids.clear();
        by_id.clear();
        texts.clear();
        next_id = 0;
    }
};

Names::Names(Connection& db) : db_(db), cache_(std::make_shared<Cache>()) {
    cache_->turns = db.turns();
}

void Names::forget() { cache_->clear(); }

// A rollback takes names back; another process may have added some before each new transaction.
void Names::refresh() {
    const Turns now = db_.turns();
    if (now == cache_->turns) return;
    if (now.rolled_back != cache_->turns.rolled_back) cache_->clear();
    cache_->next_id = 0;
    cache_->turns = now;
}

Result<std::optional<std::int64_t>> Names::look_up(std::string_view text) {
    const auto known = cache_->ids.find(text);
    if (known != cache_->ids.end()) return std::optional(known->second);
    KL_TRY(auto rows, db_.query("SELECT id, text FROM core_name WHERE text_hash = :hash",
                                {{":hash", stored_hash(text)}}));
    for (;;) {
        KL_TRY(const bool more, rows->next());
        if (!more) return std::optional<std::int64_t>();
        if (rows->text(1) != text) continue;  // another text with the same hash
        const std::int64_t id = rows->i64(0);
        cache_->keep(text, id);
        return std::optional(id);
    }
}

Result<std::optional<std::int64_t>> Names::find(std::string_view text) {
    if (text.empty() || text == "unknown") return std::optional<std::int64_t>(0);
    refresh();
    return look_up(text);
}

Result<std::int64_t> Names::intern(std::string_view text) {
    KL_TRY(const auto known, find(text));
    if (known) return *known;
    if (cache_->next_id == 0) {
        KL_TRY(cache_->next_id, query_i64(db_, "SELECT MAX(id) + 1 FROM core_name", {}, 1));
    }
    const std::int64_t id = cache_->next_id;
    KL_TRY(const auto added,
           db_.run("INSERT INTO core_name (id, text_hash, text) VALUES (:id, :hash, :text)",
                   {{":id", id}, {":hash", stored_hash(text)}, {":text", std::string(text)}}));
    KL_ASSERT(added == 1);
    ++cache_->next_id;
    cache_->keep(text, id);
    return id;
}

Result<std::string> Names::text(std::int64_t id) {
    if (id == 0) return std::string("unknown");
    refresh();
    const auto known = cache_->by_id.find(id);
    if (known != cache_->by_id.end()) return std::string(known->second);
    KL_TRY(auto rows, db_.query("SELECT text FROM core_name WHERE id = :id", {{":id", id}}));
    KL_TRY(const bool found, rows->next());
    if (!found) {
        return make_error(ErrorCode::not_found, "store.name_missing", {{"id", std::to_string(id)}});
    }
    cache_->keep(rows->text(0), id);
    return std::string(rows->text(0));
}

}  // namespace klarsyn
