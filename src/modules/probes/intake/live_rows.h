// Measurements on their way to the writer: rows of series that a reader's connection knows already,
// and the keys that are new. What is looked up once is remembered by the thread that reads
// requests, so that the writer looks up nothing.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>

#include <array>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/hash.h"
#include "core/time.h"
#include "ingest/turn.h"
#include "modules/probes/intake/mapping.h"
#include "store/series.h"

namespace klarsyn::probes {

// Of one source.
struct LiveRows {
    using Key = std::array<std::string, 4>;  // system, action, site, seat
    std::vector<SeriesRow> rows;  // in the order of their delivery; series -1 - i: of fresh[i]
    std::vector<Key> fresh;
    std::set<Day> days;  // on which they lie
    std::vector<LoneFailure> waiting;  // of things of which no measurement is known
};

// The series of one source. Of a reader's thread and connection.
class SeriesKeys {
public:
    explicit SeriesKeys(std::string source) : source_(std::move(source)) {}

    // The series' id; 0 where nothing committed has such a series.
    Result<std::int32_t> find(Connection& db, Names& names, const LiveRows::Key& key);

private:
    struct TextHash {
        using is_avalanching = void;
        std::size_t operator()(const std::string& text) const { return hash64(text); }
    };
    std::string source_;
    boost::unordered_flat_map<std::string, std::int32_t, TextHash> ids_;
    std::size_t bytes_ = 0;
};

// Puts rows together; fresh keys are remembered for the one request.
class LiveRowsMaker {
public:
    void reserve(std::size_t rows) { made_.rows.reserve(rows); }
    // `series` as SeriesKeys::find gave it.
    void add(std::int32_t series, const LiveRows::Key& key, const KeptMeasurement& measurement);
    // Of a series that is known.
    void add(const SeriesRow& row);
    void wait(LoneFailure failure) { made_.waiting.push_back(std::move(failure)); }
    LiveRows take() { return std::move(made_); }

private:
    LiveRows made_;
    std::map<LiveRows::Key, std::int32_t> fresh_;
    UtcSecond from_ = 0, to_ = 0;  // of the day noted last
};

// Remembered by the thread, by source.
std::shared_ptr<SeriesKeys> series_keys(ThreadMemory& memory, const std::string& source);

LiveRows::Key key_of(const KeptMeasurement& measurement);

Result<LiveRows> live_rows(Connection& db, ThreadMemory& memory, const std::string& source,
                           const std::vector<KeptMeasurement>& measurements,
                           std::vector<LoneFailure> failures = {});

// In a write transaction: gives the new keys their series, so that every row has one.
Result<void> settle_keys(WriteTurn& turn, SeriesWriter& writer, const std::string& source,
                         LiveRows& rows);

}  // namespace klarsyn::probes
