// Measures measurements in blocks: klarsyn_series_bench DATA [DAYS]. The generator is shipped: 11
// systems x 10 actions x 8 hospitals, one probe a minute (30 days: 38,016,000), log-normal whole
// milliseconds with a daily load curve, incidents of 37 minutes, one in 997 failed; seven actions
// have a limit of 3 s, three one of 15 s. Every count is checked against the generator itself.
// Prints one JSON object per measurement. DATA is made anew: a directory or a postgresql:// URL.
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

#include "modules/module.h"
#include "store/series_scan.h"
#include "store/store.h"

namespace klarsyn {
namespace {

constexpr int kSystems = 11, kActions = 10, kHospitals = 8;
constexpr int kSeries = kSystems * kActions * kHospitals;
constexpr int kGroups = kSystems * kHospitals;
constexpr UtcSecond kStart = 1'760'486'400;  // 2025-10-15 00:00 UTC
constexpr std::uint32_t kMsMax = 60'000;
constexpr int kRounds = 5;

double wall() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}
double cpu() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

std::uint64_t mix(std::uint64_t x) {
    x += 0x9e3779b97f4a7c15ULL;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
    return x ^ (x >> 31);
}
double unit(std::uint64_t hash) { return static_cast<double>(hash >> 11) / 9007199254740992.0; }

int system_of(int series) { return series / (kActions * kHospitals); }
int hospital_of(int series) { return series % kHospitals; }
bool heavy(int series) { return series / kHospitals % kActions >= 7; }
std::uint32_t limit_of(int series) { return heavy(series) ? 15'000 : 3'000; }
int group_of(int series) { return system_of(series) * kHospitals + hospital_of(series); }

struct Probe {
    std::uint32_t ms;
    std::uint8_t outcome;  // 0 ok, 1 failed
};
Probe probe(int series, std::int64_t minute) {
    const auto number = static_cast<std::uint64_t>(series);
    const auto m = static_cast<std::uint64_t>(minute);
    const std::uint64_t h = mix(number * 0x1000003ULL + m * 0x9E3779B1ULL);
    const std::uint64_t h2 = mix(h);
    const double normal =
        std::sqrt(-2 * std::log(unit(h) + 1e-12)) * std::cos(6.283185307 * unit(h2));
    const double base = (heavy(series) ? 5200 : 700) * (0.5 + unit(mix(number * 77 + 5)));
    const double time_of_day = static_cast<double>(m % 1440) / 1440.0;
    const double load = std::max(0.2, 0.5 + 0.5 * std::sin((time_of_day - 0.3) * 6.283185307));
    const auto system = static_cast<std::uint64_t>(system_of(series));
    const double incident = mix((m / 37) * 131 + system) % 211 == 0 ? 3.5 : 1.0;
    const double ms = base * std::exp(0.32 * normal) * (0.8 + 0.5 * load) * incident;
    return {static_cast<std::uint32_t>(std::min<double>(ms, kMsMax)),
            static_cast<std::uint8_t>(mix(h2) % 997 != 0 ? 0 : 1)};
}

// What every answer is compared with: counted while the measurements are made.
struct Truth {
    std::vector<std::int64_t> within = std::vector<std::int64_t>(kGroups);
    std::vector<std::int64_t> all = std::vector<std::int64_t>(kGroups);
    std::vector<std::vector<std::int64_t>> counts =
        std::vector<std::vector<std::int64_t>>(kGroups, std::vector<std::int64_t>(kMsMax + 1));
    void add(int series, const Probe& p) {
        const auto g = static_cast<std::size_t>(group_of(series));
        ++all[g];
        if (p.outcome != 0) return;
        within[g] += p.ms <= limit_of(series) ? 1 : 0;
        ++counts[g][p.ms];
    }
};

void check(bool right, const char* what) {
    if (right) return;
    std::fprintf(stderr, "klarsyn_series_bench: %s is wrong\n", what);
    std::exit(1);
}

std::int64_t rank95(const std::vector<std::int64_t>& counts) {
    std::int64_t n = 0;
    for (const auto count : counts) n += count;
    const std::int64_t position = (95 * n + 99) / 100;
    std::int64_t seen = 0;
    for (std::size_t ms = 0; ms < counts.size(); ++ms) {
        if ((seen += counts[ms]) >= position) return static_cast<std::int64_t>(ms);
    }
    return -1;
}

class Bench {
public:
    Bench(Store& store, int days) : store_(store), days_(days) {}

