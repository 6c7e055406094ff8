#include "store/journal.h"

#include <boost/json/parse.hpp>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <map>
#include <string_view>

#include "store/journal_rewrite.h"

namespace klarsyn {
namespace {

constexpr const char* kSelectEntries =
    "SELECT seq, at, actor, kind, detail, facts_digest, previous_hash, hash FROM core_journal ";

// HMAC-SHA-256 over the fields, each with its length in front so that no two lists of fields give the
// same bytes.
std::string seal(const std::string& key, std::initializer_list<std::string_view> fields) {
    crypto_auth_hmacsha256_state state;
    const auto bytes = [](std::string_view text) {
        return reinterpret_cast<const unsigned char*>(text.data());
    };
    crypto_auth_hmacsha256_init(&state, bytes(key), key.size());
    for (const auto field : fields) {
        const std::string length = std::to_string(field.size()) + ':';
        crypto_auth_hmacsha256_update(&state, bytes(length), length.size());
        crypto_auth_hmacsha256_update(&state, bytes(field), field.size());
    }
    std::array<unsigned char, crypto_auth_hmacsha256_BYTES> mac{};
    crypto_auth_hmacsha256_final(&state, mac.data());
    std::string hex(mac.size() * 2 + 1, '\0');
    sodium_bin2hex(hex.data(), hex.size(), mac.data(), mac.size());
    hex.pop_back();
    return hex;
}

std::string entry_hash(const std::string& key, const JournalEntry& entry) {
    return seal(key, {"klarsyn entry 1", std::to_string(entry.seq), std::to_string(entry.at),
                      entry.actor, entry.kind, entry.detail, entry.facts_digest,
                      entry.previous_hash});
}

struct Head {
    std::int64_t entries = 0;
    std::string hash;
    std::string signature;
};

std::string head_signature(const std::string& key, const Head& head) {
    return seal(key, {"klarsyn head 1", std::to_string(head.entries), head.hash});
}

Result<std::optional<Head>> read_head(Connection& db) {
    KL_TRY(auto rows,
           db.query("SELECT entries, hash, signature FROM core_journal_head WHERE id = 1"));
    KL_TRY(const bool found, rows->next());
    if (!found) return std::optional<Head>();
    return std::optional(
        Head{rows->i64(0), std::string(rows->text(1)), std::string(rows->text(2))});
}

JournalEntry read_entry(const Rows& rows) {
    JournalEntry entry;
    entry.seq = rows.i64(0);
    entry.at = rows.i64(1);
    entry.actor = rows.text(2);
    entry.kind = rows.text(3);
    entry.detail = rows.text(4);
    entry.facts_digest = rows.text(5);
    entry.previous_hash = rows.text(6);
    entry.hash = rows.text(7);
    return entry;
}

// The chain is continued only from the end that was signed.
Result<Head> trusted_head(Connection& db, const std::string& key) {
    if (key.empty()) return make_error(ErrorCode::refused, "store.key_missing");
    KL_TRY(auto head, read_head(db));
    if (!head || head->signature != head_signature(key, *head)) {
        return make_error(ErrorCode::refused, "journal.damaged");
    }
    KL_TRY(auto rows, db.query("SELECT seq, hash FROM core_journal ORDER BY seq DESC LIMIT 1"));
    KL_TRY(const bool found, rows->next());
    const std::int64_t last = found ? rows->i64(0) : 0;
    const std::string_view hash = found ? rows->text(1) : std::string_view();
    if (last != head->entries || hash != head->hash) {
        return make_error(ErrorCode::refused, "journal.damaged");
    }
    return *head;
}

Result<void> write_head(Connection& db, const std::string& key, Head head) {
    head.signature = head_signature(key, head);
    KL_TRY(const auto changed,
           db.run("UPDATE core_journal_head SET entries = :entries, hash = :hash, "
                  "signature = :signature WHERE id = 1",
                  {{":entries", head.entries}, {":hash", head.hash},
                   {":signature", head.signature}}));
    KL_ASSERT(changed == 1);
    return {};
}

// Walks the entries in order and notes each place where the chain does not hold. An entry that an
// erasure rewrote has a seal in the erasure's own entry, further on, and must fit the last of these.
class ChainCheck {
public:
    explicit ChainCheck(const std::string& key) : key_(key) {}

