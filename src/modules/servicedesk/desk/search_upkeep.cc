// Writing the search index again, and comparing it with what it must hold.
#include <algorithm>
#include <set>

#include "modules/servicedesk/desk/case_search.h"
#include "modules/servicedesk/practice/object.h"

namespace klarsyn::servicedesk {
namespace {

constexpr std::int64_t kRebuildBatch = 500;
constexpr std::int64_t kImportedBatch = 20'000;
constexpr std::string_view kDocumentKinds[] = {kCaseKind, "problem", "change", "major"};

struct NumberedCase {
    std::int64_t num = 0;
    std::string number;
};

Result<std::vector<NumberedCase>> cases_behind(Connection& db, std::int64_t num) {
    KL_TRY(const auto rows,
           db.query("SELECT num, number FROM servicedesk_case WHERE num > :num"
                    " AND source = :own ORDER BY num LIMIT :most",
                    {{":num", num}, {":own", std::string(kOwnSource)}, {":most", kRebuildBatch}}));
    std::vector<NumberedCase> cases;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return cases;
        cases.push_back({rows->i64(0), std::string(rows->text(1))});
    }
}

Result<SearchDocument> document_now(Connection& db, Names& names, const NumberedCase& one) {
    KL_TRY(const auto records, load_records(db, one.number));
    const CaseState state = replay(one.number, records);
    std::int64_t org = 0;
    if (!state.org.empty()) {
        KL_TRY(const auto id, names.find(state.org));
        org = id.value_or(0);
    }
    return case_document(state, records, one.num, org);
}

Result<std::vector<std::string>> object_numbers(Connection& db) {
    KL_TRY(const auto rows, db.query("SELECT number FROM servicedesk_object ORDER BY num"));
    std::vector<std::string> numbers;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return numbers;
        if (object_kind(rows->text(0)) != nullptr) numbers.emplace_back(rows->text(0));
    }
}

Result<SearchDocument> object_now(Connection& db, Names& names, const std::string& number) {
    KL_TRY(const auto records, load_records(db, number));
    const ObjectRow row = object_kind(number)->project(number, records);
    std::int64_t org = 0;
    if (!row.org.empty()) {
        KL_TRY(const auto id, names.find(row.org));
        org = id.value_or(0);
    }
    return object_document(number, records, row, org);
}

Result<std::int64_t> write_objects(Connection& db, Search& search) {
    Names names(db);
    KL_TRY(const auto numbers, object_numbers(db));
    KL_CHECK(db.begin_write());
    const auto write_all = [&]() -> Result<void> {
        for (const std::string& number : numbers) {
            KL_TRY(const SearchDocument document, object_now(db, names, number));
            KL_CHECK(search.write(db, document));
        }
        return search.settle_all(db);
    };
    if (const auto written = write_all(); !written.ok()) {
        db.rollback();
        return written.error();
    }
    KL_CHECK(db.commit());
    return static_cast<std::int64_t>(numbers.size());
}

Result<std::int64_t> write_documents(Connection& db, Search& search) {
    Names names(db);
    std::int64_t written = 0, last = 0;
    while (true) {
        KL_TRY(const auto cases, cases_behind(db, last));
        if (cases.empty()) return written;
        last = cases.back().num;
        KL_CHECK(db.begin_write());
        for (const NumberedCase& one : cases) {
            auto document = document_now(db, names, one);
            const Result<void> kept =
                document.ok() ? search.write(db, *document) : Result<void>(document.error());
            if (!kept.ok()) {
                db.rollback();
                return kept.error();
            }
            ++written;
        }
        if (const auto settled = search.settle_all(db); !settled.ok()) {
            db.rollback();
            return settled.error();
        }
        KL_CHECK(db.commit());
    }
}

// Rows of imported cases behind `num`, with their documents.
struct ImportedBatch {
    std::vector<SearchDocument> documents;
    std::vector<std::string> sources;
    std::int64_t last = 0;
};

