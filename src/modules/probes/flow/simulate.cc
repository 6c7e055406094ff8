#include "modules/probes/flow/simulate.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <vector>

#include "core/random.h"

namespace klarsyn::probes {
namespace {

constexpr double kLost = 0.008;
constexpr double kRepeated = 0.012;
constexpr double kRefused = 0.006;
constexpr std::int64_t kDayMs = 86'400'000;

struct World {
    std::string_view stream;  // of the random numbers
    std::string_view receiver, type, prefix;
    double per_day;
    std::array<double, 2> median_ms;  // GS to the hub, the hub to the receiver
    std::array<double, 2> sigma;
};

constexpr std::string_view kSender = "GS";
constexpr std::string_view kHub = "INTEGRATION";
constexpr World kLaboratory{"flow laboratory", "LABKA",   "OML^O21", "R", 34,
                            {180, 1400},       {0.5, 0.7}};
constexpr World kMedication{"flow medication", "EPM3", "RDE^O11", "M", 16, {180, 3800}, {0.5, 0.6}};

// Share of a day's messages that leave before an hour has ended is even; by hour of the day.
constexpr std::array<double, 24> kHours{1, 1, 1, 1, 1, 2, 6, 12, 16, 15, 13, 11,
                                        9, 9, 8, 7, 5, 4, 3, 3,  2,  2,  2,  1};

std::int64_t local_ms(int year, int month, int day, int minute) {
    return Zone::copenhagen().to_utc({day_of({year, month, day}), minute * 60}).utc * 1000;
}

struct Line {
    std::int64_t at_ms = 0;
    std::string text;
};

std::string time_text(std::int64_t ms) {
    std::string text = iso_utc(ms / 1000);
    text.pop_back();
    return fmt::format("{}.{:03}Z", text, ms % 1000);
}

class Writer {
public:
    Writer(const World& world, FlowLog& out) : world_(world), out_(out) {}

    void message(std::int64_t at_ms, std::string_view hop, const std::string& number) {
        add(at_ms,
            fmt::format("{}\t{}\tMSH|^~\\&|{}|RH|{}|RH|{}||{}|{}|P|2.5\\r\n", time_text(at_ms), hop,
                        kSender, world_.receiver, stamp(at_ms), world_.type, number));
    }
    // What `who` answers, as it is seen at the hop that had sent.
    void answer(std::int64_t at_ms, std::string_view hop, std::string_view who,
                const std::string& number, std::string_view code) {
        add(at_ms, fmt::format("{}\t{}\tMSH|^~\\&|{}|RH|{}|RH|{}||ACK|A{}{}|P|2.5\\rMSA|{}|{}\\r\n",
                               time_text(at_ms), hop, who, kSender, stamp(at_ms), who.substr(0, 1),
                               number, code, number));
    }
    void finish() {
        std::stable_sort(lines_.begin(), lines_.end(),
                         [](const Line& a, const Line& b) { return a.at_ms < b.at_ms; });
        for (const Line& line : lines_) out_.log += line.text;
    }

private:
    void add(std::int64_t at_ms, std::string text) { lines_.push_back({at_ms, std::move(text)}); }
    static std::string stamp(std::int64_t ms) {
        std::string text = iso_local(ms / 1000).substr(0, 19);
        std::erase_if(text, [](char c) { return c < '0' || c > '9'; });
        return text;
    }

    const World& world_;
    FlowLog& out_;
    std::vector<Line> lines_;
};

// The laboratory's receiver stood still one morning: what came waited.
std::int64_t arrival(const World& world, std::int64_t at_ms) {
    const std::int64_t from = local_ms(2013, 4, 17, 9 * 60 + 10);
    const std::int64_t to = local_ms(2013, 4, 17, 9 * 60 + 50);
    const bool stands = world.receiver == "LABKA" && at_ms >= from && at_ms < to;
    return stands ? to + (at_ms - from) / 60 : at_ms;
}

void send(const World& world, Random& random, std::int64_t at_ms, const std::string& number,
          Writer& writer, FlowLog& out) {
    const auto take = [&](std::size_t leg) {
        return static_cast<std::int64_t>(random.lognormal(world.median_ms[leg], world.sigma[leg]) +
                                         0.5) +
               1;
    };
    const std::int64_t hub_ms = at_ms + take(0);
    const std::int64_t there_ms = arrival(world, hub_ms + take(1));
    const bool lost = random.chance(kLost);
    const bool repeated = random.chance(kRepeated);
    const std::string_view code = random.chance(kRefused) ? "AE" : "AA";
    ++out.messages;
    writer.message(at_ms, kSender, number);
    writer.message(hub_ms, kHub, number);
    writer.answer(hub_ms + 15, kSender, kHub, number, "AA");
    if (lost) {
        ++out.lost;
        return;
    }
    writer.message(there_ms, world.receiver, number);
    writer.answer(there_ms + 40, kHub, world.receiver, number, code);
    if (!repeated) return;
    ++out.repeated;
    writer.message(there_ms + 30'000, world.receiver, number);
}

}  // namespace

FlowLog simulate_flow(std::uint64_t seed, SimulatedFlow flow, Period days) {
    const World& world = flow == SimulatedFlow::laboratory ? kLaboratory : kMedication;
    FlowLog out;
    Writer writer(world, out);
    for (Day day = days.from; day <= days.to; ++day) {
        Random random = Random::stream(seed, world.stream, static_cast<std::uint64_t>(day));
        const double share = weekday_of(day) > 5 ? 0.5 : 1.0;
        const auto count = random.poisson(world.per_day * share);
        std::vector<std::int64_t> times;
        for (std::int64_t i = 0; i < count; ++i) {
            const auto hour = static_cast<std::int64_t>(random.pick(kHours));
            times.push_back(day_start(day) * 1000 +
                            std::min(hour * 3'600'000 + random.below(3'600'000), kDayMs - 1));
        }
        std::sort(times.begin(), times.end());
        for (std::size_t i = 0; i < times.size(); ++i)
            send(world, random, times[i], fmt::format("{}{}{:03}", world.prefix, day, i), writer,
                 out);
    }
    writer.finish();
    return out;
}

}  // namespace klarsyn::probes
