#include "ingest/turn.h"

#include <sodium.h>

#include "core/hash.h"
#include "indicators/cells.h"

namespace klarsyn {

Result<std::int64_t> WriteTurn::begin_entry() {
    KL_ASSERT(seq_ == 0);
    KL_TRY(seq_, next_seq(db));
    return seq_;
}

Result<FactWriter*> WriteTurn::facts(const Format& format) {
    KL_ASSERT(seq_ != 0);
    OpenFacts& open = facts_[format.name];
    if (!open.writer) {
        KL_TRY(open.writer, FactWriter::open(db, format, seq_, names, memory.search.get()));
    } else if (!open.used) {
        open.writer->next_entry(seq_);
    }
    open.used = true;
    return open.writer.get();
}

SeriesWriter& WriteTurn::series(const SeriesTable& table) {
    auto& known = memory.series[table.name];
    if (!known) known = std::make_shared<SeriesWriter>(db, table, names);
    return *known;
}

void WriteTurn::drop_entry() {
    for (auto& [name, open] : facts_) {
        if (!open.used) continue;
        KL_ASSERT(open.writer->digest().rows_came + open.writer->digest().rows_went == 0);
        open.used = false;
    }
    seq_ = 0;
}

Result<void> WriteTurn::end_entry(std::string actor, std::string kind, std::string detail) {
    KL_ASSERT(seq_ != 0);
    FactsDigest digest;
    for (auto& [name, open] : facts_) {
        if (!open.used) continue;
        KL_CHECK(open.writer->flush());
        digest.came += open.writer->digest().came;
        digest.went += open.writer->digest().went;
        digest.rows_came += open.writer->digest().rows_came;
        digest.rows_went += open.writer->digest().rows_went;
        open.used = false;
    }
    JournalEntry entry;
    entry.seq = seq_;
    entry.at = now;
    entry.actor = std::move(actor);
    entry.kind = std::move(kind);
    entry.detail = std::move(detail);
    entry.facts_digest = digest.text();
    seq_ = 0;
    return append_entry(db, key, std::move(entry));
}

void WriteTurn::part_begins() {
    after_kept_ = after_.size();
    announced_kept_ = announced_.size();
}

void WriteTurn::part_taken_back() {
    seq_ = 0;
    // Days that a part taken back would have changed may be computed again for nothing; its writers
    // know ids and rows that are no more.
    for (auto& [name, open] : facts_) {
        if (open.writer) open.writer->collect_dirty(dirty_);
    }
    facts_.clear();
    after_.resize(after_kept_);
    announced_.resize(announced_kept_);
}

Result<void> WriteTurn::finish() {
    for (auto& [name, open] : facts_) open.writer->collect_dirty(dirty_);
    for (const auto& [table, days] : dirty_) {
        KL_CHECK(mark_dirty(db, table, {days.begin(), days.end()}));
    }
    facts_.clear();
    dirty_.clear();
    return memory.search->settle(db);
}

std::vector<Announcement> WriteTurn::committed() {
    for (const auto& action : after_) action();
    after_.clear();
    return std::move(announced_);
}

std::string keyed_digest(const std::string& key, std::string_view text) {
    unsigned char digest[16];
    KL_ASSERT(key.size() >= crypto_generichash_KEYBYTES_MIN);
    crypto_generichash(digest, sizeof digest, reinterpret_cast<const unsigned char*>(text.data()),
                       text.size(), reinterpret_cast<const unsigned char*>(key.data()),
                       std::min<std::size_t>(key.size(), crypto_generichash_KEYBYTES_MAX));
    return to_hex(std::string_view(reinterpret_cast<const char*>(digest), sizeof digest));
}

}  // namespace klarsyn
