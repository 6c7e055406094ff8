// The contract of Search, on both databases.
#include "store/search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <random>

#include "store/search_words.h"
#include "store/test_store.h"

namespace klarsyn {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Numbers = std::vector<std::string>;

class SearchContract : public testing::TestWithParam<Dialect> {
protected:
    void SetUp() override {
        data_ = databases_.fresh(GetParam());
        if (HasFatalFailure()) return;
        store_ = Store::create(data_, test_migrations()).take();
        reader_ = store_->reader().take();
    }
    Connection& db() { return store_->writer(); }
    void put(const std::string& object, const std::string& text, std::int64_t org = 0,
             std::int64_t requester = 0, const std::string& kind = "case") {
        db().begin_write().take();
        search_.write(db(), {kind, object, 0, org, requester, {}, text}).take();
        // Some documents are in the index and some are not yet: nobody may notice.
        if (++written_ % 3 == 0) search_.settle_all(db()).take();
        search_.settle(db()).take();
        db().commit().take();
    }
    SearchPage page(const SearchQuery& query) { return search_.find(*reader_, query).take(); }
    static Numbers numbers(const SearchPage& page) {
        Numbers all;
        for (const SearchHit& hit : page.hits) all.push_back(hit.object);
        return all;
    }
    Numbers find(const std::string& text) {
        SearchQuery query;
        query.text = text;
        return numbers(page(query));
    }

