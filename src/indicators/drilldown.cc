// Drill-down: the records behind a figure, paged. The indicator's own query with the same filters;
// cells only tell on which days to look.

#include <algorithm>
#include <map>
#include <memory>
#include <unordered_map>

#include "core/hash.h"
#include "indicators/cells.h"
#include "indicators/figures.h"
#include "indicators/from_records.h"
#include "indicators/series_records.h"
#include "store/journal.h"

namespace klarsyn {
namespace {

struct RefDay {
    std::int64_t ref = 0;
    Day day = 0;
};

bool is_balance(const BoundQuestion& question) {
    return question.indicator->aggregate == Aggregate::balance || question.indicator->of_balance;
}

// What holds at the end of the period: as many records as things, so they are listed at once.
bool is_stock(const BoundQuestion& question) {
    return is_balance(question) || question.indicator->aggregate == Aggregate::latest;
}

// Conditions on the indicator's rows: the question's filters, what is counted, and whose records the
// reader may see.
class Conditions {
public:
    enum class See { own, everything };
    Conditions(Dialect dialect, const BoundQuestion& question, See see, Params& params) {
        text_ = " AND " + counted_clause(question) + filter_clause(question, params, names_);
        if (see == See::own && question.orgs) text_ += org_clause(dialect, question, params);
    }
    const std::string& text() const { return text_; }

private:
    std::string org_clause(Dialect dialect, const BoundQuestion& question, Params& params) {
        if (question.orgs->empty()) return " AND 1 = 0";
        org_names_.reserve(question.orgs->size());  // params keep views of these names
        std::string list;
        for (const std::int64_t org : *question.orgs) {
            org_names_.push_back(":org" + std::to_string(org_names_.size()));
            list += (list.empty() ? "" : ", ") + org_names_.back();
            params.emplace_back(org_names_.back(), Value(org));
        }
        return " AND EXISTS (SELECT 1 FROM " + qualified(dialect, question.table->name) +
               " AS seen WHERE seen.id = i.ref AND COALESCE(seen.org, 0) IN (" + list + "))";
    }

