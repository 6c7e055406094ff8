#include "modules/notices/notice_search.h"

#include <algorithm>
#include <limits>

#include "store/search.h"

namespace klarsyn::notices {
namespace {

constexpr std::string_view kKind = "notice";

void add(std::string& text, std::string_view more) {
    if (more.empty()) return;
    if (!text.empty()) text += '\n';
    text += more;
}

void add(std::string& text, const Words& words) {
    add(text, words.da);
    add(text, words.en);
}

SearchDocument document_of(const Notice& notice) {
    SearchDocument document;
    document.kind = kKind;
    document.object = notice.number;
    document.marks = {notice.open() ? "open" : "closed"};
    for (const Words* words : {&notice.title, &notice.text, &notice.advice})
        add(document.text, *words);
    for (auto update = notice.updates.rbegin(); update != notice.updates.rend(); ++update)
        add(document.text, update->text);
    add(document.text, notice.system);
    for (const std::string& org : notice.orgs) add(document.text, org);
    return document;
}

Result<std::vector<Notice>> all_notices(Connection& db) {
    return list_notices(db, std::numeric_limits<std::int64_t>::min(),
                        std::numeric_limits<std::int64_t>::max());
}

}  // namespace

Result<void> index_notice(WriteTurn& turn, const Notice& notice) {
    return turn.memory.search->write(turn.db, document_of(notice));
}

Result<std::int64_t> count_search_faults(Store& store) {
    Connection& db = store.writer();
    KL_TRY(const auto notices, all_notices(db));
    std::int64_t faults = 0;
    for (const Notice& notice : notices) {
        KL_TRY(const bool held, Search::holds(db, document_of(notice)));
        faults += held ? 0 : 1;
    }
    KL_TRY(const std::int64_t documents, Search::count(db, kKind));
    const auto known = static_cast<std::int64_t>(notices.size());
    return faults + std::max<std::int64_t>(0, documents - known);  // of messages that are not there
}

Result<std::int64_t> rebuild_search(Store& store) {
    Connection& db = store.writer();
    Search search;
    KL_TRY(const auto notices, all_notices(db));
    KL_CHECK(db.begin_write());
    const auto write_all = [&]() -> Result<void> {
        for (const Notice& notice : notices) KL_CHECK(search.write(db, document_of(notice)));
        return search.settle_all(db);
    };
    if (const auto written = write_all(); !written.ok()) {
        db.rollback();
        return written.error();
    }
    KL_CHECK(db.commit());
    return static_cast<std::int64_t>(notices.size());
}

}  // namespace klarsyn::notices
