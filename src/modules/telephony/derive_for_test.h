// For tests: reads queue logs and derives their visits in memory, as the ingest engine would, so
// that scan and derive are tested together. One thread.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "modules/telephony/telephony.h"

namespace klarsyn::telephony {

// A visit's columns as text, names resolved, null as "-".
using VisitRow = std::map<std::string, std::string>;
using VisitRows = std::map<std::string, VisitRow>;  // by source key

// Collects facts. A source key that comes twice is kept under a name that no test expects.
class MemorySink final : public FactSink {
public:
    explicit MemorySink(const FactTableSpec& table) : table_(table) {}

    void begin(int, std::string_view source_key) override {
        key_ = std::string(source_key);
        row_.clear();
        column_ = 0;
    }
    void i64(std::int64_t value) override {
        const std::string& name = table_.columns.at(column_);
        const bool named = name == "queue" || name == "way" || name == "agent" || name == "source";
        put(named ? names_.at(static_cast<std::size_t>(value)) : std::to_string(value));
    }
    void null() override { put("-"); }
    void text(std::string_view value) override { put(std::string(value)); }
    void end() override {
        if (column_ != table_.columns.size()) key_ += " with columns missing";
        if (rows_.contains(key_)) key_ += " twice";
        rows_[key_] = row_;
    }
    std::int64_t name(std::string_view text) override {
        if (text.empty()) return 0;
        const auto found = std::find(names_.begin(), names_.end(), text);
        const auto id = found - names_.begin();
        if (found == names_.end()) names_.emplace_back(text);
        return id;
    }
    VisitRows take() { return std::move(rows_); }

private:
    void put(std::string value) { row_[table_.columns.at(column_++)] = std::move(value); }

    const FactTableSpec& table_;
    std::vector<std::string> names_ = {"unknown"};
    std::string key_;
    VisitRow row_;
    std::size_t column_ = 0;
    VisitRows rows_;
};

inline ScannedFile scan_text(std::string_view content, std::string_view source = "queue-log") {
    ImportOptions options;
    options.source = std::string(source);
    return queue_log_format().scan(content, options, nullptr).take();
}

// The visits of one source that has these files. `contents` must outlive the call only.
inline VisitRows derive_files(const std::vector<std::string>& contents,
                              std::string_view source = "queue-log") {
    const Format format = queue_log_format();
    std::vector<ScannedFile> files;
    std::map<std::int64_t, std::vector<GroupRow>> groups;
    for (const auto& content : contents) files.push_back(scan_text(content, source));
    for (const auto& file : files) {
        UtcSecond start = file.rows.empty() ? 0 : file.rows.front().time;
        for (const auto& row : file.rows) start = std::min(start, row.time);
        for (const auto& row : file.rows) {
            GroupRow item{row.time, row.line, file.text.substr(row.offset, row.length)};
            item.context = file.context.get();
            item.file_start = start;
            groups[row.group].push_back(item);
        }
    }
    MemorySink sink(format.tables.front());
    for (auto& [group, rows] : groups) {
        std::reverse(rows.begin(), rows.end());  // the union comes unordered
        format.derive({source, rows, nullptr}, sink);
    }
    return sink.take();
}

}  // namespace klarsyn::telephony