    void entry(const JournalEntry& entry) {
        bool after_gap = false;
        if (entry.seq != last_ + 1) {
            fault(last_ + 1, "journal.fault.missing");
            after_gap = true;
        }
        if (!after_gap && entry.previous_hash != last_hash_) {
            fault(entry.seq, "journal.fault.order");
        } else if (std::string hash = entry_hash(key_, entry); entry.hash != hash) {
            changed_[entry.seq] = std::move(hash);
        }
        if (entry.kind == kErasureKind)
            for (auto& [seq, seal] : seals_in(entry.detail)) seals_[seq] = std::move(seal);
        last_ = entry.seq;
        last_hash_ = entry.hash;
    }

    std::vector<ChainFault> finish(const std::optional<Head>& head) {
        check_seals();
        if (!head) {
            fault(last_ + 1, "journal.fault.truncated");
        } else if (head->signature != head_signature(key_, *head)) {
            fault(head->entries, "journal.fault.head");
        } else if (head->entries > last_) {
            fault(last_ + 1, "journal.fault.truncated");
        } else if (head->entries < last_ || head->hash != last_hash_) {
            fault(last_, "journal.fault.head");
        }
        std::stable_sort(faults_.begin(), faults_.end(),
                         [](const auto& a, const auto& b) { return a.seq < b.seq; });
        return std::move(faults_);
    }

private:
    void check_seals() {
        for (const auto& [seq, hash] : changed_) {
            const auto seal = seals_.find(seq);
            if (seal == seals_.end() || seal->second != hash) fault(seq, "journal.fault.hash");
        }
        for (const auto& [seq, seal] : seals_)  // what was erased is back, or stands no more
            if (seq > last_ || !changed_.contains(seq)) fault(seq, "journal.fault.hash");
    }

    void fault(std::int64_t seq, const char* reason) { faults_.push_back({seq, reason}); }

