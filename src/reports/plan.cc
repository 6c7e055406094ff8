#include "reports/plan.h"

#include <algorithm>
#include <set>

#include "reports/markdown.h"

#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

namespace klarsyn {

namespace {

// A TOML table inside a file, with the line offset that turns its lines into the file's.
struct Toml {
    std::string_view file;
    int line_before = 0;  // lines of the file that stand before the TOML text

    Error error(const toml::node& node, std::string key, TextArgs args, std::string field) const {
        return section_error(file, line_before + static_cast<int>(node.source().begin.line),
                             std::move(key), std::move(args), std::move(field));
    }
    int line_of(const toml::node& node) const {
        return line_before + static_cast<int>(node.source().begin.line);
    }
    Result<toml::table> parse(std::string_view text) const {
        toml::parse_result parsed = toml::parse(text);
        if (!parsed)
            return section_error(
                file, line_before + static_cast<int>(parsed.error().source().begin.line),
                "report.error.toml", {{"reason", std::string(parsed.error().description())}});
        return std::move(parsed).table();
    }
    Result<void> only(const toml::table& table,
                      std::initializer_list<std::string_view> known) const {
        for (auto&& [key, node] : table) {
            if (std::find(known.begin(), known.end(), key.str()) != known.end()) continue;
            return error(node, "report.error.key_unknown", {{"key", std::string(key.str())}},
                         std::string(key.str()));
        }
        return {};
    }
    Result<std::string> text(const toml::table& table, std::string_view key) const {
        const toml::node* node = table.get(key);
        if (!node) return std::string();
        if (auto value = node->value<std::string>(); value && node->is_string()) return *value;
        return wrong_type(*node, key);
    }
    Result<std::string> required_text(const toml::table& table, std::string_view key,
                                      int line) const {
        KL_TRY(std::string value, text(table, key));
        if (value.empty())
            return section_error(file, line, "report.error.key_missing",
                                 {{"key", std::string(key)}}, std::string(key));
        return value;
    }
    Result<bool> flag(const toml::table& table, std::string_view key) const {
        const toml::node* node = table.get(key);
        if (!node) return false;
        if (!node->is_boolean()) return wrong_type(*node, key);
        return *node->value<bool>();
    }
    // {da = "...", en = "..."}: both languages or none.
    Result<LocalText> local(const toml::table& table, std::string_view key) const {
        LocalText result;
        const toml::node* node = table.get(key);
        if (!node) return result;
        const toml::table* both = node->as_table();
        if (!both) return wrong_type(*node, key);
        KL_CHECK(only(*both, {"da", "en"}));
        KL_TRY(result.da, text(*both, "da"));
        KL_TRY(result.en, text(*both, "en"));
        if (result.da.empty() || result.en.empty())
            return error(*node, "report.error.both_languages", {{"key", std::string(key)}},
                         std::string(key));
        return result;
    }
    Result<LocalText> required_local(const toml::table& table, std::string_view key,
                                     int line) const {
        KL_TRY(LocalText value, local(table, key));
        if (value.empty())
            return section_error(file, line, "report.error.key_missing",
                                 {{"key", std::string(key)}}, std::string(key));
        return value;
    }
    Result<std::vector<std::string>> texts(const toml::table& table, std::string_view key) const {
        std::vector<std::string> result;
        const toml::node* node = table.get(key);
        if (!node) return result;
        const toml::array* list = node->as_array();
        if (!list) return wrong_type(*node, key);
        for (auto&& item : *list) {
            if (!item.is_string()) return wrong_type(item, key);
            result.push_back(*item.value<std::string>());
        }
        return result;
    }
    Error wrong_type(const toml::node& node, std::string_view key) const {
        return error(node, "report.error.value_type", {{"key", std::string(key)}},
                     std::string(key));
    }
};

// where = {queue = "servicedesk", level = ["1", "2"]}; numbers are written as text or numbers.
Result<std::vector<DimFilter>> parse_where(const Toml& toml, const toml::table& row) {
    std::vector<DimFilter> where;
    const toml::node* node = row.get("where");
    if (!node) return where;
    const toml::table* table = node->as_table();
    if (!table) return toml.wrong_type(*node, "where");
    for (auto&& [key, value] : *table) {
        const auto add = [&](const toml::node& item) -> Result<void> {
            if (item.is_string())
                where.push_back({std::string(key.str()), *item.value<std::string>()});
            else if (item.is_integer())
                where.push_back(
                    {std::string(key.str()), std::to_string(*item.value<std::int64_t>())});
            else
                return toml.wrong_type(item, key.str());
            return {};
        };
        if (const toml::array* list = value.as_array()) {
            for (auto&& item : *list) KL_CHECK(add(item));
        } else {
            KL_CHECK(add(value));
        }
    }
    return where;
}

Result<SeriesSpec> parse_series(const Toml& toml, const toml::table& row) {
    SeriesSpec series;
    series.line = toml.line_of(row);
    KL_CHECK(
        toml.only(row, {"figure", "where", "title", "formula", "subject", "print", "interval"}));
    KL_TRY(series.figure, toml.required_text(row, "figure", series.line));
    KL_TRY(series.where, parse_where(toml, row));
    KL_TRY(series.title, toml.local(row, "title"));
    KL_TRY(series.formula, toml.local(row, "formula"));
    KL_TRY(series.subject, toml.local(row, "subject"));
    KL_TRY(series.interval, toml.flag(row, "interval"));
    KL_TRY(const std::string print, toml.text(row, "print"));
    if (print.empty()) return series;
    series.print_given = true;
    if (print == "integer")
        series.print = Print::integer;
    else if (print == "decimal")
        series.print = Print::decimal;
    else if (print == "duration")
        series.print = Print::duration;
    else if (print == "share")
        series.print = Print::share;
    else
        return toml.error(*row.get("print"), "report.error.print", {{"print", print}}, "print");
    return series;
}

// The lines of a table are stretches of time.
Result<void> parse_buckets(const Toml& toml, const toml::table& body, TableSpec& spec) {
    for (const char* key : {"values", "order", "top"})
        if (const toml::node* node = body.get(key))
            return toml.error(*node, "report.error.key_unknown", {{"key", key}}, key);
    KL_TRY(const std::string bucket, toml.required_text(body, "bucket", spec.line));
    const auto parsed = parse_bucket(bucket);
    if (!parsed.ok())
        return toml.error(*body.get("bucket"), "report.error.bucket", {{"bucket", bucket}},
                          "bucket");
    spec.bucket = *parsed;
    if (const toml::node* last = body.get("last")) {
        spec.last = static_cast<int>(last->value<std::int64_t>().value_or(0));
        if (!last->is_integer() || spec.last < 1 || spec.last > 400)
            return toml.wrong_type(*last, "last");
    }
    KL_TRY(const std::string layout, toml.text(body, "layout"));
    if (layout == "down")
        spec.layout = Table::Layout::buckets_down;
    else if (!layout.empty() && layout != "across")
        return toml.error(*body.get("layout"), "report.error.layout", {{"layout", layout}},
                          "layout");
    return {};
}

// order = "lowest": by the first row, the lowest first. top = 5: only so many.
Result<void> parse_order(const Toml& toml, const toml::table& body, TableSpec& spec) {
    KL_TRY(const std::string order, toml.text(body, "order"));
    if (order == "lowest")
        spec.order = TableSpec::Order::lowest_first;
    else if (order == "highest")
        spec.order = TableSpec::Order::highest_first;
    else if (!order.empty())
        return toml.error(*body.get("order"), "report.error.order", {{"order", order}}, "order");
    if (const toml::node* top = body.get("top")) {
        spec.top = static_cast<int>(top->value<std::int64_t>().value_or(0));
        if (!top->is_integer() || spec.top < 1 || spec.top > 400 || order.empty())
            return toml.wrong_type(*top, "top");
    }
    return {};
}

// The lines of a table are the values of a dimension. values.partial = {da = "...", en = "..."}
Result<void> parse_values(const Toml& toml, const toml::table& body, TableSpec& spec) {
    for (const char* key : {"bucket", "last", "layout"})
        if (const toml::node* node = body.get(key))
            return toml.error(*node, "report.error.by_bucket", {{"key", key}}, key);
    spec.layout = Table::Layout::buckets_down;
    KL_CHECK(parse_order(toml, body, spec));
    const toml::node* node = body.get("values");
    if (!node) return {};
    const toml::table* values = node->as_table();
    if (!values) return toml.wrong_type(*node, "values");
    for (auto&& [key, value] : *values) {
        KL_TRY(LocalText title, toml.local(*values, key.str()));
        spec.values.emplace_back(std::string(key.str()), std::move(title));
    }
    std::stable_sort(spec.values.begin(), spec.values.end(), [&](const auto& a, const auto& b) {
        return toml.line_of(*values->get(a.first)) < toml.line_of(*values->get(b.first));
    });
    return {};
}

Result<TableSpec> parse_table(const Toml& toml, const toml::table& body, std::string id, int line) {
    TableSpec spec;
    spec.id = std::move(id);
    spec.line = line;
    KL_CHECK(toml.only(body, {"caption", "corner", "source", "bucket", "last", "layout", "by",
                              "each", "values", "order", "top", "row"}));
    KL_TRY(spec.caption, toml.required_local(body, "caption", line));
    KL_TRY(spec.corner, toml.required_local(body, "corner", line));
    KL_TRY(spec.source, toml.required_local(body, "source", line));
    KL_TRY(spec.by, toml.text(body, "by"));
    KL_TRY(spec.each, toml.texts(body, "each"));
    if (spec.by.empty())
        KL_CHECK(parse_buckets(toml, body, spec));
    else
        KL_CHECK(parse_values(toml, body, spec));
    const toml::array* rows = body["row"].as_array();
    if (!rows || rows->empty())
        return section_error(toml.file, line, "report.error.key_missing", {{"key", "row"}}, "row");
    for (auto&& node : *rows) {
        const toml::table* row = node.as_table();
        if (!row) return toml.wrong_type(node, "row");
        KL_TRY(SeriesSpec series, parse_series(toml, *row));
        spec.series.push_back(std::move(series));
    }
    return spec;
}

Result<ChartSpec> parse_chart(const Toml& toml, const toml::table& body, std::string id, int line) {
    ChartSpec spec;
    spec.id = std::move(id);
    spec.line = line;
    KL_CHECK(toml.only(body, {"table", "title", "form", "figures", "target", "limits"}));
    KL_TRY(spec.table, toml.required_text(body, "table", line));
    KL_TRY(spec.title, toml.required_local(body, "title", line));
    KL_TRY(const std::string form, toml.text(body, "form"));
    if (form == "bar")
        spec.form = Chart::Form::bar;
    else if (!form.empty() && form != "line")
        return toml.error(*body.get("form"), "report.error.form", {{"form", form}}, "form");
    KL_TRY(spec.figures, toml.texts(body, "figures"));
    if (spec.figures.empty())
        return section_error(toml.file, line, "report.error.key_missing", {{"key", "figures"}},
                             "figures");
    if (spec.figures.size() > 5)
        return section_error(toml.file, line, "report.error.series_many", {}, "figures");
    KL_TRY(spec.target, toml.flag(body, "target"));
    KL_TRY(spec.limits, toml.flag(body, "limits"));
    return spec;
}

bool id_like(std::string_view id) {
    return !id.empty() &&
           id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
}

// Splits a section's file into front matter, ":::" text blocks and "```" directives.
class SectionParser {
public:
    SectionParser(std::string_view file, std::string_view text) : file_(file) {
        while (!text.empty()) {
            const auto end = text.find('\n');
            std::string_view line = text.substr(0, end);
            if (line.ends_with('\r')) line.remove_suffix(1);
            lines_.push_back(line);
            text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        }
    }

