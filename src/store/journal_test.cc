// The journal's chain and the names, on both databases.
#include "store/journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/journal_rewrite.h"
#include "store/test_store.h"

namespace klarsyn {

void PrintTo(const ChainFault& fault, std::ostream* out) {
    *out << fault.seq << " " << fault.reason;
}

namespace {

class JournalContract : public testing::TestWithParam<Dialect> {
protected:
    void SetUp() override {
        data_ = databases_.fresh(GetParam());
        if (HasFatalFailure()) return;
        store_ = Store::create(data_, test_migrations()).take();
    }
    Connection& db() { return store_->writer(); }
    const std::string& key() { return store_->journal_key(); }

    Result<void> add(std::int64_t at, std::string kind, std::string detail) {
        KL_CHECK(db().begin_write());
        KL_TRY(const auto seq, next_seq(db()));
        JournalEntry entry;
        entry.seq = seq;
        entry.at = at;
        entry.actor = "kirsten";
        entry.kind = std::move(kind);
        entry.detail = std::move(detail);
        entry.facts_digest = "00";
        const auto done = append_entry(db(), key(), entry);
        if (done.ok()) return db().commit();
        db().rollback();
        return done;
    }
    void add_six() {
        for (int i = 1; i <= 6; ++i) {
            add(1000 * i, i % 2 == 0 ? "import" : "user", "{\"n\":" + std::to_string(i) + "}").take();
        }
    }
    std::vector<std::pair<std::int64_t, std::string>> faults() {
        std::vector<std::pair<std::int64_t, std::string>> all;
        for (const auto& fault : verify_chain(db(), key()).take()) {
            all.emplace_back(fault.seq, fault.reason.substr(std::string("journal.fault.").size()));
        }
        return all;
    }
    void change(std::string_view sql) { EXPECT_GT(db().run(sql).take(), 0) << sql; }