    std::vector<std::string> names_, org_names_;
    std::string text_;
};

Params flow_params(const BoundQuestion& question, Period period) {
    return {{":from", Value(std::int64_t{period.from})},
            {":to", Value(std::int64_t{period.to})},
            {":as_of", Value(question.as_of)}};
}

Result<std::vector<RefDay>> take_refs(std::unique_ptr<Rows> rows) {
    std::vector<RefDay> refs;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return refs;
        refs.push_back({rows->i64(0), static_cast<Day>(rows->i64(1))});
    }
}

// Open on a day: one arm per length class reads only the span starts that can reach the day.
std::string open_spans(const BoundQuestion& question, const std::string& conditions) {
    const std::string inner = "SELECT i.ref, i.from_day FROM (" + question.indicator->sql +
                              ") AS i WHERE ";
    std::string arms;
    for (int cls = -1; cls <= kSpanClassesMax; ++cls)
        arms += (arms.empty() ? "" : " UNION ALL ") + inner + span_arm(cls, question.period.to) +
                conditions;
    return arms;
}

// What holds at the end of the period: refs and days, or a column of their rows.
Result<std::unique_ptr<Rows>> stock_rows(Connection& db, const Catalogue& catalogue,
                                         const BoundQuestion& question, Conditions::See see,
                                         std::string_view column = {}) {
    Params params = flow_params(question, question.period);
    if (is_balance(question))
        params = {{":as_of", Value(question.as_of)},
                  {":day", Value(std::int64_t{question.period.to})}};
    const Conditions conditions(db.dialect(), question, see, params);
    std::string sql = is_balance(question) ? open_spans(question, conditions.text())
                                           : "SELECT i.ref, i.day FROM " +
                                                 latest_relation(question) + conditions.text();
    if (!column.empty())
        sql = "SELECT t." + std::string(column) + " FROM (" + sql + ") AS r JOIN " +
              qualified(db.dialect(), question.table->name) + " AS t ON t.id = r.ref";
    return db.query(shadow_clause(catalogue, db.dialect(), question.indicator->sql) + sql, params);
}

Result<std::vector<RefDay>> stock_refs(Connection& db, const Catalogue& catalogue,
                                       const BoundQuestion& question,
                                       Conditions::See see = Conditions::See::own) {
    KL_TRY(auto rows, stock_rows(db, catalogue, question, see));
    KL_TRY(auto refs, take_refs(std::move(rows)));
    std::sort(refs.begin(), refs.end(), [](const RefDay& a, const RefDay& b) {
        return a.day != b.day ? a.day < b.day : a.ref < b.ref;
    });
    return refs;
}

std::string flow_sql(const Catalogue& catalogue, Dialect dialect, const BoundQuestion& question,
                     std::string_view columns, std::string_view conditions) {
    return shadow_clause(catalogue, dialect, question.indicator->sql) + "SELECT " +
           std::string(columns) + " FROM (" + question.indicator->sql + ") AS i WHERE 1 = 1" +
           std::string(conditions);
}

Result<std::vector<RefDay>> flow_refs(Connection& db, const Catalogue& catalogue,
                                      const BoundQuestion& question, Period period,
                                      std::int64_t offset, std::int64_t limit) {
    Params params = flow_params(question, period);
    const Conditions conditions(db.dialect(), question, Conditions::See::own, params);
    std::string sql = flow_sql(catalogue, db.dialect(), question, "i.ref, i.day", conditions.text()) +
                      " ORDER BY i.day, i.ref";
    if (limit > 0) {
        params.emplace_back(":limit", Value(limit));
        params.emplace_back(":offset", Value(offset));
        sql += " LIMIT :limit OFFSET :offset";
    }
    KL_TRY(auto rows, db.query(sql, params));
    return take_refs(std::move(rows));
}

Result<std::int64_t> flow_total(Connection& db, const Catalogue& catalogue,
                                const BoundQuestion& question, Conditions::See see) {
    Params params = flow_params(question, question.period);
    const Conditions conditions(db.dialect(), question, see, params);
    return query_i64(
        db, flow_sql(catalogue, db.dialect(), question, "COUNT(*)", conditions.text()), params);
}

// Where the cells know how many records each day has, only the days of the page are read.
Result<std::vector<RefDay>> flow_page(Connection& db, const Catalogue& catalogue,
                                      const BoundQuestion& question, std::int64_t offset,
                                      std::int64_t limit, std::int64_t& total) {
    if (limit == 0) {
        KL_TRY(auto all, flow_refs(db, catalogue, question, question.period, 0, 0));
        total = static_cast<std::int64_t>(all.size());
        all.erase(all.begin(), all.begin() + std::min(offset, total));
        return all;
    }
    std::optional<RecordPlace> place;
    if (!question.gap && !question.orgs) {  // the days' counts are of all that are counted
        KL_TRY(place, place_records(db, catalogue, question, offset, limit));
    }
    if (!place) {
        KL_TRY(total, flow_total(db, catalogue, question, Conditions::See::own));
        return flow_refs(db, catalogue, question, question.period, offset, limit);
    }
    total = place->total;
    const std::int64_t end = std::min(offset + limit, total);
    std::vector<RefDay> refs;
    std::int64_t before = place->before;
    for (const auto& [day, n] : place->days) {
        if (before >= end) break;
        if (before + n > offset) {
            const std::int64_t skip = std::max<std::int64_t>(0, offset - before);
            const std::int64_t take = std::min(n, end - before) - skip;
            KL_TRY(auto part, flow_refs(db, catalogue, question, {day, day}, skip, take));
            refs.insert(refs.end(), part.begin(), part.end());
        }
        before += n;
    }
    return refs;
}

// Columns of the fact rows behind a flow, in one query; `rest` follows the conditions. `t` is the row.
Result<std::unique_ptr<Rows>> flow_rows(Connection& db, const Catalogue& catalogue,
                                        const BoundQuestion& question, std::string_view columns,
                                        std::string_view rest) {
    Params params = flow_params(question, question.period);
    const Conditions conditions(db.dialect(), question, Conditions::See::everything, params);
    const std::string refs =
        flow_sql(catalogue, db.dialect(), question, columns, conditions.text()) + std::string(rest);
    // The join goes behind the indicator's own subquery, before its conditions.
    const std::string alias = ") AS i WHERE ";
    const std::size_t at = refs.rfind(alias);
    KL_ASSERT(at != std::string::npos);
    return db.query(refs.substr(0, at) + ") AS i JOIN " +
                        qualified(db.dialect(), question.table->name) +
                        " AS t ON t.id = i.ref WHERE " + refs.substr(at + alias.size()),
                    params);
}

Result<std::vector<BatchShare>> flow_batches(Connection& db, const Catalogue& catalogue,
                                             const BoundQuestion& question) {
    KL_TRY(const auto rows, flow_rows(db, catalogue, question, "t.seq, COUNT(*)",
                                      " GROUP BY t.seq ORDER BY t.seq"));
    std::vector<BatchShare> shares;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return shares;
        shares.push_back({rows->i64(0), rows->i64(1)});
    }
}