    Result<SectionSpec> run() {
        spec_.file = std::string(file_);
        KL_CHECK(front_matter());
        while (at_ < lines_.size()) {
            const std::string_view line = lines_[at_];
            if (line.empty())
                ++at_;
            else if (line == "::: da")
                KL_CHECK(text_block(Language::da));
            else if (line == "::: en")
                KL_CHECK(text_block(Language::en));
            else if (line.starts_with("```"))
                KL_CHECK(directive());
            else
                return section_error(file_, number(), "report.error.stray_line",
                                     {{"line", std::string(line)}});
        }
        KL_CHECK(check_names());
        return std::move(spec_);
    }

private:
    int number() const { return static_cast<int>(at_) + 1; }

    // The lines up to `end`, which is skipped. `at_` stands on the opening line before the call.
    Result<std::string> until(std::string_view end) {
        const int opened = number();
        std::string body;
        for (++at_; at_ < lines_.size(); ++at_) {
            if (lines_[at_] == end) {
                ++at_;
                return body;
            }
            body += lines_[at_];
            body += '\n';
        }
        return section_error(file_, opened, "report.error.block_open",
                             {{"mark", std::string(end)}});
    }

    Result<void> front_matter() {
        if (lines_.empty() || lines_[0] != "---")
            return section_error(file_, 1, "report.error.front_matter");
        KL_TRY(const std::string body, until("---"));
        const Toml toml{file_, 1};
        KL_TRY(const toml::table table, toml.parse(body));
        KL_CHECK(toml.only(table, {"title"}));
        KL_TRY(spec_.title, toml.required_local(table, "title", 1));
        return {};
    }

