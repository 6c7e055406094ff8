// export: the cases as a table for other systems.
#include "apps/klarsyn/commands.h"
#include "modules/servicedesk/case_export.h"
#include "protocols/csv.h"

namespace klarsyn {
namespace {

constexpr std::size_t kChunkBytes = std::size_t{1} << 16;

Result<Period> asked_days(const Invocation& in) {
    Period days{day_of({1970, 1, 1}), day_of({2099, 12, 31})};
    if (!in.from.empty()) {
        KL_TRY(days.from, parse_iso_date(in.from));
    }
    if (!in.to.empty()) {
        KL_TRY(days.to, parse_iso_date(in.to));
    }
    return days;
}

// Writes rows as they come, so that ten years of cases need no memory.
class TableOutput {
public:
    TableOutput(const Invocation& in, CommandOutput& output)
        : json_(in.list_format == "json"),
          writer_(in.dialect == "excel-da" ? CsvDialect::excel_da : CsvDialect::rfc4180),
          output_(output) {
        if (json_) {
            text_ = "{\"result\":[";
            return;
        }
        for (const std::string_view column : servicedesk::kExportColumns) writer_.text(column);
        writer_.end_row();
    }
    void write(const servicedesk::ExportedCase& exported) {
        if (json_) {
            text_ += (first_ ? "\n" : ",\n") + servicedesk::exported_json(exported);
        } else {
            for (const std::string& field : exported) writer_.text(field);
            writer_.end_row();
            text_ += writer_.take();
        }
        first_ = false;
        if (text_.size() > kChunkBytes) flush();
    }
    void end() {
        text_ += json_ ? "\n]}\n" : writer_.take();
        flush();
    }

private:
    void flush() {
        output_.out(text_);
        text_.clear();
    }
    bool json_;
    bool first_ = true;
    CsvWriter writer_;
    CommandOutput& output_;
    std::string text_;
};

}  // namespace

int run_export(const Invocation& in, Environment& environment) {
    const auto days = asked_days(in);
    if (!days.ok()) {
        fail(in, environment, days.error());
        return kWrongUsage;
    }
    auto opened = OpenedStore::open(in, environment, Access::read);
    if (!opened.ok()) return fail(in, environment, opened.error());
    const auto work = [&]() -> Result<void> {
        KL_TRY(const auto db, opened->store().reader());
        KL_CHECK(db->begin_read());
        TableOutput table(in, environment.output);
        KL_CHECK(
            servicedesk::export_cases(*db, *days, [&](const servicedesk::ExportedCase& exported) {
                table.write(exported);
                return Result<void>();
            }));
        table.end();
        return {};
    };
    const auto done = work();
    return done.ok() ? 0 : fail(in, environment, done.error());
}

}  // namespace klarsyn