    TestDatabases databases_;
    std::string data_;
    std::unique_ptr<Store> store_;
};

using Faults = std::vector<std::pair<std::int64_t, std::string>>;

TEST_P(JournalContract, an_empty_journal_is_intact) {
    EXPECT_EQ(head_seq(db()).take(), 0);
    EXPECT_EQ(seq_at(db(), 5000).take(), 0);
    EXPECT_EQ(faults(), Faults{});
}

TEST_P(JournalContract, entries_come_back_in_order) {
    add_six();
    EXPECT_EQ(head_seq(db()).take(), 6);
    EXPECT_EQ(seq_at(db(), 999).take(), 0);
    EXPECT_EQ(seq_at(db(), 3000).take(), 3);
    EXPECT_EQ(seq_at(db(), 99999).take(), 6);
    const auto third = entry(db(), 3).take();
    ASSERT_TRUE(third.has_value());
    EXPECT_EQ(third->detail, "{\"n\":3}");
    EXPECT_EQ(third->actor, "kirsten");
    EXPECT_EQ(third->hash.size(), 64u);
    EXPECT_FALSE(entry(db(), 7).take().has_value());
    EXPECT_EQ(entries(db()).take().size(), 6u);
    const auto imports = entries(db(), "import").take();
    ASSERT_EQ(imports.size(), 3u);
    EXPECT_EQ(imports[1].seq, 4);
    EXPECT_EQ(faults(), Faults{});
}

TEST_P(JournalContract, an_edit_of_any_field_is_named) {
    add_six();
    for (const char* edit : {"at = at + 1", "actor = 'mallory'", "kind = 'user'", "detail = '{}'",
                             "facts_digest = '01'"}) {
        const auto before = entry(db(), 4).take();
        change("UPDATE core_journal SET " + std::string(edit) + " WHERE seq = 4");
        EXPECT_EQ(faults(), (Faults{{4, "hash"}})) << edit;
        db().run("UPDATE core_journal SET at = :at, actor = :actor, kind = :kind, detail = :detail, "
                 "facts_digest = :digest WHERE seq = 4",
                 {{":at", before->at}, {":actor", before->actor}, {":kind", before->kind},
                  {":detail", before->detail}, {":digest", before->facts_digest}})
            .take();
        EXPECT_EQ(faults(), Faults{});
    }
    change("UPDATE core_journal SET hash = previous_hash WHERE seq = 2");
    EXPECT_EQ(faults(), (Faults{{2, "hash"}, {3, "order"}}));
}

TEST_P(JournalContract, a_deleted_entry_is_named) {
    add_six();
    change("DELETE FROM core_journal WHERE seq = 3");
    EXPECT_EQ(faults(), (Faults{{3, "missing"}}));
    change("DELETE FROM core_journal WHERE seq = 1");
    EXPECT_EQ(faults(), (Faults{{1, "missing"}, {3, "missing"}}));
}

TEST_P(JournalContract, moving_the_rest_up_over_a_deleted_entry_does_not_hide_it) {
    add_six();
    change("DELETE FROM core_journal WHERE seq = 3");
    for (int seq = 4; seq <= 6; ++seq) {
        db().run("UPDATE core_journal SET seq = seq - 1 WHERE seq = :s",
                 {{":s", std::int64_t{seq}}})
            .take();
    }
    const auto found = faults();
    ASSERT_FALSE(found.empty());
    EXPECT_EQ(found.front(), (std::pair<std::int64_t, std::string>{3, "order"}));
}

TEST_P(JournalContract, swapped_entries_are_named) {
    add_six();
    change("UPDATE core_journal SET seq = -2 WHERE seq = 2");
    change("UPDATE core_journal SET seq = 2 WHERE seq = 5");
    change("UPDATE core_journal SET seq = 5 WHERE seq = -2");
    EXPECT_EQ(faults(), (Faults{{2, "order"}, {3, "order"}, {5, "order"}, {6, "order"}}));
}

TEST_P(JournalContract, a_truncated_journal_is_found_and_not_continued) {
    add_six();
    change("DELETE FROM core_journal WHERE seq >= 5");
    EXPECT_EQ(faults(), (Faults{{5, "truncated"}}));
    const auto next = add(9000, "import", "{}");
    ASSERT_FALSE(next.ok());
    EXPECT_EQ(next.error().key, "journal.damaged");
    EXPECT_EQ(head_seq(db()).take(), 4);
    change("DELETE FROM core_journal");
    EXPECT_EQ(faults(), (Faults{{1, "truncated"}}));
}

TEST_P(JournalContract, a_head_that_was_turned_back_is_found) {
    add_six();
    const auto third = entry(db(), 3).take();
    change("DELETE FROM core_journal WHERE seq > 3");
    db().run("UPDATE core_journal_head SET entries = 3, hash = :hash", {{":hash", third->hash}})
        .take();
    EXPECT_EQ(faults(), (Faults{{3, "head"}}));
    change("DELETE FROM core_journal_head");
    EXPECT_EQ(faults(), (Faults{{4, "truncated"}}));
    EXPECT_FALSE(add(9000, "import", "{}").ok());
}

TEST_P(JournalContract, a_forged_entry_at_the_end_is_found) {
    add_six();
    change("INSERT INTO core_journal (seq, at, actor, kind, detail, facts_digest, previous_hash, "
           "hash) SELECT 7, at, actor, kind, detail, facts_digest, hash, hash FROM core_journal "
           "WHERE seq = 6");
    EXPECT_EQ(faults(), (Faults{{7, "hash"}, {7, "head"}}));
}

// An erasure takes a person out of an entry; the chain holds, and every later change is found.
TEST_P(JournalContract, an_erased_entry_is_followed_by_its_seal) {
    add_six();
    const auto erase = [&](std::int64_t seq, const std::string& actor) {
        db().begin_write().take();
        const EntrySeal seal =
            rewrite_entry(db(), key(), seq, actor, entry(db(), seq).take()->detail).take();
        db().commit().take();
        return "[" + std::to_string(seal.seq) + ",\"" + seal.seal + "\"]";
    };
    const std::string two = erase(2, "[slettet]");
    EXPECT_THAT(faults(), testing::ElementsAre(testing::Pair(2, "hash")));  // nobody told of it
    add(7000, "erase", "{\"journal\":[" + two + "]}").take();
    EXPECT_THAT(faults(), testing::IsEmpty());
    EXPECT_EQ(entry(db(), 2).take()->actor, "[slettet]");

    const std::string again = erase(2, "[slettet 2]");
    const std::string seven = erase(7, "[slettet]");  // an erasure's own actor can go, too
    add(8000, "erase", "{\"journal\":[" + again + "," + seven + "]}").take();
    EXPECT_THAT(faults(), testing::IsEmpty());

    for (const char* sql : {"UPDATE core_journal SET actor = 'kirsten' WHERE seq = 2",
                            "UPDATE core_journal SET actor = '[slettet]' WHERE seq = 2",
                            "UPDATE core_journal SET at = at + 1 WHERE seq = 2"}) {
        change(sql);
        EXPECT_THAT(faults(), testing::ElementsAre(testing::Pair(2, "hash"))) << sql;
        change("UPDATE core_journal SET actor = '[slettet 2]', at = 2000 WHERE seq = 2");
        EXPECT_THAT(faults(), testing::IsEmpty());
    }
    change("DELETE FROM core_journal WHERE seq = 2");
    EXPECT_FALSE(faults().empty());
}

TEST_P(JournalContract, another_key_fits_nothing_and_continues_nothing) {
    add_six();
    const std::string other(64, 'a');
    EXPECT_EQ(verify_chain(db(), other).take().size(), 7u);
    db().begin_write().take();
    JournalEntry forged;
    forged.seq = 7;
    EXPECT_FALSE(append_entry(db(), other, forged).ok());
    EXPECT_EQ(append_entry(db(), "", forged).error().key, "store.key_missing");
    db().rollback();
    EXPECT_EQ(faults(), Faults{});
}

TEST_P(JournalContract, a_rolled_back_entry_leaves_no_trace) {
    add_six();
    db().begin_write().take();
    JournalEntry dropped;
    dropped.seq = next_seq(db()).take();
    append_entry(db(), key(), dropped).take();
    EXPECT_EQ(next_seq(db()).take(), 8);
    db().rollback();
    add(7000, "user", "{}").take();
    EXPECT_EQ(head_seq(db()).take(), 7);
    EXPECT_EQ(faults(), Faults{});
}

TEST_P(JournalContract, names_are_dense_and_stay) {
    Names names(db());
    db().begin_write().take();
    EXPECT_EQ(names.intern("servicedesk").take(), 1);
    EXPECT_EQ(names.intern("Århus").take(), 2);
    EXPECT_EQ(names.intern("servicedesk").take(), 1);
    EXPECT_EQ(names.intern("").take(), 0);
    EXPECT_EQ(names.intern("unknown").take(), 0);
    const std::string longer(100'000, 'x');
    EXPECT_EQ(names.intern(longer).take(), 3);
    db().commit().take();
    auto reader = store_->reader().take();
    Names others(*reader);
    EXPECT_EQ(others.find("Århus").take(), 2);
    EXPECT_EQ(others.find("århus").take(), std::nullopt);
    EXPECT_EQ(others.find(longer).take(), 3);
    EXPECT_EQ(others.text(1).take(), "servicedesk");
    EXPECT_EQ(others.text(1).take(), "servicedesk");
    EXPECT_EQ(others.text(0).take(), "unknown");
    EXPECT_EQ(others.text(9).error().key, "store.name_missing");
    // Joins over a name that a record lacks find a row.
    EXPECT_EQ(query_i64(*reader, "SELECT COUNT(*) FROM core_name WHERE id = 0").take(), 1);
}

TEST_P(JournalContract, a_rollback_takes_names_back) {
    Names names(db());
    const Names copy = names;
    db().begin_write().take();
    EXPECT_EQ(names.intern("one").take(), 1);
    EXPECT_EQ(names.intern("two").take(), 2);
    db().rollback();
    EXPECT_EQ(names.find("two").take(), std::nullopt);
    db().begin_write().take();
    EXPECT_EQ(Names(copy).intern("two").take(), 1);
    EXPECT_EQ(names.intern("one").take(), 2);
    db().commit().take();
    EXPECT_EQ(names.text(1).take(), "two");
    EXPECT_EQ(query_i64(db(), "SELECT COUNT(*) FROM core_name").take(), 3);
}

TEST_P(JournalContract, two_texts_with_one_hash_are_two_names) {
    Names names(db());
    db().begin_write().take();
    EXPECT_EQ(names.intern("first").take(), 1);
    // As if "second" had the hash of "first".
    change("UPDATE core_name SET text = 'other' WHERE id = 1");
    names.forget();
    EXPECT_EQ(names.find("first").take(), std::nullopt);
    EXPECT_EQ(names.intern("first").take(), 2);
    names.forget();
    EXPECT_EQ(names.find("first").take(), 2);
    db().commit().take();
}

std::string backend_name(const testing::TestParamInfo<Dialect>& info) {
    return info.param == Dialect::sqlite ? "sqlite" : "postgres";
}
INSTANTIATE_TEST_SUITE_P(both, JournalContract,
                         testing::Values(Dialect::sqlite, Dialect::postgres), backend_name);

}  // namespace
}  // namespace klarsyn