    Result<void> text_block(Language language) {
        const int first = number() + 1;
        KL_TRY(const std::string body, until(":::"));
        KL_TRY(std::vector<TextSpec> blocks, parse_markdown(file_, first, body, language));
        for (TextSpec& block : blocks) spec_.blocks.emplace_back(std::move(block));
        return {};
    }

    Result<void> directive() {
        const int line = number();
        const std::string_view head = lines_[at_].substr(3);
        const auto space = head.find(' ');
        const std::string_view kind = head.substr(0, space);
        const std::string id(space == std::string_view::npos ? "" : head.substr(space + 1));
        KL_TRY(const std::string body, until("```"));
        const Toml toml{file_, line};
        KL_TRY(const toml::table table, toml.parse(body));
        if (kind == "words") {
            KL_CHECK(toml.only(table, {"table"}));
            WordsSpec words;
            words.line = line;
            KL_TRY(words.table, toml.required_text(table, "table", line));
            named_.push_back({words.table, line});
            spec_.blocks.emplace_back(std::move(words));
            return {};
        }
        if (kind != "table" && kind != "chart")
            return section_error(file_, line, "report.error.directive_unknown",
                                 {{"directive", std::string(head)}});
        if (!id_like(id) || !ids_.insert(id).second)
            return section_error(file_, line, "report.error.block_id", {{"id", id}});
        if (kind == "table") {
            KL_TRY(TableSpec spec, parse_table(toml, table, id, line));
            (spec.by.empty() && spec.each.empty() ? tables_ : value_tables_).insert(id);
            spec_.blocks.emplace_back(std::move(spec));
            return {};
        }
        KL_TRY(ChartSpec spec, parse_chart(toml, table, id, line));
        named_.push_back({spec.table, line});
        spec_.blocks.emplace_back(std::move(spec));
        return {};
    }

