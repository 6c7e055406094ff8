#include "modules/capacity/simulate.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "core/random.h"

namespace klarsyn::capacity {
namespace {

struct Centre {
    std::string_view place;
    int capacity_kw = 0;
    double share = 0;      // of the capacity on 1 September 2012
    double per_day = 0;    // growth of the share
    double taken_out = 0;  // of the share, from September to December 2012
};
constexpr std::array<Centre, 5> kCentres{{{"HVH", 600, 0.935, 0.00012, 0.09},
                                          {"RH", 900, 0.78, 0.00018, 0},
                                          {"HGH", 500, 0.80, 0.00015, 0},
                                          {"BFH", 250, 0.61, 0.0001, 0},
                                          {"NOH", 200, 0.55, 0.00012, 0}}};
constexpr int kFeeds = 2;  // of a data centre's power

constexpr int kStoresBefore = 40;  // those after them came in spring 2013
constexpr std::int64_t kStoreGigabytes = 100'000;

Day first_day() { return day_of({2012, 9, 1}); }
Day stores_added() { return day_of({2013, 3, 4}); }

// Which primary data centre a store stands in: 16, 18 and 10 of the 44.
std::string_view place_of_store(int store) {
    const int of_half = store % (kSimulatedStores / 2);
    return of_half < 8 ? "HVH" : of_half < 17 ? "RH" : "HGH";
}

double normal_of(std::uint64_t seed, std::string_view what, Day day, int thing) {
    constexpr std::uint64_t kThingsMost = 100;
    return Random::stream(
               seed, what,
               static_cast<std::uint64_t>(day) * kThingsMost + static_cast<std::uint64_t>(thing))
        .normal();
}

double share_of(const Centre& centre, Day day) {
    const double age = day - first_day();
    const double work_days = std::clamp(age, 0.0, 120.0);
    return centre.share + centre.per_day * age - centre.taken_out * (work_days / 120.0);
}

void add_power(std::uint64_t seed, Day day, std::string& out) {
    const std::string date = iso_date(day);
    for (std::size_t c = 0; c < kCentres.size(); ++c) {
        const Centre& centre = kCentres[c];
        const int feed_kw = centre.capacity_kw / kFeeds;
        for (int feed = 0; feed < kFeeds; ++feed) {
            const int thing = static_cast<int>(c) * kFeeds + feed;
            const double stray = 0.003 * normal_of(seed, "power", day, thing);
            const auto tenths =
                static_cast<std::int64_t>((share_of(centre, day) + stray) * feed_kw * 10 + 0.5);
            out += fmt::format("{} 12:00,power,{},{},{}.{},{},kW\n", date, centre.place,
                               feed == 0 ? "A" : "B", tenths / 10, tenths % 10, feed_kw);
        }
    }
}

void add_storage(std::uint64_t seed, Day day, std::string& out) {
    const std::string date = iso_date(day);
    const int stores = day < stores_added() ? kStoresBefore : kSimulatedStores;
    for (int store = 0; store < stores; ++store) {
        const double begun = store < kStoresBefore ? first_day() - 400 : stores_added();
        const double full = store < kStoresBefore ? 0.62 + 0.005 * (store % 40) : 0.05;
        const double grown =
            full + 0.00013 * (day - begun) + 0.002 * normal_of(seed, "storage", day, store);
        const auto gigabytes = static_cast<std::int64_t>(
            std::clamp(grown, 0.0, 1.0) * static_cast<double>(kStoreGigabytes) + 0.5);
        out += fmt::format("{} 12:00,storage,{},SAN-{:02},{}.{:03},{},TB\n", date,
                           place_of_store(store), store + 1, gigabytes / 1000, gigabytes % 1000,
                           kStoreGigabytes / 1000);
    }
}

}  // namespace

std::string simulate_readings(std::uint64_t seed, Period days) {
    std::string out = "time,kind,place,unit_name,used,total,unit\n";
    for (Day day = days.from; day <= days.to; ++day) {
        add_power(seed, day, out);
        add_storage(seed, day, out);
    }
    return out;
}

}  // namespace klarsyn::capacity
