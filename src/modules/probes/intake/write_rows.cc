#include "modules/probes/intake/write_rows.h"

#include <algorithm>

#include "modules/probes/intake/samples.h"
#include "modules/probes/measurements.h"
#include "protocols/packed.h"
#include "protocols/remote_write.h"

namespace klarsyn::probes {
namespace {

constexpr std::size_t kMemoBytesMax = std::size_t{32} << 20;  // of a thread and source
constexpr std::size_t kPerSeries = 400;                       // beside the labels' bytes

// What the labels of one series come to.
struct Meaning {
    bool damaged = false;
    ProbeMapping::Verdict verdict;
    std::string name;  // of a series that is not always kept, with its labels
    Labels labels;
    LiveRows::Key key;
    std::int32_t series = 0;  // 0: not known yet
};

class LabelMemo {
public:
    // Forgets what another mapping meant.
    void begin(const std::shared_ptr<const ProbeMapping>& mapping) {
        if (mapping_ == mapping && bytes_ <= kMemoBytesMax) return;
        mapping_ = mapping;
        known_.clear();
        bytes_ = 0;
    }
    Meaning* find(std::string_view labels) {
        const auto found = known_.find(labels);
        return found == known_.end() ? nullptr : found->second.get();
    }
    Meaning* keep(std::string_view labels, std::unique_ptr<Meaning> meaning) {
        bytes_ += 2 * labels.size() + kPerSeries;
        return (known_[std::string(labels)] = std::move(meaning)).get();
    }
    const ProbeMapping& mapping() const { return *mapping_; }

private:
    struct BytesHash {
        using is_transparent = void;
        using is_avalanching = void;
        std::size_t operator()(std::string_view bytes) const { return hash64(bytes); }
    };
    std::shared_ptr<const ProbeMapping> mapping_;
    boost::unordered_flat_map<std::string, std::unique_ptr<Meaning>, BytesHash, std::equal_to<>>
        known_;
    std::size_t bytes_ = 0;
};

std::shared_ptr<LabelMemo> label_memo(ThreadMemory& memory, const std::string& source) {
    std::shared_ptr<const void>& place = memory.parsed["probe_labels " + source];
    if (!place) place = std::make_shared<LabelMemo>();
    // Made above, by the one thread that has this memory.
    return std::const_pointer_cast<LabelMemo>(std::static_pointer_cast<const LabelMemo>(place));
}

Result<std::unique_ptr<Meaning>> meaning_of(WriteScan& scan, const ProbeMapping& mapping) {
    auto meaning = std::make_unique<Meaning>();
    KL_TRY(Labels labels, scan.labels());
    meaning->damaged = !check_write_labels(labels).empty();
    if (meaning->damaged) return meaning;
    meaning->name = find_label(labels, "__name__");
    meaning->verdict = mapping.judge(meaning->name, labels, {}, {});
    const ProbeMapping::Verdict& verdict = meaning->verdict;
    meaning->key = {verdict.system, verdict.action, verdict.site, verdict.seat};
    meaning->labels = std::move(labels);
    return meaning;
}

// The samples of one series.
void take_samples(const WriteScan& scan, const Meaning& meaning, UtcSecond latest,
                  LiveRowsMaker& maker, UnmappedCounts& unmapped) {
    if (meaning.damaged) {
        unmapped[{"?", "damaged"}].samples +=
            std::max<std::int64_t>(1, static_cast<std::int64_t>(scan.samples().size()));
        return;
    }
    for (const WriteSample& sample : scan.samples()) {
        if (is_stale(sample.value)) continue;  // the series ended: no measurement
        KeptMeasurement kept;
        std::string_view why = meaning.verdict.why;
        if (why.empty())
            why =
                ProbeMapping::measure(meaning.verdict, sample.value, sample.time_ms, latest, kept);
        if (why.empty())
            maker.add(meaning.series, meaning.key, kept);
        else
            leave(unmapped, meaning.name, meaning.labels, why);
    }
}

// A mapping that looks at several samples together needs all of them.
Result<WrittenRows> read_together(Connection& db, ThreadMemory& memory, const std::string& source,
                                  const ProbeMapping& mapping, std::string_view message,
                                  UtcSecond latest) {
    WrittenRows written;
    KL_TRY(WriteRequest write, parse_write_message(message));
    UnmappedCounts damaged;
    MappedSamples samples = mapping.map(samples_of(std::move(write), damaged), latest);
    written.unmapped = std::move(samples.unmapped);
    written.unmapped.merge(damaged);
    KL_TRY(written.rows, live_rows(db, memory, source, samples.measurements,
                                   std::move(samples.lone_failures)));
    return written;
}

}  // namespace

Result<WrittenRows> read_write(Connection& db, ThreadMemory& memory, const std::string& source,
                               const std::shared_ptr<const ProbeMapping>& mapping,
                               std::string_view packed, UtcSecond latest) {
    KL_TRY(const std::string message, unpack_snappy(packed, WriteLimits().bytes));
    if (mapping->pairs()) return read_together(db, memory, source, *mapping, message, latest);
    const auto memo = label_memo(memory, source);
    memo->begin(mapping);
    const auto keys = series_keys(memory, source);
    LiveRowsMaker maker;
    WrittenRows written;
    WriteScan scan(message);
    std::unique_ptr<Meaning> alone;  // of labels that cannot be remembered
    while (true) {
        KL_TRY(const bool more, scan.next());
        if (!more) break;
        const std::string_view bytes = scan.label_bytes();
        Meaning* meaning = bytes.empty() ? nullptr : memo->find(bytes);
        if (meaning == nullptr) {
            KL_TRY(auto read, meaning_of(scan, memo->mapping()));
            meaning = bytes.empty() ? (alone = std::move(read)).get()
                                    : memo->keep(bytes, std::move(read));
        }
        if (meaning->series == 0 && !meaning->damaged && meaning->verdict.why.empty()) {
            KL_TRY(meaning->series, keys->find(db, memory.names, meaning->key));
        }
        take_samples(scan, *meaning, latest, maker, written.unmapped);
    }
    written.rows = maker.take();
    return written;
}

}  // namespace klarsyn::probes