    TestDatabases databases_;
    std::string data_;
    std::unique_ptr<Store> store_;
    std::unique_ptr<Connection> reader_;
    Search search_;
    int written_ = 0;
};

TEST_P(SearchContract, finds_the_words_that_the_desk_types) {
    put("K1", "Printeren på Rødovre virker ikke");
    put("K2", "Netværksproblem i bygning 4");
    put("K3", "Langsomt netværk på Århus");
    EXPECT_THAT(find("rodovre"), ElementsAre("K1"));
    EXPECT_THAT(find("Roedovre"), ElementsAre("K1"));
    EXPECT_THAT(find("værks"), ElementsAre("K2"));
    EXPECT_THAT(find("netværk"), ElementsAre("K3", "K2"));
    EXPECT_THAT(find("netv aarhus"), ElementsAre("K3"));
    EXPECT_THAT(find("virker IKKE"), ElementsAre("K1"));
    EXPECT_THAT(find("virker netværk"), IsEmpty());
    EXPECT_THAT(find(""), IsEmpty());
    EXPECT_THAT(find("  –  "), IsEmpty());
}

TEST_P(SearchContract, forgives_misspellings_where_little_is_found) {
    put("K1", "Printeren virker ikke");
    put("K2", "Sundhedsplatformen er langsom");
    EXPECT_THAT(find("pritneren"), ElementsAre("K1"));
    EXPECT_THAT(find("sundhedsplatfromen"), ElementsAre("K2"));
    EXPECT_THAT(find("sundhetsplat"), ElementsAre("K2"));
    EXPECT_THAT(find("ikek"), IsEmpty());  // too short to guess
    for (int i = 3; i <= 5; ++i) put("K" + std::to_string(i), "pritneren");
    EXPECT_THAT(find("pritneren"), ElementsAre("K5", "K4", "K3"));
    SearchQuery query;
    query.text = "sundhedsplatfromen";
    EXPECT_TRUE(page(query).tolerant);
    query.text = "pritneren";
    EXPECT_FALSE(page(query).tolerant);
}

TEST_P(SearchContract, a_typed_number_comes_first) {
    put("K123", "den rigtige");
    put("SERVICENOW:INC0012345", "fra det gamle system");
    put("K500", "se K123 og INC0012345");
    put("K1234", "en anden");
    EXPECT_THAT(find("K123"), ElementsAre("K123", "K1234", "K500"));
    EXPECT_THAT(find("inc0012345"), ElementsAre("SERVICENOW:INC0012345", "K500"));
    EXPECT_THAT(find("SERVICENOW:INC0012345"), ElementsAre("SERVICENOW:INC0012345"));
    EXPECT_THAT(find("inc00123"), ElementsAre("K500", "SERVICENOW:INC0012345"));
}

TEST_P(SearchContract, a_number_among_words_is_looked_for_first) {
    for (int i = 0; i < 90; ++i) {
        put("K2" + std::to_string(i), i == 77 ? "tastatur RH7777" : "printer RH7777");
    }
    put("GLPI:INC0012345", "skærm");
    put("GLPI:INC0012346", "printeren RH123456");
    put("K900", "skærmen ved RH123456, se GLPI:INC0012345");
    for (int turn = 0; turn < 2; ++turn) {  // waiting, then in the index
        EXPECT_THAT(find("glpi:inc0012345"), ElementsAre("GLPI:INC0012345", "K900"));
        EXPECT_THAT(find("skærm rh1234"), ElementsAre("K900"));
        EXPECT_THAT(find("skræmen rh123456"), ElementsAre("K900"));
        EXPECT_THAT(find("printer rh123456 glpi"), ElementsAre("GLPI:INC0012346"));
        EXPECT_THAT(find("servicenow:inc0012345"), IsEmpty());
        EXPECT_THAT(find("tastatur rh7777"), ElementsAre("K277"));  // more have it than are read
        EXPECT_THAT(find("rh7777 rh123456"), IsEmpty());
        db().begin_write().take();
        search_.settle_all(db()).take();
        db().commit().take();
    }
}

TEST_P(SearchContract, pages_join_without_gap_or_doubling) {
    for (int i = 100; i < 137; ++i)
        put("K" + std::to_string(i), "printer se K110 " + std::to_string(i));
    for (const char* text : {"printer", "K110", "pritner"}) {
        Numbers all;
        SearchQuery query;
        query.text = text;
        query.limit = 5;
        query.count_most = 1000;
        for (int pages = 0; pages < 20; ++pages) {
            SearchPage next = page(query);
            EXPECT_EQ(next.total, 37);
            for (auto& number : numbers(next)) all.push_back(number);
            if (next.next.empty()) break;
            EXPECT_EQ(next.hits.size(), 5u);
            query.cursor = next.next;
            put("K9" + std::to_string(pages), "kommer imens");
        }
        EXPECT_EQ(all.size(), 37u) << text;
        if (std::string(text) == "K110") {
            EXPECT_EQ(all.front(), "K110");
        }
        std::sort(all.begin(), all.end());
        EXPECT_EQ(std::unique(all.begin(), all.end()), all.end());
    }
    SearchQuery query;
    query.text = "printer";
    for (const char* cursor : {"x", "s;", "s;1", "s;1;2", "t;99999999999999999999;", "s;1;a,"}) {
        query.cursor = cursor;
        EXPECT_EQ(search_.find(*reader_, query).error().key, "store.search_cursor") << cursor;
    }
}

TEST_P(SearchContract, everybody_sees_only_their_own_also_in_counts) {
    put("K1", "printer", 10, 1);
    put("K2", "printer", 11, 2);
    put("K3", "printer", 0, 1);
    put("P1", "printer", 10, 0, "problem");
    SearchQuery query;
    query.text = "printer";
    query.count_most = 100;
    auto expect = [&](const Numbers& expected) {
        SearchPage found = page(query);
        EXPECT_EQ(numbers(found), expected);
        EXPECT_EQ(found.total, static_cast<std::int64_t>(expected.size()));
    };
    expect({"P1", "K3", "K2", "K1"});
    query.kinds = {"case"};
    expect({"K3", "K2", "K1"});
    query.scope = {false, {10, 12}, 0};
    expect({"K1"});
    query.scope = {false, {11}, 1};
    expect({"K3", "K2", "K1"});
    query.scope = {false, {}, 2};
    expect({"K2"});
    query.scope = {false, {}, 0};
    expect({});
    query.text = "K1";
    expect({});
    query.scope = {false, {1}, 0};  // organisation 1 is not 10
    expect({});
}

TEST_P(SearchContract, lists_narrow_by_marks) {
    db().begin_write().take();
    search_.write(db(), {"case", "K1", 0, 0, 0, {"open"}, "printer"}).take();
    search_.write(db(), {"case", "K2", 0, 0, 0, {}, "printer"}).take();
    db().commit().take();
    SearchQuery query;
    query.text = "printer";
    query.marks = {"open"};
    EXPECT_EQ(numbers(page(query)), Numbers{"K1"});
    query.marks = {"open", "other"};
    EXPECT_THAT(numbers(page(query)), IsEmpty());
    EXPECT_THAT(find("open"), IsEmpty());
}

TEST_P(SearchContract, marks_cannot_be_typed) {
    put("K1", "printer", 10);
    for (const char* text : {"øo10", "øk case", "\"øo10\"", "okcase", "case"})
        EXPECT_THAT(find(text), IsEmpty()) << text;
}

TEST_P(SearchContract, hostile_queries_find_nothing_and_break_nothing) {
    put("K1", "printer");
    for (std::string text :
         {std::string("\""), std::string("' OR 1=1 --"), std::string("words:printer"),
          std::string("NEAR(printer x)"), std::string("printer*) OR (x"), std::string("\xff\xfe"),
          std::string("!&|<->"), std::string(5000, '('), std::string(5000, 'a'),
          std::string("a\0b", 3), std::string("\\'")}) {
        SearchQuery query;
        query.text = text;
        EXPECT_TRUE(search_.find(*reader_, query).ok()) << text;
    }
    EXPECT_THAT(find("printer"), ElementsAre("K1"));
}

TEST_P(SearchContract, a_new_text_replaces_the_old_one) {
    put("K1", "printer zebrafinken");
    put("K2", "printer");
    db().begin_write().take();
    search_.settle_all(db()).take();
    search_.write(db(), {"case", "K1", 0, 0, 0, {}, "skærm"}).take();
    db().commit().take();
    for (int round = 0; round < 2; ++round) {
        EXPECT_THAT(find("printer"), ElementsAre("K2"));
        EXPECT_THAT(find("skærm"), ElementsAre("K1"));
        EXPECT_THAT(find("zebrafinken"), IsEmpty());
        db().begin_write().take();
        search_.settle_all(db()).take();
        db().commit().take();
    }
    EXPECT_EQ(
        query_i64(db(), "SELECT COUNT(*) FROM core_search_word WHERE word = 'zebrafinken'").take(),
        0);
    EXPECT_EQ(
        query_i64(db(), "SELECT COUNT(*) FROM core_search_word WHERE word = 'printer'").take(), 1);
    Search::check(db()).take();
}

TEST_P(SearchContract, what_was_taken_back_is_not_found_and_its_words_come_again) {
    db().begin_write().take();
    search_.write(db(), {"case", "K1", 0, 0, 0, {}, "flagermus"}).take();
    search_.settle_all(db()).take();
    db().rollback();
    EXPECT_THAT(find("flagermus"), IsEmpty());
    put("K1", "egern");
    put("K2", "flagermus pindsvin");
    EXPECT_THAT(find("flager"), ElementsAre("K2"));
    EXPECT_THAT(find("egern"), ElementsAre("K1"));
    EXPECT_THAT(find("svin"), ElementsAre("K2"));
    Search::check(db()).take();
}

TEST_P(SearchContract, one_document_written_twice_in_a_transaction_is_one) {
    db().begin_write().take();
    search_.write(db(), {"case", "K1", 0, 0, 0, {}, "første"}).take();
    search_.write(db(), {"case", "K2", 0, 0, 0, {}, "anden"}).take();
    search_.write(db(), {"case", "K1", 7, 0, 0, {}, "tredje"}).take();
    search_.settle_all(db()).take();
    search_.settle_all(db()).take();
    db().commit().take();
    EXPECT_THAT(find("første"), IsEmpty());
    EXPECT_THAT(find("tredje"), ElementsAre("K1"));
    SearchQuery query;
    query.text = "tredje";
    EXPECT_EQ(page(query).hits.front().ref, 7);
    Search::check(db()).take();
}

TEST_P(SearchContract, a_word_that_another_process_dropped_comes_again) {
    put("K1", "flagermus");
    put("K2", "printer");
    Search other;
    db().begin_write().take();
    other.remove(db(), "case", "K1").take();
    db().commit().take();
    put("K3", "flagermus");
    db().begin_write().take();
    search_.settle_all(db()).take();
    db().commit().take();
    EXPECT_THAT(find("agermu"), ElementsAre("K3"));
}

TEST_P(SearchContract, documents_are_compared_and_written_again) {
    const SearchDocument document{"case", "K1", 7, 3, 0, {"open"}, "printer Rødovre"};
    db().begin_write().take();
    search_.write(db(), document).take();
    db().commit().take();
    for (int round = 0; round < 2; ++round) {
        EXPECT_TRUE(Search::holds(db(), document).take());
        SearchDocument changed = document;
        changed.text = "printer";
        EXPECT_FALSE(Search::holds(db(), changed).take());
        changed = document;
        changed.marks = {"closed"};
        EXPECT_FALSE(Search::holds(db(), changed).take());
        db().begin_write().take();
        search_.settle_all(db()).take();
        db().commit().take();
    }
    EXPECT_EQ(Search::count(db(), "case").take(), 1);
    Search::reset(db()).take();
    EXPECT_EQ(Search::count(db(), "case").take(), 0);
    EXPECT_FALSE(Search::holds(db(), document).take());
    put("K1", "printer");
    EXPECT_THAT(find("inte"), ElementsAre("K1"));
    Search::check(db()).take();
}

TEST_P(SearchContract, a_word_may_mean_an_organisation) {
    put("K1", "printer", 17);
    put("K2", "printer", 18);
    put("K3", "herlev");
    SearchQuery query;
    query.text = "herlev";
    query.org_words = {{"herlev", 17}};
    EXPECT_EQ(numbers(page(query)), (Numbers{"K3", "K1"}));
    query.text = "herlev printer";
    EXPECT_EQ(numbers(page(query)), Numbers{"K1"});
}

TEST_P(SearchContract, each_hit_says_where_to_go_on) {
    for (int i = 1; i <= 7; ++i) put("K" + std::to_string(i), "printer");
    SearchQuery query;
    query.text = "printer";
    const SearchPage all = page(query);
    for (std::size_t i = 0; i + 1 < all.hits.size(); ++i) {
        query.cursor = all.hits[i].after;
        const SearchPage rest = page(query);
        ASSERT_EQ(rest.hits.size(), all.hits.size() - i - 1);
        EXPECT_EQ(rest.hits.front().object, all.hits[i + 1].object);
    }
}

TEST_P(SearchContract, a_condition_joins_with_other_conditions) {
    put("K1", "printer");
    put("K2", "printer");
    SearchQuery query;
    query.text = "prin";
    SearchCondition condition = search_.condition(*reader_, query).take();
    EXPECT_EQ(query_i64(*reader_,
                        "SELECT COUNT(*) FROM core_search_doc WHERE object = 'K2' AND id IN (" +
                            condition.sql + ")",
                        {{":search_match", condition.match}})
                  .take(),
              1);
}

TEST_P(SearchContract, many_documents_in_one_transaction_are_put_into_the_index) {
    db().begin_write().take();
    for (int i = 1; i <= 300; ++i)
        search_.write(db(), {"case", "K" + std::to_string(i), 0, 0, 0, {}, "printer"}).take();
    search_.settle(db()).take();
    db().commit().take();
    EXPECT_EQ(query_i64(db(), "SELECT COUNT(*) FROM core_search_pending").take(), 0);
    EXPECT_EQ(query_i64(db(), "SELECT COUNT(*) FROM core_search_text").take(), 300);
    EXPECT_EQ(find("printer").size(), 50u);
}

TEST_P(SearchContract, another_process_finds_and_writes_too) {
    put("K1", "printer");
    Search other;
    SearchQuery query;
    query.text = "rinte";
    EXPECT_EQ(other.find(*reader_, query).take().hits.size(), 1u);
    db().begin_write().take();
    other.write(db(), {"case", "K2", 0, 0, 0, {}, "printer faksmaskine"}).take();
    other.settle_all(db()).take();
    db().commit().take();
    put("K3", "faksmaskine ny");
    EXPECT_THAT(find("maskine"), ElementsAre("K3", "K2"));
    EXPECT_THAT(find("rinte"), ElementsAre("K2", "K1"));
}

// Many random documents, replaced and removed: the same answers as looking at each of them.
TEST_P(SearchContract, agrees_with_looking_at_every_document) {
    const Numbers vocabulary{"printer",  "printeren", "sprinter", "net",
                             "netvaerk", "hjemmenet", "skaerm",   "k12",
                             "rodovre",  "koden",     "kode",     "adgangskode"};
    std::mt19937 random(7);
    auto pick = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
    std::map<std::string, std::string> texts;
    for (int round = 0; round < 60; ++round) {
        std::string object = "K" + std::to_string(1000 + pick(25));
        if (pick(5) == 0) {
            db().begin_write().take();
            search_.remove(db(), "case", object).take();
            db().commit().take();
            texts.erase(object);
        } else {
            std::string text;
            for (std::size_t i = pick(6); i > 0; --i)
                text += vocabulary[pick(vocabulary.size())] + ' ';
            put(object, text);
            texts[object] = text;
        }
    }
    for (const std::string part :
         {"print", "net", "kode", "adgang", "odo", "printer net", "skaerm"}) {
        Numbers expected;
        for (const auto& [object, text] : texts) {
            bool all = true;
            for (const std::string& word : words_of(part))
                all = all && text.find(word) != text.npos;
            if (all) expected.push_back(object);
        }
        SearchQuery query;
        query.text = part;
        SearchPage found = page(query);
        if (found.tolerant && expected.size() < 3) continue;
        EXPECT_THAT(numbers(found), testing::UnorderedElementsAreArray(expected)) << part;
    }
    Search::check(db()).take();
}

INSTANTIATE_TEST_SUITE_P(Both, SearchContract, testing::Values(Dialect::sqlite, Dialect::postgres),
                         [](const auto& backend) {
                             return backend.param == Dialect::sqlite ? "sqlite" : "postgres";
                         });

bool directory_holds(const std::string& data, const std::string& word) {
    for (const auto& entry : std::filesystem::directory_iterator(data)) {
        std::ifstream file(entry.path(), std::ios::binary);
        std::string bytes{std::istreambuf_iterator<char>(file), {}};
        if (bytes.find(word) != std::string::npos) return true;
    }
    return false;
}

TEST(SearchErasure, nothing_is_left_in_the_files) {
    TestDatabases databases;
    const std::string data = databases.fresh(Dialect::sqlite);
    auto store = Store::create(data, test_migrations()).take();
    Connection& db = store->writer();
    Search search;
    auto write = [&](int i, const std::string& text) {
        db.begin_write().take();
        search.write(db, {"case", "K" + std::to_string(i), 0, 0, 0, {}, text}).take();
        search.settle_all(db).take();
        db.commit().take();
    };
    for (int i = 1; i < 200; ++i)
        write(i, "printer " + std::to_string(i * 7919) + (i == 50 ? " kunigunde" : ""));
    EXPECT_TRUE(directory_holds(data, "kunigunde"));
    db.begin_write().take();
    search.remove(db, "case", "K50").take();
    db.commit().take();
    Search::purge(db).take();
    store->checkpoint().take();
    EXPECT_FALSE(directory_holds(data, "kunigunde"));
    EXPECT_FALSE(directory_holds(data, std::to_string(50 * 7919)));
    EXPECT_TRUE(directory_holds(data, std::to_string(51 * 7919)));
    Search::check(db).take();
}

TEST(SearchDamage, is_found) {
    TestDatabases databases;
    const std::string data = databases.fresh(Dialect::sqlite);
    auto store = Store::create(data, test_migrations()).take();
    Search search;
    store->writer().begin_write().take();
    search.write(store->writer(), {"case", "K1", 0, 0, 0, {}, "printer"}).take();
    search.settle_all(store->writer()).take();
    store->writer().commit().take();
    Search::check(store->writer()).take();
    store->writer().run("DELETE FROM core_search_text").take();
    EXPECT_EQ(Search::check(store->writer()).error().key, "store.search_damaged");
}

}  // namespace
}  // namespace klarsyn
