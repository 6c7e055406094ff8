#include "reports/edition_rows.h"

#include <boost/json.hpp>

#include <algorithm>

#include "core/hash.h"
#include "reports/json_text.h"
#include "store/journal.h"

namespace klarsyn {

namespace {

constexpr const char* kSelect =
    "SELECT seq, edition, plan, title_da, title_en, from_day, to_day, number, as_of, published_at, "
    "published_by, figures, notes FROM core_edition ";

// Lists of words are kept as lines: none of them can hold a line's end.
std::string lines(const std::vector<std::string>& list) {
    std::string out;
    for (const std::string& item : list) out += item + "\n";
    return out;
}
std::vector<std::string> split_lines(std::string_view text) {
    std::vector<std::string> out;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        out.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return out;
}

std::string filter_lines(const FigureQuestion& question) {
    std::vector<std::string> list;
    for (const DimFilter& filter : question.where) list.push_back(filter.dim + "=" + filter.value);
    return lines(list);
}

Edition read_edition(const Rows& rows) {
    Edition edition;
    edition.seq = rows.i64(0);
    edition.id = rows.text(1);
    edition.plan = rows.text(2);
    edition.title = {std::string(rows.text(3)), std::string(rows.text(4))};
    edition.period = {static_cast<Day>(rows.i64(5)), static_cast<Day>(rows.i64(6))};
    edition.number = static_cast<int>(rows.i64(7));
    edition.as_of = rows.i64(8);
    edition.published_at = rows.i64(9);
    edition.published_by = rows.text(10);
    edition.figures = rows.i64(11);
    edition.notes = split_lines(rows.text(12));
    return edition;
}

Result<std::vector<Edition>> read_editions(Connection& db, const std::string& rest,
                                           const Params& params) {
    KL_TRY(auto rows, db.query(kSelect + rest, params));
    std::vector<Edition> list;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return list;
        list.push_back(read_edition(*rows));
    }
}

Value optional_value(const std::optional<std::int64_t>& value) {
    return value ? Value(*value) : Value();
}

Result<void> insert_figure(Connection& db, std::int64_t seq, std::int64_t ordinal,
                           const ReportFigure& figure, const LocalText& row) {
    std::vector<std::string> gap;
    for (const Day day : figure.gap) gap.push_back(iso_date(day));
    KL_TRY(
        [[maybe_unused]] const auto added,
        db.run("INSERT INTO core_edition_figure (seq, ordinal, figure, from_day, to_day, filters, "
               "unit, print, state, num, den, records, status, target, gap, days_covered, "
               "definition, as_of, refs_hash, row_da, row_en, gap_records) VALUES (:seq, :ordinal, :figure, "
               ":from_day, :to_day, :filters, :unit, :print, :state, :num, :den, :records, "
               ":status, :target, :gap, :days_covered, :definition, :as_of, :refs_hash, :row_da, "
               ":row_en, :gap_records)",
               {{":seq", seq},
                {":ordinal", ordinal},
                {":figure", figure.question.id},
                {":from_day", std::int64_t{figure.question.period.from}},
                {":to_day", std::int64_t{figure.question.period.to}},
                {":filters", filter_lines(figure.question)},
                {":unit", figure.unit},
                {":print", static_cast<std::int64_t>(figure.print)},
                {":state", static_cast<std::int64_t>(figure.state)},
                {":num", optional_value(figure.num)},
                {":den", optional_value(figure.den)},
                {":records", figure.records},
                {":status", figure.status},
                {":target", figure.target ? Value(*figure.target) : Value()},
                {":gap", lines(gap)},
                {":days_covered", std::int64_t{figure.days_covered}},
                {":definition", figure.definition},
                {":as_of", figure.as_of},
                {":refs_hash", figure.refs_hash},
                {":row_da", row.da},
                {":row_en", row.en},
                {":gap_records", figure.gap_records}}));
    return {};
}

Result<ReportFigure> read_figure(const Rows& rows) {
    ReportFigure figure;
    figure.question.id = rows.text(0);
    figure.question.period = {static_cast<Day>(rows.i64(1)), static_cast<Day>(rows.i64(2))};
    for (const std::string& filter : split_lines(rows.text(3))) {
        const auto equals = filter.find('=');
        figure.question.where.push_back({filter.substr(0, equals), filter.substr(equals + 1)});
    }
    figure.unit = rows.text(4);
    figure.print = static_cast<Print>(rows.i64(5));
    figure.state = static_cast<FigureState>(rows.i64(6));
    if (!rows.is_null(7)) figure.num = rows.i64(7);
    if (!rows.is_null(8)) figure.den = rows.i64(8);
    const bool divided = figure.den.has_value();
    if (figure.num && (!divided || *figure.den != 0) && figure.state != FigureState::missing)
        figure.value = divided ? static_cast<double>(*figure.num) / static_cast<double>(*figure.den)
                               : static_cast<double>(*figure.num);
    figure.records = rows.i64(9);
    figure.status = rows.text(10);
    if (!rows.is_null(11)) figure.target = rows.f64(11);
    for (const std::string& day : split_lines(rows.text(12))) {
        KL_TRY(const Day missing, parse_iso_date(day));
        figure.gap.push_back(missing);
    }
    figure.days_covered = static_cast<int>(rows.i64(13));
    figure.definition = rows.text(14);
    figure.as_of = rows.i64(15);
    figure.refs_hash = rows.text(16);
    figure.gap_records = rows.i64(17);
    return figure;
}

}  // namespace