    void run() {
        begin_series();
        bulk();
        size();
        const auto reader = store_.reader().take();
        for (int round = 0; round < kRounds; ++round) share(*reader);
        for (int round = 0; round < kRounds; ++round) percentile(*reader);
        minutes();
        pack();
    }

private:
    Connection& db() { return store_.writer(); }

    void begin_series() {
        db().begin_write().take();
        for (int s = 0; s < kSeries; ++s) {
            ids_.push_back(writer_
                               .series({1 + system_of(s), 20 + s / kHospitals % kActions,
                                        40 + hospital_of(s), 60})
                               .take());
        }
        db().commit().take();
        of_id_.resize(static_cast<std::size_t>(ids_.back()) + 1);
        for (int s = 0; s < kSeries; ++s)
            of_id_[static_cast<std::size_t>(ids_[static_cast<std::size_t>(s)])] = s;
    }

    std::vector<SeriesRow> make(std::int64_t minute, std::int64_t count) {
        std::vector<SeriesRow> rows;
        rows.reserve(static_cast<std::size_t>(count * kSeries));
        for (std::int64_t m = minute; m < minute + count; ++m) {
            for (int s = 0; s < kSeries; ++s) {
                const Probe p = probe(s, m);
                truth_.add(s, p);
                rows.push_back(
                    {kStart + m * 60, ids_[static_cast<std::size_t>(s)], p.ms, p.outcome, false});
            }
        }
        return rows;
    }

    // One journal entry with its rows, durably.
    void commit(std::vector<SeriesRow> rows) {
        db().begin_write().take();
        JournalEntry entry;
        entry.seq = next_seq(db()).take();
        const SeriesChange change = writer_.append(entry.seq, std::move(rows)).take();
        entry.kind = "import";
        entry.detail = "{}";
        entry.facts_digest = std::to_string(change.digest.came);
        append_entry(db(), store_.journal_key(), std::move(entry)).take();
        db().commit().take();
    }

    // A day per entry, in the order of time; made beforehand, so that only storing is measured.
    void bulk() {
        double seconds = 0, used = 0;
        std::int64_t count = 0;
        for (int day = 0; day < days_; ++day) {
            auto rows = make(day * 1440, 1440);
            count += static_cast<std::int64_t>(rows.size());
            const double before = wall(), cpu_before = cpu();
            commit(std::move(rows));
            seconds += wall() - before;
            used += cpu() - cpu_before;
        }
        std::printf("{\"what\":\"bulk intake\",\"rows\":%lld,\"rows_per_s\":%.0f,\"cpu_s\":%.2f}\n",
                    static_cast<long long>(count), static_cast<double>(count) / seconds, used);
        std::fflush(stdout);
        rows_ = count;
    }

    void size() {
        KL_ASSERT(query_i64(db(), "SELECT SUM(row_count) FROM core_series_block").take() == rows_);
        const double bytes = static_cast<double>(
            query_i64(db(), "SELECT SUM(LENGTH(bytes)) FROM core_series_block").take());
        std::printf("{\"what\":\"bytes per probe\",\"bytes\":%.3f,\"blocks\":%lld}\n",
                    bytes / static_cast<double>(rows_),
                    static_cast<long long>(
                        query_i64(db(), "SELECT COUNT(*) FROM core_series_block").take()));
    }