    const std::string& key_;
    std::int64_t last_ = 0;
    std::string last_hash_;
    std::map<std::int64_t, std::string> changed_;  // seq to the hash of what stands there now
    std::map<std::int64_t, std::string> seals_;    // the last that an erasure named
    std::vector<ChainFault> faults_;
};

}  // namespace

std::vector<EntrySeal> seals_in(std::string_view detail) {
    namespace json = boost::json;
    std::vector<EntrySeal> seals;
    json::error_code error;
    const json::value value = json::parse(detail, error);
    if (error || !value.is_object()) return seals;
    const json::value* list = value.as_object().if_contains("journal");
    if (list == nullptr || !list->is_array()) return seals;
    for (const json::value& one : list->as_array()) {
        if (!one.is_array() || one.as_array().size() != 2) continue;
        const json::value &seq = one.as_array()[0], &seal = one.as_array()[1];
        if (seq.is_int64() && seal.is_string())
            seals.push_back({seq.as_int64(), std::string(seal.as_string())});
    }
    return seals;
}

Result<EntrySeal> rewrite_entry(Connection& db, const std::string& key, std::int64_t seq,
                                const std::string& actor, const std::string& detail) {
    KL_TRY(auto standing, entry(db, seq));
    KL_ASSERT(standing.has_value());
    standing->actor = actor;
    standing->detail = detail;
    KL_TRY(const auto changed, db.run("UPDATE core_journal SET actor = :actor, detail = :detail"
                                      " WHERE seq = :seq",
                                      {{":actor", actor}, {":detail", detail}, {":seq", seq}}));
    KL_ASSERT(changed == 1);
    return EntrySeal{seq, entry_hash(key, *standing)};
}

Result<std::int64_t> next_seq(Connection& db) {
    KL_TRY(const auto head, head_seq(db));
    return head + 1;
}

Result<void> start_chain(Connection& db, const std::string& key) {
    KL_TRY(const auto existing, read_head(db));
    if (existing) return {};
    KL_TRY(const auto added,
           db.run("INSERT INTO core_journal_head (id, entries, hash, signature) "
                  "VALUES (1, 0, '', '')"));
    KL_ASSERT(added == 1);
    return write_head(db, key, {});
}

Result<void> append_entry(Connection& db, const std::string& key, JournalEntry entry) {
    KL_TRY(const Head head, trusted_head(db, key));
    KL_ASSERT(entry.seq == head.entries + 1);
    entry.previous_hash = head.hash;
    entry.hash = entry_hash(key, entry);
    KL_TRY(const auto added,
           db.run("INSERT INTO core_journal "
                  "(seq, at, actor, kind, detail, facts_digest, previous_hash, hash) VALUES "
                  "(:seq, :at, :actor, :kind, :detail, :facts_digest, :previous_hash, :hash)",
                  {{":seq", entry.seq}, {":at", entry.at}, {":actor", entry.actor},
                   {":kind", entry.kind}, {":detail", entry.detail},
                   {":facts_digest", entry.facts_digest},
                   {":previous_hash", entry.previous_hash}, {":hash", entry.hash}}));
    KL_ASSERT(added == 1);
    return write_head(db, key, {entry.seq, entry.hash, {}});
}

Result<std::int64_t> head_seq(Connection& db) {
    return query_i64(db, "SELECT MAX(seq) FROM core_journal");
}

Result<std::int64_t> seq_at(Connection& db, UtcSecond at) {
    return query_i64(db, "SELECT MAX(seq) FROM core_journal WHERE at <= :at", {{":at", at}});
}

Result<std::optional<JournalEntry>> entry(Connection& db, std::int64_t seq) {
    KL_TRY(auto rows,
           db.query(std::string(kSelectEntries) + "WHERE seq = :seq", {{":seq", seq}}));
    KL_TRY(const bool found, rows->next());
    if (!found) return std::optional<JournalEntry>();
    return std::optional(read_entry(*rows));
}

Result<std::vector<JournalEntry>> entries(Connection& db, std::string_view kind) {
    const std::string sql = std::string(kSelectEntries) +
                            "WHERE kind = :kind OR :all = 1 ORDER BY seq";
    KL_TRY(auto rows, db.query(sql, {{":kind", std::string(kind)},
                                     {":all", std::int64_t{kind.empty() ? 1 : 0}}}));
    std::vector<JournalEntry> found;
    for (;;) {
        KL_TRY(const bool more, rows->next());
        if (!more) return found;
        found.push_back(read_entry(*rows));
    }
}

Result<std::vector<ChainFault>> verify_chain(Connection& db, const std::string& key) {
    if (key.empty()) return make_error(ErrorCode::refused, "store.key_missing");
    // One statement, hence one snapshot: an import may be appending meanwhile.
    KL_TRY(auto rows, db.stream("SELECT seq, at, actor, kind, detail, facts_digest, previous_hash, "
                                "hash, 1 AS part FROM core_journal "
                                "UNION ALL SELECT entries, 0, '', '', '', '', signature, hash, 2 "
                                "FROM core_journal_head WHERE id = 1 ORDER BY part, seq"));
    ChainCheck check(key);
    std::optional<Head> head;
    for (;;) {
        KL_TRY(const bool more, rows->next());
        if (!more) break;
        const JournalEntry row = read_entry(*rows);
        if (rows->i64(8) == 1) {
            check.entry(row);
        } else {
            head = Head{row.seq, row.hash, row.previous_hash};
        }
    }
    return check.finish(head);
}

}  // namespace klarsyn