Result<void> insert_edition(Connection& db, const Edition& edition, const Document& document,
                            const std::vector<StoredFile>& files) {
    KL_TRY(
        [[maybe_unused]] const auto added,
        db.run(
            "INSERT INTO core_edition (seq, edition, plan, title_da, title_en, from_day, to_day, "
            "number, as_of, published_at, published_by, figures, notes) VALUES (:seq, :edition, "
            ":plan, :title_da, :title_en, :from_day, :to_day, :number, :as_of, :published_at, "
            ":published_by, :figures, :notes)",
            {{":seq", edition.seq},
             {":edition", edition.id},
             {":plan", edition.plan},
             {":title_da", edition.title.da},
             {":title_en", edition.title.en},
             {":from_day", std::int64_t{edition.period.from}},
             {":to_day", std::int64_t{edition.period.to}},
             {":number", std::int64_t{edition.number}},
             {":as_of", edition.as_of},
             {":published_at", edition.published_at},
             {":published_by", edition.published_by},
             {":figures", edition.figures},
             {":notes", lines(edition.notes)}}));
    const std::vector<LocalText> titles = row_titles(document);
    for (std::size_t i = 0; i < document.figures.size(); ++i)
        KL_CHECK(insert_figure(db, edition.seq, static_cast<std::int64_t>(i), document.figures[i],
                               titles[i]));
    for (const StoredFile& file : files) {
        KL_TRY([[maybe_unused]] const auto stored,
               db.run("INSERT INTO core_edition_file (seq, format, language, sha256, bytes) VALUES "
                      "(:seq, :format, :language, :sha256, :bytes)",
                      {{":seq", edition.seq},
                       {":format", file.format},
                       {":language", file.language},
                       {":sha256", sha256_hex(file.bytes)},
                       {":bytes", Blob{file.bytes}}}));
    }
    return {};
}

Result<std::vector<Edition>> editions_of(Connection& db, std::string_view plan, Period period) {
    return read_editions(db,
                         "WHERE plan = :plan AND from_day = :from AND to_day = :to ORDER BY number",
                         {{":plan", std::string(plan)},
                          {":from", std::int64_t{period.from}},
                          {":to", std::int64_t{period.to}}});
}

Result<std::vector<Edition>> list_editions(Connection& db) {
    return read_editions(db, "ORDER BY seq", {});
}

Result<Edition> find_edition(Connection& db, std::string_view id) {
    KL_TRY(auto list,
           read_editions(db, "WHERE edition = :edition", {{":edition", std::string(id)}}));
    if (list.empty())
        return make_error(ErrorCode::not_found, "report.error.edition_unknown",
                          {{"edition", std::string(id)}});
    return std::move(list.front());
}

Result<std::vector<ReportFigure>> edition_figures(Connection& db, const Edition& edition) {
    KL_TRY(
        auto rows,
        db.query("SELECT figure, from_day, to_day, filters, unit, print, state, num, den, records, "
                 "status, target, gap, days_covered, definition, as_of, refs_hash, "
                 "gap_records FROM core_edition_figure WHERE seq = :seq ORDER BY ordinal",
                 {{":seq", edition.seq}}));
    std::vector<ReportFigure> list;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return list;
        KL_TRY(ReportFigure figure, read_figure(*rows));
        list.push_back(std::move(figure));
    }
}