// One column of the rows behind a figure.
Result<std::unique_ptr<Rows>> rows_behind(Connection& db, const Catalogue& catalogue,
                                          const BoundQuestion& question, const std::string& column) {
    if (!is_stock(question)) return flow_rows(db, catalogue, question, "t." + column, "");
    return stock_rows(db, catalogue, question, Conditions::See::everything, column);
}

Result<std::vector<std::string>> all_refs(Connection& db, const Catalogue& catalogue,
                                          const BoundQuestion& question) {
    KL_TRY(const auto rows, rows_behind(db, catalogue, question, question.table->key_column));
    std::vector<std::string> refs;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return refs;
        refs.push_back(question.table->name + ":" + std::string(rows->text(0)));
    }
}

Result<std::vector<BatchShare>> stock_batches(Connection& db, const Catalogue& catalogue,
                                             const BoundQuestion& question) {
    KL_TRY(const auto rows, rows_behind(db, catalogue, question, "seq"));
    std::map<std::int64_t, std::int64_t> counts;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) break;
        ++counts[rows->i64(0)];
    }
    std::vector<BatchShare> shares;
    for (const auto& [seq, count] : counts) shares.push_back({seq, count});
    return shares;
}

// How many records the question has, whoever may see them.
Result<std::int64_t> all_records(Connection& db, const Catalogue& catalogue,
                                 const BoundQuestion& question) {
    if (!is_stock(question)) {
        return flow_total(db, catalogue, question, Conditions::See::everything);
    }
    KL_TRY(const auto refs, stock_refs(db, catalogue, question, Conditions::See::everything));
    return static_cast<std::int64_t>(refs.size());
}

// Reads the rows of a table by id and shows them as records.
class RecordReader {
public:
    RecordReader(Connection& db, const BoundQuestion& question)
        : db_(db), table_(*question.table), names_(db) {
        sql_ = "SELECT " + table_.key_column + ", seq";
        for (const auto& column : table_.columns) sql_ += ", " + column;
        sql_ += " FROM " + table_.name + " WHERE id = :id";
    }

    Result<RecordItem> read(const RefDay& ref) {
        KL_TRY(auto rows, db_.query(sql_, {{":id", Value(ref.ref)}}));
        KL_TRY(const bool found, rows->next());
        if (!found) return make_error(ErrorCode::internal, "indicators.record_lost");
        RecordItem item;
        item.ref = table_.name + ":" + std::string(rows->text(0));
        item.day = ref.day;
        item.seq = rows->i64(1);
        for (std::size_t c = 0; c < table_.columns.size(); ++c) {
            KL_TRY(auto field, show(*rows, static_cast<int>(c) + 2, table_.columns[c]));
            item.fields.push_back(std::move(field));
        }
        return item;
    }

private:
    static bool holds(const std::vector<std::string>& list, const std::string& name) {
        return std::find(list.begin(), list.end(), name) != list.end();
    }

