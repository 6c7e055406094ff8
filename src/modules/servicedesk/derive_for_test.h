// Runs a case format over texts as the ingest engine does, without a database. For tests only.
#pragma once

#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "ingest/format.h"
#include "modules/servicedesk/service_rules.h"
#include "modules/servicedesk/servicedesk.h"

namespace klarsyn::servicedesk {

using Fact = std::map<std::string, std::string>;  // column -> value; "table" and "key" beside

// Facts with names as texts and nulls left out.
class FactList final : public FactSink {
public:
    explicit FactList(const Format& format) : format_(format) {}
    void begin(int table, std::string_view key) override {
        column_ = 0;
        table_ = static_cast<std::size_t>(table);
        fact_ = {{"table", std::string(format_.tables[table_].name)}, {"key", std::string(key)}};
    }
    void i64(std::int64_t value) override {
        const std::string column = next();
        if (format_.tables[table_].projection) {
            fact_[column] = std::to_string(value);
            return;
        }
        static constexpr std::string_view kNames[] = {"level", "org",      "grp",     "category",
                                                      "type",  "priority", "contact", "system",
                                                      "was",   "source",   "target"};
        for (const std::string_view name : kNames) {
            if (column != name) continue;
            if (value != 0) fact_[column] = names_.at(static_cast<std::size_t>(value - 1));
            return;
        }
        fact_[column] = std::to_string(value);
    }
    void null() override { next(); }
    void text(std::string_view value) override { fact_[next()] = std::string(value); }
    void end() override {
        EXPECT_EQ(column_, format_.tables[table_].columns.size());
        (format_.tables[table_].projection ? rows : facts).push_back(fact_);
    }
    std::int64_t name(std::string_view text) override {
        if (text.empty()) return 0;
        names_.emplace_back(text);
        return static_cast<std::int64_t>(names_.size());
    }
    std::vector<Fact> facts;
    std::vector<Fact> rows;  // of projections

private:
    std::string next() { return format_.tables[table_].columns.at(column_++); }
    const Format& format_;
    std::size_t table_ = 0;
    std::size_t column_ = 0;
    Fact fact_;
    std::vector<std::string> names_;
};

struct TestFile {
    std::string content;
    std::int64_t batch = 1;
};

inline FactList derived_of(const Format& format, const std::vector<TestFile>& files,
                           const ImportOptions& options, const GroupMap& groups = {}) {
    std::vector<ScannedFile> scanned;
    std::map<std::int64_t, std::vector<GroupRow>> rows;
    for (const TestFile& file : files) {
        auto result = format.scan(file.content, options, nullptr);
        EXPECT_TRUE(result.ok()) << (result.ok() ? "" : result.error().key);
        if (result.ok()) scanned.push_back(result.take());
    }
    for (std::size_t i = 0; i < scanned.size(); ++i) {
        for (const SourceRow& row : scanned[i].rows) {
            GroupRow group;
            group.time = row.time;
            group.line = row.line;
            group.bytes = scanned[i].text.substr(row.offset, row.length);
            group.context = scanned[i].context.get();
            group.batch = files[i].batch;
            group.file = static_cast<std::uint32_t>(i);
            rows[row.group].push_back(group);
        }
    }
    const CaseRules rules{groups, default_service_rules()};
    FactList sink(format);
    for (const auto& [key, group] : rows) format.derive({options.source, group, &rules}, sink);
    return sink;
}

inline std::vector<Fact> facts_of(const Format& format, const std::vector<TestFile>& files,
                                  const ImportOptions& options, const GroupMap& groups = {}) {
    return derived_of(format, files, options, groups).facts;
}

// The facts of one table.
inline std::vector<Fact> of_table(const std::vector<Fact>& facts, std::string_view table) {
    std::vector<Fact> found;
    for (const Fact& fact : facts) {
        if (fact.at("table") == table) found.push_back(fact);
    }
    return found;
}

// "line field key" of every reject; each has a text in both languages.
inline std::vector<std::string> rejects_of(const Format& format, const std::string& content,
                                           const ImportOptions& options) {
    const auto result = format.scan(content, options, nullptr);
    EXPECT_TRUE(result.ok()) << (result.ok() ? "" : result.error().key);
    std::vector<std::string> reasons;
    if (!result.ok()) return reasons;
    for (const Reject& reject : result->rejects) {
        EXPECT_TRUE(has_text(Language::da, reject.key)) << reject.key;
        EXPECT_TRUE(has_text(Language::en, reject.key)) << reject.key;
        reasons.push_back(std::to_string(reject.line) + " " + reject.field + " " + reject.key);
    }
    return reasons;
}

// A file of data/examples.
inline std::string example_file(const std::string& name) {
    std::ifstream in(std::string(KLARSYN_SOURCE_DIR) + "/data/examples/" + name);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

// "time kind" of the events of one case, with the group it came to and what was before.
inline std::vector<std::string> events_of(const std::vector<Fact>& facts,
                                          const std::string& number) {
    std::vector<std::string> list;
    for (const Fact& fact : facts) {
        if (!fact.contains("kind") || fact.at("case_no") != number) continue;
        const std::string& kind = fact.at("kind");
        std::string line = iso_utc(std::stoll(fact.at("at"))).substr(5, 11) + " " + kind;
        if (fact.contains("was")) line += " was " + fact.at("was");
        if (kind == "moved_in" || kind == "assigned") line += " " + fact.at("grp");
        list.push_back(line);
    }
    return list;
}

}  // namespace klarsyn::servicedesk
