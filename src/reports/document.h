// One document model from which every output of a report is made: HTML, PDF, XLSX, CSV and JSON.
// It holds both languages and every figure once; tables, charts and sentences point to figures by
// their index, so a number can never differ between outputs. Plain values; thread-safe as such.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/text.h"
#include "core/time.h"
#include "indicators/figures.h"
#include "indicators/share_interval.h"

namespace klarsyn {

struct LocalText {
    std::string da;
    std::string en;
    const std::string& in(Language language) const { return language == Language::da ? da : en; }
    bool empty() const { return da.empty() && en.empty(); }
    friend bool operator==(const LocalText&, const LocalText&) = default;
};
// The text of a catalogue key in both languages.
LocalText local_text(std::string_view key, const TextArgs& args = {});

enum class Print { integer, decimal, duration, share };

// withheld and under_review print the indicator's caveat and carry no value. incomplete: days of
// the period are missing or not covered; the value counts what is there. missing: no value at all.
// too_few: fewer things stand behind it than the indicator asks for; no value. Stored by number.
enum class FigureState { present, incomplete, missing, under_review, withheld, too_few };
std::string_view state_name(FigureState state);

struct ReportFigure {
    FigureQuestion question;  // asks for exactly this figure: no `by`, period = its own bucket
    std::string unit;         // as Indicator::unit
    Print print = Print::integer;
    FigureState state = FigureState::missing;
    std::optional<double> value;
    std::optional<std::int64_t> num, den;
    std::int64_t records = 0;
    std::string status;  // "green", "yellow", "red" or empty
    std::optional<double> target;
    std::vector<Day> gap;
    int days_covered = 0;
    std::int64_t gap_records = 0;  // records that lack what they should be counted by
    std::optional<std::int64_t> behind;  // as FigureRow::behind
    std::optional<ShareInterval> interval;  // of a share, where the section asks for it
    std::string definition;  // hash of the indicator's text
    std::int64_t as_of = 0;  // the journal entry it answers for
    std::string refs_hash;   // SHA-256 over the record refs; only in editions
};

// "19.829", "0:05:49", "41,2 %"; the state's word where there is no value.
std::string print_figure(const ReportFigure& figure, Language language);
// "1.440 målinger, 92,9–95,3 %; farven er ikke sikker"; empty without an interval.
std::string print_interval(const ReportFigure& figure, Language language);
// "telephony.offered?period=2013-04&where=queue=servicedesk": names a figure within a document.
std::string figure_key(const FigureQuestion& question);
// "/f/current/telephony.offered?period=2013-04&where=queue=servicedesk"; an empty edition =
// current.
std::string figure_path(std::string_view edition, const FigureQuestion& question);

struct Span {
    enum class Kind { text, strong, emphasis, code, link, figure } kind = Kind::text;
    std::string text;
    std::string href;  // for link
    int figure = -1;   // for figure: index into Document::figures
};

struct Heading {
    int level = 3;
    std::vector<Span> spans;
};
struct Paragraph {
    std::vector<Span> spans;
    enum class Origin {
        written,
        drafted
    } origin = Origin::written;  // drafted: by rule, from figures
};
struct BulletList {
    std::vector<std::vector<Span>> items;
};
struct Note {          // a caveat that must be printed
    std::string code;  // "gap", "incomplete", "withheld", "under_review", "accepted_gap"
    LocalText text;
};

struct BucketColumn {
    Period period;
    LocalText title;  // "apr.", "uge 13"
    LocalText group;  // "2013": neighbours with the same group share one header; may be empty
    std::string value = {};  // of Table::by; empty: all of them together
};
struct Series {
    LocalText title;     // "Gennemsnitlig ventetid"
    LocalText formula;   // which formula is printed: "besvarede opkald: sum af ventetid / antal"
    std::string figure;  // indicator id
    std::vector<DimFilter> where;
    std::vector<int> figures;  // one per bucket: index into Document::figures
    LocalText subject;         // how a sentence begins: "Antallet af opkald"; empty = not commented
};
struct Table {
    std::string id;  // unique within the document: "telephony.calls_servicedesk.calls"
    LocalText caption;
    LocalText corner;  // header of the title column
    enum class Layout { buckets_across, buckets_down } layout = Layout::buckets_across;
    Bucket bucket = Bucket::month;
    std::string by;  // the "buckets" are values of this dimension, all of the report's period
    std::vector<BucketColumn> buckets;
    std::vector<Series> series;
    LocalText source;
    std::vector<Note> notes;
};
struct Limits {  // of an XmR chart, in the value's unit
    double mean = 0, lower = 0, upper = 0;
};
struct Chart {
    std::string id;
    std::string table;  // id of the table that holds the same figures
    LocalText title;
    enum class Form { line, bar } form = Form::line;
    Bucket bucket = Bucket::month;
    std::vector<BucketColumn> buckets;
    std::vector<Series> series;  // at most five
    std::optional<double> target;
    LocalText target_title;
    std::optional<Limits> limits;
};

struct Block {
    std::optional<Language> only;  // written text stands in one language; everything else in both
    std::variant<Heading, Paragraph, BulletList, Note, Table, Chart> body;
};
struct ReportSection {
    std::string id;  // "telephony.calls_servicedesk"
    LocalText title;
    std::vector<Block> blocks;
};

// What the report says of every indicator it uses.
struct IndicatorNote {
    std::string id, definition, owner;
    LocalText title, text, caveat, formula;
};

struct Document {
    std::string plan;
    LocalText title;
    LocalText lead;              // the plan's own first sentence; may be empty
    Period period;               // the report's
    Period span;                 // of all its figures together
    std::string edition;         // "operations_status-2013-04-1"; empty for a draft
    int number = 0;              // 1, 2, ...; 0 for a draft
    UtcSecond published_at = 0;  // 0 for a draft
    std::string published_by;
    std::int64_t as_of = 0;
    std::vector<ReportSection> sections;
    std::vector<ReportFigure> figures;
    std::vector<IndicatorNote> indicators;  // by id

    std::vector<const Table*> tables() const;
};

}  // namespace klarsyn
