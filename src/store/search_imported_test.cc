// Documents of what other systems told: many at once, behind all of one's own. On both databases.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/search.h"
#include "store/test_store.h"

namespace klarsyn {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Numbers = std::vector<std::string>;

class ImportedDocuments : public testing::TestWithParam<Dialect> {
protected:
    void SetUp() override {
        data_ = databases_.fresh(GetParam());
        if (HasFatalFailure()) return;
        store_ = Store::create(data_, test_migrations()).take();
        reader_ = store_->reader().take();
    }
    Connection& db() { return store_->writer(); }
    static SearchDocument document(const std::string& object, const std::string& text,
                                   std::int64_t ref = 0) {
        SearchDocument one{"case", object, ref, 0, 0, {"closed"}, text};
        one.imported = object.find(':') != object.npos;
        return one;
    }
    // One transaction of the work.
    template <typename Work>
    void commit(const Work& work) {
        db().begin_write().take();
        work();
        search_.settle_all(db()).take();
        db().commit().take();
    }
    void add(const std::vector<SearchDocument>& documents) {
        commit([&] {
            for (const SearchDocument& one : documents) search_.add(db(), one).take();
        });
    }
    void put(const std::string& object, const std::string& text) {
        commit([&] { search_.write(db(), document(object, text)).take(); });
    }
    void forget(const Numbers& objects) {
        commit([&] {
            for (const std::string& one : objects) search_.forget(db(), "case", one).take();
        });
    }
    SearchPage page(const std::string& text, int limit = 50, const std::string& cursor = "") {
        SearchQuery query;
        query.text = text;
        query.limit = limit;
        query.cursor = cursor;
        return search_.find(*reader_, query).take();
    }
    Numbers find(const std::string& text) {
        Numbers all;
        for (const SearchHit& hit : page(text).hits) all.push_back(hit.object);
        return all;
    }
    std::int64_t total(const std::string& text) {
        SearchQuery query;
        query.text = text;
        return search_.total(*reader_, query).take();
    }
    std::int64_t words(const std::string& word) {
        return query_i64(db(), "SELECT COUNT(*) FROM core_search_word WHERE word = :word",
                         {{":word", word}})
            .take();
    }

    TestDatabases databases_;
    std::string data_;
    std::unique_ptr<Store> store_;
    std::unique_ptr<Connection> reader_;
    Search search_;
};

TEST_P(ImportedDocuments, stand_behind_ones_own_the_newest_first) {
    put("K1", "printer");
    add({document("sn:INC1", "printer"), document("sn:INC2", "printer")});
    put("K2", "printer");
    add({document("rt:7", "printer på Rødovre")});
    EXPECT_THAT(find("printer"), ElementsAre("K2", "K1", "rt:7", "sn:INC2", "sn:INC1"));
    EXPECT_THAT(find("rodovre"), ElementsAre("rt:7"));
    EXPECT_EQ(total("printer"), 5);
    EXPECT_EQ(total("ingenting"), 0);
    EXPECT_EQ(total(""), 0);
    put("sn:INC1", "printer igen");  // keeps its place
    EXPECT_THAT(find("printer"), ElementsAre("K2", "K1", "rt:7", "sn:INC2", "sn:INC1"));
    EXPECT_THAT(find("sn:INC1"), ElementsAre("sn:INC1"));
    Search::check(db()).take();
}

TEST_P(ImportedDocuments, a_typed_number_comes_first_with_and_without_its_source) {
    put("K1", "se sn INC1");
    add({document("sn:INC1", "printer"), document("sn:INC2", "efter INC1")});
    EXPECT_THAT(find("inc1"), ElementsAre("sn:INC1", "K1", "sn:INC2"));
    EXPECT_THAT(find("sn:INC1"), ElementsAre("sn:INC1", "K1", "sn:INC2"));
}

TEST_P(ImportedDocuments, pages_go_on_from_own_to_imported) {
    for (int i = 1; i <= 3; ++i) put("K" + std::to_string(i), "printer");
    std::vector<SearchDocument> many;
    for (int i = 1; i <= 5; ++i) many.push_back(document("sn:N" + std::to_string(i), "printer"));
    add(many);
    Numbers all;
    std::string cursor;
    for (int pages = 0; pages < 9; ++pages) {
        const SearchPage one = page("printer", 2, cursor);
        for (const SearchHit& hit : one.hits) all.push_back(hit.object);
        cursor = one.next;
        if (cursor.empty()) break;
    }
    EXPECT_THAT(all, ElementsAre("K3", "K2", "K1", "sn:N5", "sn:N4", "sn:N3", "sn:N2", "sn:N1"));
}

TEST_P(ImportedDocuments, many_at_once_are_all_there) {
    std::vector<SearchDocument> many;
    for (int i = 0; i < 20'000; ++i)
        many.push_back(document("sn:N" + std::to_string(i), "fælles ord" + std::to_string(i % 7)));
    add(many);
    EXPECT_EQ(total("fælles"), 20'000);
    EXPECT_EQ(Search::count(db(), "case").take(), 20'000);
    for (int i : {0, 16'383, 16'384, 19'999})
        EXPECT_TRUE(Search::holds(db(), many[static_cast<std::size_t>(i)]).take()) << i;
    Search::check(db()).take();
}

TEST_P(ImportedDocuments, what_is_forgotten_leaves_no_word) {
    add({document("sn:1", "printer giraf"), document("sn:2", "printer hjort")});
    put("K1", "hjort");
    forget({"sn:1", "sn:2", "sn:3"});
    EXPECT_THAT(find("printer"), IsEmpty());
    EXPECT_THAT(find("hjort"), ElementsAre("K1"));
    EXPECT_EQ(words("giraf"), 0);
    EXPECT_EQ(words("hjort"), 1);
    add({document("sn:1", "giraf")});
    EXPECT_THAT(find("gira"), ElementsAre("sn:1"));
    Search::check(db()).take();
}

TEST_P(ImportedDocuments, what_is_rolled_back_was_never_there) {
    add({document("sn:1", "printer")});
    db().begin_write().take();
    search_.add(db(), document("sn:2", "giraf")).take();
    db().rollback();
    db().begin_write().take();
    search_.forget(db(), "case", "sn:1").take();
    search_.settle_all(db()).take();
    db().rollback();
    EXPECT_THAT(find("giraf"), IsEmpty());
    EXPECT_THAT(find("printer"), ElementsAre("sn:1"));
    add({document("sn:2", "printer giraf")});
    EXPECT_THAT(find("printer"), ElementsAre("sn:2", "sn:1"));
    EXPECT_EQ(words("printer"), 1);
    Search::check(db()).take();
}

TEST_P(ImportedDocuments, a_reset_forgets_all) {
    put("K1", "printer");
    add({document("sn:1", "printer")});
    Search::reset(db()).take();
    EXPECT_THAT(find("printer"), IsEmpty());
    add({document("sn:1", "printer")});
    put("K1", "printer");
    EXPECT_THAT(find("printer"), ElementsAre("K1", "sn:1"));
    Search::check(db()).take();
}

INSTANTIATE_TEST_SUITE_P(Both, ImportedDocuments,
                         testing::Values(Dialect::sqlite, Dialect::postgres),
                         [](const auto& backend) {
                             return backend.param == Dialect::sqlite ? "sqlite" : "postgres";
                         });

}  // namespace
}  // namespace klarsyn
