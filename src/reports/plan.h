// Report plans and sections: parsed once at start from the embedded files, immutable after.
// A plan is TOML (report_plans/NAME.toml): titles and an ordered list of section ids. A section is
// Markdown with directives (docs/guides/report-sections.md); modules/M/sections/N.md has the id
// M.N. Every malformed line is invalid_input with file and line. Thread-safe: plain values.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/embedded.h"
#include "core/result.h"
#include "reports/document.h"

namespace klarsyn {

struct ReportPlan {
    std::string id;
    LocalText title;  // "{period}" stands for the period in words
    LocalText lead;
    std::vector<std::string> sections;
};

// One line of a table or chart: a figure with its filter.
struct SeriesSpec {
    std::string figure;
    std::vector<DimFilter> where;
    LocalText title;    // empty: the indicator's own title
    LocalText formula;  // empty: the indicator's formula
    LocalText subject;  // how a drafted sentence begins; empty: no sentence
    Print print = Print::integer;
    bool print_given = false;  // false: by the indicator's unit
    bool interval = false;     // a share of measurements: their number and its interval beside it
    bool bare = false;         // without the formula: one of many rows of the same figure
    std::vector<DimFilter> each;  // the values that it was repeated for; they stand in `where`, too
    int line = 0;              // in the section's file
};
struct TableSpec {
    std::string id;
    LocalText caption, corner, source;
    Bucket bucket = Bucket::month;
    int last = 0;  // so many buckets that end with the period's; 0: those of the period itself
    std::string by;  // instead of buckets: a line for each value of this dimension, and one for all
    std::vector<std::string> each;  // repeats the rows for each value of these dimensions
    enum class Order { by_value, lowest_first, highest_first } order = Order::by_value;  // of `by`
    int top = 0;  // so many lines of `by`, besides the one for all; 0: every value
    std::vector<std::pair<std::string, LocalText>> values;  // known values of `by`, in their order
    Table::Layout layout = Table::Layout::buckets_across;
    std::vector<SeriesSpec> series;
    int line = 0;
};
struct ChartSpec {
    std::string id;
    std::string table;  // its series come from this table of the same section
    LocalText title;
    Chart::Form form = Chart::Form::line;
    std::vector<std::string> figures;  // which of the table's rows, by title.da or figure id
    bool target = false;               // draw the indicator's target
    bool limits = false;               // draw mean and XmR limits of the first series
    int line = 0;
};
struct WordsSpec {  // the drafted paragraph about the rows of a table that have a subject
    std::string table;
    int line = 0;
};
// Written text; figures inside are still questions.
struct InlineSpec {
    Span span;
    std::optional<SeriesSpec> figure;
    bool period = false;  // {{period}}
};
struct TextSpec {
    enum class Kind { heading, paragraph, bullet_list } kind = Kind::paragraph;
    Language language = Language::da;
    int level = 3;
    std::vector<std::vector<InlineSpec>> items;  // one for heading and paragraph
    int line = 0;
};
using BlockSpec = std::variant<TextSpec, TableSpec, ChartSpec, WordsSpec>;

struct SectionSpec {
    std::string id;
    std::string file;
    LocalText title;
    std::vector<BlockSpec> blocks;
};

Result<ReportPlan> parse_plan(std::string_view file, std::string_view text);
Result<SectionSpec> parse_section(std::string_view file, std::string_view text);

// "modules/telephony/sections/calls.md" -> "telephony.calls"; empty for another shape.
std::string section_id(std::string_view path);

// All plans and sections of the binary, and the style that standalone documents carry.
class ReportLibrary {
public:
    // Reads report_plans/*.toml, modules/*/sections/*.md, report_plans/*.css, ui/dist/klarsyn.css
    // among `files`. A plan that names an unknown section is invalid_input.
    static Result<ReportLibrary> load(const std::vector<EmbeddedFile>& files);

    const std::vector<ReportPlan>& plans() const { return plans_; }
    Result<const ReportPlan*> plan(std::string_view id) const;  // not_found names the known ones
    const SectionSpec* section(std::string_view id) const;
    // For pages of a server, which has the fonts; and for files, which carry them inside.
    const std::string& style() const { return style_; }
    const std::string& standalone_style() const { return standalone_style_; }

private:
    std::vector<ReportPlan> plans_;
    std::vector<SectionSpec> sections_;
    std::string style_, standalone_style_;
};

}  // namespace klarsyn
