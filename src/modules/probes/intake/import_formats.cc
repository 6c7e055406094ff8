// Files that other monitors write, imported with --mapping: OpenMetrics, performance data of Nagios
// and Icinga, Zabbix' history export. A file is turned into rows of probe-csv, and from there on is
// one: the same keys, corrections, withdrawal and provenance. The kept raw file is the one that
// came.
#include "modules/probes/intake/register.h"

#include "modules/probes/intake/mapping.h"
#include "modules/probes/intake/samples.h"
#include "protocols/csv.h"

namespace klarsyn::probes {
namespace {

constexpr UtcSecond kLatest = 4102444800;  // 2100-01-01
constexpr std::size_t kRawMost = 2000;

struct Read {
    std::vector<IntakeSample> samples;
    std::vector<Reject> rejects;
};
using Reader = Result<Read> (*)(std::string_view content);

Reject reject_line(std::int64_t line, std::string_view bytes, const Error& error) {
    Reject reject;
    reject.line = line;
    reject.field = error.field;
    reject.key = error.key;
    reject.args = error.args;
    const std::string_view shown = bytes.substr(0, kRawMost);
    reject.raw = well_formed_utf8(shown) ? std::string(shown) : "?";
    return reject;
}

// Line by line; a last line without its end waits for the rest.
template <typename Parse>
Result<Read> read_lines(std::string_view content, const Parse& parse) {
    Read read;
    std::uint32_t number = 0;
    while (true) {
        const auto end = content.find('\n');
        if (end == std::string_view::npos) return read;
        std::string_view line = content.substr(0, end);
        content.remove_prefix(end + 1);
        ++number;
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (line.empty()) continue;
        const auto parsed = parse(line);
        if (!parsed.ok()) {
            read.rejects.push_back(reject_line(number, line, parsed.error()));
            continue;
        }
        for (IntakeSample& sample : samples_of(*parsed)) {
            sample.line = number;
            read.samples.push_back(std::move(sample));
        }
    }
}

Result<Read> read_perfdata(std::string_view content) {
    return read_lines(content, parse_perf_line);
}
Result<Read> read_zabbix(std::string_view content) {
    return read_lines(content, parse_zabbix_line);
}
// Samples without a time of their own have none in a file either: they are left out as "time".
Result<Read> read_open_metrics(std::string_view content) {
    KL_TRY(const auto families, parse_open_metrics(content));
    return Read{samples_of(families, -1), {}};
}

// Texts as they are: no spreadsheet opens this, and a mark before "-1" would change the name.
void add_field(std::string& csv, std::string_view text, char end) {
    csv += '"';
    for (const char c : text) csv += c == '"' ? std::string("\"\"") : std::string(1, c);
    csv += '"';
    csv += end;
}

std::string csv_of(const std::vector<KeptMeasurement>& measurements) {
    std::string csv = "time,system,action,site,seat,ms,outcome\n";
    for (const KeptMeasurement& one : measurements) {
        add_field(csv, iso_utc(one.at), ',');
        for (const auto* name : {&one.system, &one.action, &one.site, &one.seat})
            add_field(csv, *name, ',');
        add_field(csv, one.ms ? std::to_string(*one.ms) : "", ',');
        add_field(csv, outcome_name(one.outcome), '\n');
    }
    return csv;
}

// What the user should know of samples that no rule takes.
void tell_unmapped(const UnmappedCounts& unmapped, std::vector<Notice>& notices) {
    constexpr std::size_t kTold = 20;
    for (const auto& [what, count] : unmapped) {
        if (notices.size() == kTold) return;
        notices.push_back({"probes.intake.notice." + what.why,
                           {{"metric", what.metric}, {"count", std::to_string(count.samples)}}});
    }
}

template <Reader read>
Result<ScannedFile> scan(std::string_view content, const ImportOptions& options,
                         const std::vector<std::int64_t>* wanted) {
    if (options.mapping.empty())
        return make_error(ErrorCode::invalid_input, "probes.intake.mapping_needed");
    KL_TRY(const auto mapping, ProbeMapping::parse(options.mapping, options.mapping_name));
    KL_TRY(Read from, read(content));
    const auto lines_rejected = static_cast<std::int64_t>(from.rejects.size());
    const MappedSamples mapped = mapping.map(from.samples, kLatest);
    static const Format kCsv = probe_csv_format();
    ImportOptions plain = options;
    plain.encoding = "utf-8";
    plain.delimiter = ",";
    plain.decimal = ".";
    auto owned = std::make_shared<const std::string>(csv_of(mapped.measurements));
    KL_TRY(ScannedFile file, kCsv.scan(*owned, plain, wanted));
    for (Reject& reject : file.rejects) {  // line 1 is the header
        const auto place = static_cast<std::size_t>(reject.line - 2);
        if (place < mapped.measurements.size()) reject.line = mapped.measurements[place].line;
        from.rejects.push_back(std::move(reject));
    }
    file.owned_text = owned;
    file.bytes_read = content.size();
    file.rows_read += lines_rejected;
    file.rejects = std::move(from.rejects);
    file.notices.clear();
    tell_unmapped(mapped.unmapped, file.notices);
    return file;
}

template <Reader read>
Format export_format(std::string_view name) {
    Format format = probe_csv_format();
    format.name = name;
    format.scan = scan<read>;
    return format;
}

}  // namespace

std::vector<Format> export_formats() {
    return {export_format<read_open_metrics>("openmetrics"),
            export_format<read_perfdata>("perfdata"), export_format<read_zabbix>("zabbix-history")};
}

}  // namespace klarsyn::probes