Result<std::vector<LocalText>> stored_titles(Connection& db, const Edition& edition) {
    KL_TRY(auto rows, db.query("SELECT row_da, row_en FROM core_edition_figure WHERE seq = :seq "
                               "ORDER BY ordinal",
                               {{":seq", edition.seq}}));
    std::vector<LocalText> list;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return list;
        list.push_back({std::string(rows->text(0)), std::string(rows->text(1))});
    }
}

Result<std::string> edition_file(Connection& db, const Edition& edition, std::string_view format,
                                 Language language) {
    KL_TRY(auto rows, db.query("SELECT bytes FROM core_edition_file WHERE seq = :seq AND "
                               "format = :format AND (language = :language OR language = '')",
                               {{":seq", edition.seq},
                                {":format", std::string(format)},
                                {":language", std::string(language_code(language))}}));
    KL_TRY(const bool found, rows->next());
    if (!found)
        return make_error(ErrorCode::not_found, "report.error.edition_file",
                          {{"edition", edition.id}, {"format", std::string(format)}});
    return std::string(rows->blob(0));
}

std::string files_digest(const std::vector<StoredFile>& files) {
    std::vector<std::string> list;
    for (const StoredFile& file : files)
        list.push_back(file.format + " " + file.language + " " + sha256_hex(file.bytes));
    std::sort(list.begin(), list.end());
    return sha256_hex(lines(list));
}

std::string figures_digest(const std::vector<ReportFigure>& figures) {
    JsonText json;
    json.begin_array();
    for (const ReportFigure& figure : figures) {
        json.begin_array();
        json.text(figure_key(figure.question)).text(state_name(figure.state));
        json.integer(figure.num).integer(figure.den).integer(figure.records);
        json.text(figure.definition).integer(figure.as_of).text(figure.refs_hash);
        // Editions of before this was counted keep their digest.
        if (figure.gap_records != 0) json.integer(figure.gap_records);
        json.end_array();
    }
    json.end_array();
    return sha256_hex(json.take());
}

std::vector<LocalText> row_titles(const Document& document) {
    std::vector<LocalText> titles(document.figures.size());
    for (const Table* table : document.tables())
        for (const Series& series : table->series)
            for (std::size_t i = 0; i < series.figures.size(); ++i) {
                LocalText& title = titles[series.figures[i]];
                if (!title.empty()) continue;
                title = series.title;
                if (table->buckets[i].value.empty()) continue;
                title.da += ", " + table->buckets[i].title.da;
                title.en += ", " + table->buckets[i].title.en;
            }
    return titles;
}

namespace {

Result<std::vector<StoredFile>> stored_files(Connection& db, const Edition& edition) {
    KL_TRY(auto rows,
           db.query("SELECT format, language, bytes FROM core_edition_file WHERE seq = :seq",
                    {{":seq", edition.seq}}));
    std::vector<StoredFile> files;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return files;
        files.push_back(
            {std::string(rows->text(0)), std::string(rows->text(1)), std::string(rows->blob(2))});
    }
}

std::string detail_text(const boost::json::value& detail, const char* key) {
    const auto* object = detail.if_object();
    const auto* found = object ? object->if_contains(key) : nullptr;
    return found && found->is_string() ? std::string(found->as_string()) : std::string();
}

}  // namespace

Result<std::vector<std::string>> verify_editions(Connection& db) {
    std::vector<std::string> faults;
    KL_TRY(const auto list, list_editions(db));
    for (const Edition& edition : list) {
        KL_TRY(const auto entry_found, entry(db, edition.seq));
        boost::system::error_code error;
        boost::json::value detail;
        if (entry_found) detail = boost::json::parse(entry_found->detail, error);
        KL_TRY(const auto files, stored_files(db, edition));
        KL_TRY(const auto figures, edition_figures(db, edition));
        if (!entry_found || error || detail_text(detail, "edition") != edition.id ||
            detail_text(detail, "files_sha256") != files_digest(files) ||
            detail_text(detail, "figures_sha256") != figures_digest(figures))
            faults.push_back(edition.id);
    }
    return faults;
}

}  // namespace klarsyn