Result<ImportedBatch> imported_behind(Connection& db, Names& names, std::int64_t num) {
    KL_TRY(
        const auto rows,
        db.stream("SELECT num, number, title, text, system, org, category, grp, caller_name,"
                  " open, source FROM servicedesk_case WHERE num > :num AND source <> :own"
                  " ORDER BY num LIMIT :most",
                  {{":num", num}, {":own", std::string(kOwnSource)}, {":most", kImportedBatch}}));
    ImportedBatch batch;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return batch;
        batch.last = rows->i64(0);
        SearchDocument& document = batch.documents.emplace_back(imported_document(
            rows->text(1), {rows->text(2), rows->text(3), rows->text(4), rows->text(5),
                            rows->text(6), rows->text(7), rows->text(8), rows->i64(9) != 0}));
        document.ref = batch.last;
        KL_TRY(const auto org, names.find(rows->text(5)));
        document.org = org.value_or(0);
        batch.sources.emplace_back(rows->text(10));
    }
}

Result<std::int64_t> write_imported(Connection& db, Search& search) {
    Names names(db);
    std::int64_t written = 0, last = 0;
    while (true) {
        KL_TRY(const ImportedBatch batch, imported_behind(db, names, last));
        if (batch.documents.empty()) return written;
        last = batch.last;
        KL_CHECK(db.begin_write());
        const auto write_all = [&]() -> Result<void> {
            for (const SearchDocument& document : batch.documents)
                KL_CHECK(search.add(db, document));
            return search.settle_all(db);
        };
        if (const auto done = write_all(); !done.ok()) {
            db.rollback();
            return done.error();
        }
        KL_CHECK(db.commit());
        written += static_cast<std::int64_t>(batch.documents.size());
    }
}

// Sources whose cases were derived since imported cases stand in the index.
Result<std::set<std::string>> indexed_sources(Connection& db) {
    KL_TRY(const auto rows, db.query("SELECT source FROM core_derivation WHERE derivation >= :now",
                                     {{":now", case_row_table().derivation}}));
    std::set<std::string> sources;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return sources;
        sources.emplace(rows->text(0));
    }
}

struct Seen {
    std::int64_t documents = 0, faults = 0;
};

// Cases from before imported cases stood in the index need not, until they are derived again.
Result<Seen> see_imported(Connection& db) {
    Names names(db);
    KL_TRY(const auto sources, indexed_sources(db));
    Seen seen;
    std::int64_t last = 0;
    while (true) {
        KL_TRY(const ImportedBatch batch, imported_behind(db, names, last));
        if (batch.documents.empty()) return seen;
        last = batch.last;
        for (std::size_t i = 0; i < batch.documents.size(); ++i) {
            KL_TRY(const bool held, Search::holds(db, batch.documents[i]));
            KL_TRY(const bool there,
                   Search::knows(db, batch.documents[i].kind, batch.documents[i].object));
            seen.documents += there ? 1 : 0;
            if (!held && sources.contains(batch.sources[i])) ++seen.faults;
        }
    }
}

}  // namespace

Result<std::int64_t> count_search_faults(Store& store) {
    Connection& db = store.writer();
    Names names(db);
    std::int64_t faults = 0, cases_seen = 0, last = 0;
    while (true) {
        KL_TRY(const auto cases, cases_behind(db, last));
        if (cases.empty()) break;
        last = cases.back().num;
        for (const NumberedCase& one : cases) {
            KL_TRY(const SearchDocument document, document_now(db, names, one));
            KL_TRY(const bool held, Search::holds(db, document));
            faults += held ? 0 : 1;
            ++cases_seen;
        }
    }
    KL_TRY(const auto objects, object_numbers(db));
    for (const std::string& number : objects) {
        KL_TRY(const SearchDocument document, object_now(db, names, number));
        KL_TRY(const bool held, Search::holds(db, document));
        faults += held ? 0 : 1;
    }
    std::int64_t documents = 0;
    for (const std::string_view kind : kDocumentKinds) {
        KL_TRY(const std::int64_t count, Search::count(db, kind));
        documents += count;
    }
    KL_TRY(const Seen imported, see_imported(db));
    faults += imported.faults;
    const auto known = cases_seen + static_cast<std::int64_t>(objects.size()) + imported.documents;
    faults += std::max<std::int64_t>(0, documents - known);  // of things that are not there
    return faults + (Search::check(db).ok() ? 0 : 1);
}

Result<std::int64_t> rebuild_case_search(Store& store) {
    Search search;
    KL_TRY(const auto cases, write_documents(store.writer(), search));
    KL_TRY(const auto objects, write_objects(store.writer(), search));
    KL_TRY(const auto imported, write_imported(store.writer(), search));
    return cases + objects + imported;
}

}  // namespace klarsyn::servicedesk