    Result<RecordField> show(const Rows& rows, int index, const std::string& column) {
        RecordField field;
        field.name = column;
        if (rows.is_null(index)) return field;
        if (holds(table_.name_columns, column)) {
            KL_TRY(field.value, names_.text(rows.i64(index)));
        } else if (holds(table_.time_columns, column)) {
            field.value = iso_utc(rows.i64(index));
        } else if (holds(table_.day_columns, column)) {
            field.value = iso_date(static_cast<Day>(rows.i64(index)));
        } else if (holds(table_.text_columns, column)) {
            field.value = std::string(rows.text(index));
        } else {
            field.value = rows.i64(index);
        }
        return field;
    }

    Connection& db_;
    const FactTable& table_;
    Names names_;
    std::string sql_;
};

}  // namespace

std::vector<std::string> record_columns(const Indicator& indicator, const FactTable& table) {
    std::vector<std::string> columns = table.columns;
    std::erase_if(columns, [&](const std::string& column) {
        return indicator.series && indicator.series->is_hidden(column);
    });
    return columns;
}

Result<RecordPage> Figures::records(const FigureQuestion& question, std::int64_t offset,
                                    std::int64_t limit) {
    FigureQuestion plain = question;
    plain.by.clear();
    KL_TRY(const auto bound, bind_question(db_, catalogue_, plain));
    if (bound.indicator->series) {
        return series_records(db_, bound, std::max<std::int64_t>(0, offset), limit);
    }
    RecordPage page;
    page.columns = record_columns(*bound.indicator, *bound.table);
    page.offset = std::max<std::int64_t>(0, offset);
    std::vector<RefDay> refs;
    if (is_stock(bound)) {
        KL_TRY(auto all, stock_refs(db_, catalogue_, bound));
        page.total = static_cast<std::int64_t>(all.size());
        const std::int64_t first = std::min(page.offset, page.total);
        const std::int64_t last = limit > 0 ? std::min(first + limit, page.total) : page.total;
        refs.assign(all.begin() + first, all.begin() + last);
    } else {
        KL_TRY(refs, flow_page(db_, catalogue_, bound, page.offset, limit, page.total));
    }
    if (bound.orgs) {
        KL_TRY(const auto everything, all_records(db_, catalogue_, bound));
        page.hidden = everything - page.total;
    }
    RecordReader reader(db_, bound);
    page.items.reserve(refs.size());
    for (const auto& ref : refs) {
        KL_TRY(auto item, reader.read(ref));
        page.items.push_back(std::move(item));
    }
    return page;
}

Result<void> Figures::each_record(const FigureQuestion& question,
                                  const std::function<Result<void>(const RecordItem&)>& sink) {
    FigureQuestion plain = question;
    plain.by.clear();
    KL_TRY(const auto bound, bind_question(db_, catalogue_, plain));
    if (bound.indicator->series) return each_series_record(db_, bound, sink);
    std::vector<RefDay> refs;
    if (is_stock(bound)) {
        KL_TRY(refs, stock_refs(db_, catalogue_, bound));
    } else {
        KL_TRY(refs, flow_refs(db_, catalogue_, bound, bound.period, 0, 0));
    }
    RecordReader reader(db_, bound);
    for (const auto& ref : refs) {
        KL_TRY(const auto item, reader.read(ref));
        KL_CHECK(sink(item));
    }
    return {};
}

Result<std::vector<BatchShare>> Figures::batches(const FigureQuestion& question) {
    FigureQuestion plain = question;
    plain.by.clear();
    KL_TRY(const auto bound, bind_question(db_, catalogue_, plain));
    if (bound.indicator->series) return series_batches(db_, bound);
    return is_stock(bound) ? stock_batches(db_, catalogue_, bound)
                           : flow_batches(db_, catalogue_, bound);
}

Result<std::string> Figures::refs_hash(const FigureQuestion& question) {
    FigureQuestion plain = question;
    plain.by.clear();
    KL_TRY(const auto bound, bind_question(db_, catalogue_, plain));
    if (bound.indicator->series) return series_refs_hash(db_, bound);
    KL_TRY(auto refs, all_refs(db_, catalogue_, bound));
    std::sort(refs.begin(), refs.end());
    Sha256 hash;
    for (const auto& ref : refs) {
        hash.update(ref);
        hash.update("\n");
    }
    return hash.finish_hex();
}

}  // namespace klarsyn
