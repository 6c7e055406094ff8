// For tests: reads files of a format and derives their facts in memory, as the ingest engine would,
// so that scan, identify and derive are tested together. One thread.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/text.h"
#include "ingest/format.h"

namespace klarsyn {

// A file as a batch brings it.
struct TestFile {
    std::string content;
    std::int64_t batch = 1;
    std::string mapping = {};
};

// Facts as words, "table key column=value ...", ordered; names resolved, null as "-".
class WordSink final : public FactSink {
public:
    explicit WordSink(const std::vector<FactTableSpec>& tables) : tables_(tables) {}
    void begin(int table, std::string_view key) override {
        table_ = &tables_.at(static_cast<std::size_t>(table));
        row_ = std::string(table_->name) + " " + std::string(key);
        column_ = 0;
    }
    void i64(std::int64_t value) override {
        const auto& days = table_->day_columns;
        const bool day =
            std::find(days.begin(), days.end(), table_->columns.at(column_)) != days.end();
        if (value >= kFirstName)
            put(names_.at(static_cast<std::size_t>(value - kFirstName)));
        else
            put(day ? iso_date(static_cast<Day>(value)) : std::to_string(value));
    }
    void null() override { put("-"); }
    void text(std::string_view value) override { put(std::string(value)); }
    void end() override {
        if (column_ != table_->columns.size()) row_ += " COLUMNS MISSING";
        rows.push_back(row_);
    }
    std::int64_t name(std::string_view text) override {
        if (text.empty()) return 0;
        names_.emplace_back(text);
        return kFirstName + static_cast<std::int64_t>(names_.size()) - 1;
    }
    std::vector<std::string> rows;

private:
    static constexpr std::int64_t kFirstName = 9'000'000'000'000'000'000;
    void put(const std::string& value) {
        row_ += " " + table_->columns.at(column_++) + "=" + value;
    }
    const std::vector<FactTableSpec>& tables_;
    const FactTableSpec* table_ = nullptr;
    std::vector<std::string> names_;
    std::string row_;
    std::size_t column_ = 0;
};

struct TestFacts {
    std::vector<std::string> rows;     // sorted
    std::vector<std::string> rejects;  // "file line field key", files from 0
    std::string error;                 // key of the error that stopped the reading
};

inline TestFacts derive_files(const Format& format, const std::vector<TestFile>& contents,
                              std::string_view source = "s") {
    TestFacts facts;
    std::vector<ScannedFile> files;
    std::map<std::int64_t, std::vector<GroupRow>> groups;
    for (std::size_t i = 0; i < contents.size(); ++i) {
        ImportOptions options;
        options.source = std::string(source);
        options.mapping = contents[i].mapping;
        auto scanned = format.scan(contents[i].content, options, nullptr);
        if (!scanned.ok()) {
            facts.error = scanned.error().key;
            return facts;
        }
        files.push_back(scanned.take());
        for (const Reject& reject : files.back().rejects) {
            facts.rejects.push_back(std::to_string(i) + " " + std::to_string(reject.line) + " " +
                                    reject.field + " " + reject.key);
            for (const Language language : {Language::da, Language::en})
                if (!has_text(language, reject.key)) facts.rejects.back() += " WITHOUT TEXT";
        }
    }
    for (std::size_t i = 0; i < files.size(); ++i) {
        for (const SourceRow& row : files[i].rows) {
            GroupRow item;
            item.time = row.time;
            item.line = row.line;
            item.bytes = files[i].text.substr(row.offset, row.length);
            item.context = files[i].context.get();
            item.batch = contents[i].batch;
            item.file = static_cast<std::uint32_t>(i + 1);
            groups[row.group].push_back(item);
        }
    }
    WordSink sink(format.tables);
    for (auto& [group, rows] : groups) {
        std::reverse(rows.begin(), rows.end());  // the union comes unordered
        format.derive({source, rows, nullptr}, sink);
    }
    facts.rows = std::move(sink.rows);
    std::sort(facts.rows.begin(), facts.rows.end());
    return facts;
}

}  // namespace klarsyn