    SeriesQuery everything() const {
        return {{}, kStart, kStart + std::int64_t{days_} * 86'400, INT64_MAX};
    }

    template <typename Take>
    void timed(Connection& reader, const char* what, std::size_t threads, const Take& take) {
        const double before = wall(), cpu_before = cpu();
        std::vector<SeriesSink> sinks;
        for (std::size_t i = 0; i < threads; ++i) {
            sinks.emplace_back([i, &take](SeriesSpan& span) { return take(i, span); });
        }
        scan_series(reader, table_, everything(), sinks).take();
        std::printf("{\"what\":\"%s\",\"ms\":%.1f,\"cpu_ms\":%.1f}\n", what,
                    (wall() - before) * 1e3, (cpu() - cpu_before) * 1e3);
        std::fflush(stdout);
    }

    void share(Connection& reader) {
        const std::size_t threads = std::max(1U, std::thread::hardware_concurrency());
        std::vector<std::vector<std::int64_t>> within(threads, std::vector<std::int64_t>(kGroups));
        std::vector<std::vector<std::int64_t>> all = within;
        timed(reader, "share within limit by system and hospital", threads,
              [&](std::size_t thread, SeriesSpan& span) -> Result<void> {
                  const int series = of_id_[static_cast<std::size_t>(span.series())];
                  const auto group = static_cast<std::size_t>(group_of(series));
                  KL_TRY(const auto ms, span.ms());
                  KL_TRY(const auto outcomes, span.outcomes());
                  const std::uint32_t limit = limit_of(series);
                  std::uint32_t met = 0;
                  for (std::size_t i = 0; i < ms.size(); ++i) {
                      met += static_cast<std::uint32_t>(ms[i] <= limit) &
                             static_cast<std::uint32_t>(outcomes[i] == 0);
                  }
                  within[thread][group] += met;
                  all[thread][group] += static_cast<std::int64_t>(span.size());
                  return {};
              });
        for (std::size_t g = 0; g < kGroups; ++g) {
            std::int64_t met = 0, count = 0;
            for (std::size_t t = 0; t < threads; ++t) met += within[t][g], count += all[t][g];
            check(met == truth_.within[g] && count == truth_.all[g], "a share");
        }
    }

    void percentile(Connection& reader) {
        const std::size_t threads = std::max(1U, std::thread::hardware_concurrency());
        using Counts = std::vector<std::vector<std::uint32_t>>;
        std::vector<Counts> counts(threads, Counts(kGroups));
        timed(reader, "exact 95th percentile by system and hospital", threads,
              [&](std::size_t thread, SeriesSpan& span) -> Result<void> {
                  const int series = of_id_[static_cast<std::size_t>(span.series())];
                  auto& own = counts[thread][static_cast<std::size_t>(group_of(series))];
                  own.resize(kMsMax + 1);
                  KL_TRY(const auto ms, span.ms());
                  KL_TRY(const auto outcomes, span.outcomes());
                  for (std::size_t i = 0; i < ms.size(); ++i)
                      own[ms[i]] += outcomes[i] == 0 ? 1U : 0U;
                  return {};
              });
        for (std::size_t g = 0; g < kGroups; ++g) {
            std::vector<std::int64_t> all(kMsMax + 1);
            for (const Counts& part : counts) {
                for (std::size_t ms = 0; ms < part[g].size(); ++ms) all[ms] += part[g][ms];
            }
            check(rank95(all) == rank95(truth_.counts[g]), "a percentile");
        }
    }

    // One minute's probes per durable commit, journal entry and all; packed as a server would.
    void minutes() {
        std::vector<std::vector<SeriesRow>> requests;
        for (std::int64_t m = 0; m < 1500; ++m) requests.push_back(make(days_ * 1440 + m, 1));
        const double before = wall(), cpu_before = cpu();
        for (auto& rows : requests) commit(std::move(rows));
        const double seconds = wall() - before;
        std::printf(
            "{\"what\":\"durable append, one minute's 880 per commit\",\"rows_per_s\":%.0f,"
            "\"commits_per_s\":%.0f,\"cpu_s\":%.2f}\n",
            1500 * kSeries / seconds, 1500 / seconds, cpu() - cpu_before);
        std::fflush(stdout);
    }

    void pack() {
        const double before = wall();
        db().begin_write().take();
        const std::int64_t rows = writer_.pack(INT64_MAX).take();
        db().commit().take();
        std::printf("{\"what\":\"packing\",\"rows\":%lld,\"rows_per_s\":%.0f}\n",
                    static_cast<long long>(rows), static_cast<double>(rows) / (wall() - before));
    }

    Store& store_;
    int days_;
    SeriesTable table_{"bench_probe", {"system", "action", "site", "seat"}};
    SeriesWriter writer_{store_.writer(), table_, Names(store_.writer())};
    std::vector<std::int32_t> ids_;
    std::vector<int> of_id_;
    Truth truth_;
    std::int64_t rows_ = 0;
};

}  // namespace
}  // namespace klarsyn

int main(int argc, char** argv) {
    if (argc < 2) {
        std::fprintf(stderr, "usage: klarsyn_series_bench DATA [DAYS]\n");
        return 2;
    }
    auto store = klarsyn::Store::create(argv[1], klarsyn::migrations());
    if (!store.ok()) {
        std::fprintf(stderr, "klarsyn_series_bench: %s\n", store.error().key.c_str());
        return 1;
    }
    klarsyn::Bench(**store, argc > 2 ? std::atoi(argv[2]) : 30).run();
    return 0;
}
