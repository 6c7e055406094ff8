// Registers of IT equipment: what one row says, and which spans follow from the rows of one asset.
// Rules are pure; thread-safe. Days are Copenhagen's.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "core/time.h"
#include "core/years.h"
#include "ingest/format.h"

namespace klarsyn::assets {

// A PC is over age from its base date and this many years.
inline constexpr int kAgeLimitYears = 4;
// Where nothing tells since when something holds, it holds always.
inline constexpr Day kAlways = 0;

// The same date some months later; a day that the month lacks becomes its last: a plan that is due
// at the end of a month stays there.
Day add_months(Day day, int months);
// The length class of a span (indicators/question.h): -1 while it lasts; to is the first day after.
int span_class(Day from, std::optional<Day> to);
// Letters and digits alone, in capitals: "sn 12-a" is "SN12A". For finding serial numbers again.
std::string bare_code(std::string_view text);

// In words of its own or of the export; empty for a word that stands for none of them.
std::string asset_kind(std::string_view word);    // pc, server, network, thin_client
std::string asset_status(std::string_view word);  // in_use, in_stock, consolidated, retired

// Of two rows about the same, the one imported later holds: batch, file, line.
using RowOrder = std::tuple<std::int64_t, std::uint32_t, std::uint32_t>;

struct AssetRow {
    std::string id, kind, model, place, owner, status;
    std::optional<Day> base;
    std::optional<Day> from;     // first day on which it holds
    std::optional<Day> to;       // last day
    std::string bad_base;        // what stands there and is no date that can be
    bool model_unknown = false;  // not among the models that the mapping names
    RowOrder order;
};

struct AssetSpan {
    Day from = kAlways;
    std::optional<Day> to;  // first day after
    std::string age;        // of a PC: "0" to "4", "5+"; empty where the base date is missing
    bool over_age = false;
    AssetRow state;
};

// Something that is wrong with a register, and what was made of it.
struct Finding {
    std::string what;  // duplicate, impossible_date, unknown_model, merged, differs, same_serial
    std::string field, value;
};

struct AssetHistory {
    std::vector<AssetSpan> spans;  // in order, without overlap
    std::vector<Finding> findings;
};

// Rows of one asset, in any order, at least one. A row holds from its first day until its last day
// or until the next row begins. A field that is empty says nothing: what an earlier row said goes
// on. Retired assets have no span. Spans of PCs split at every birthday up to five years, which may
// lie ahead: a question about a later day answers what will be if nothing changes.
AssetHistory asset_history(std::vector<AssetRow> rows);

// CSV id,kind,model,place,owner,base_date,status,from,to, or as a mapping file says.
Format asset_format();
// CSV of medical devices (devices.h).
Format device_format();

}  // namespace klarsyn::assets