    // Charts and words speak of a table of the same section, which may stand before or after them.
    Result<void> check_names() const {
        for (const auto& [table, line] : named_)
            if (!tables_.contains(table))
                return section_error(file_, line,
                                     value_tables_.contains(table) ? "report.error.table_by"
                                                                   : "report.error.table_unknown",
                                     {{"table", table}}, "table");
        return {};
    }

    std::string_view file_;
    std::vector<std::string_view> lines_;
    std::size_t at_ = 0;
    SectionSpec spec_;
    std::set<std::string> ids_, tables_, value_tables_;
    std::vector<std::pair<std::string, int>> named_;  // table, line of who names it
};

}  // namespace

std::string section_id(std::string_view path) {
    constexpr std::string_view kStart = "modules/", kRoom = "/sections/", kEnd = ".md";
    const auto start = path.rfind(kStart);
    const auto room = path.find(kRoom);
    if (start == std::string_view::npos || room == std::string_view::npos || !path.ends_with(kEnd))
        return {};
    const auto module = path.substr(start + kStart.size(), room - start - kStart.size());
    const auto name =
        path.substr(room + kRoom.size(), path.size() - kEnd.size() - room - kRoom.size());
    return std::string(module) + "." + std::string(name);
}

Result<SectionSpec> parse_section(std::string_view file, std::string_view text) {
    KL_TRY(SectionSpec spec, SectionParser(file, text).run());
    spec.id = section_id(file);
    if (spec.id.empty()) return section_error(file, 0, "report.error.section_path");
    return spec;
}

Result<ReportPlan> parse_plan(std::string_view file, std::string_view text) {
    const Toml toml{file, 0};
    KL_TRY(const toml::table table, toml.parse(text));
    KL_CHECK(toml.only(table, {"title", "lead", "sections"}));
    ReportPlan plan;
    const auto slash = file.rfind('/');
    plan.id = std::string(file.substr(slash == std::string_view::npos ? 0 : slash + 1));
    plan.id.resize(plan.id.size() - std::min<std::size_t>(plan.id.size(), 5));  // ".toml"
    if (!id_like(plan.id))
        return section_error(file, 0, "report.error.block_id", {{"id", plan.id}});
    KL_TRY(plan.title, toml.required_local(table, "title", 1));
    KL_TRY(plan.lead, toml.local(table, "lead"));
    KL_TRY(plan.sections, toml.texts(table, "sections"));
    if (plan.sections.empty())
        return section_error(file, 1, "report.error.key_missing", {{"key", "sections"}},
                             "sections");
    return plan;
}

}  // namespace klarsyn
