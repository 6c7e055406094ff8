// Counts the simulated files with code of its own, straight from the text and the definitions: it
// shares nothing with the modules that read these formats.
#include "apps/klarsyn/simulate_scenarios.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "apps/klarsyn/simulate_figures.h"
#include "core/time.h"
#include "modules/telephony/simulate.h"

namespace klarsyn {
namespace {
namespace fs = std::filesystem;

std::string read(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::stringstream bytes;
    bytes << file.rdbuf();
    return bytes.str();
}

std::vector<std::string_view> split(std::string_view line, char by) {
    std::vector<std::string_view> fields;
    while (true) {
        const auto at = line.find(by);
        fields.push_back(line.substr(0, at));
        if (at == std::string_view::npos) return fields;
        line.remove_prefix(at + 1);
    }
}

std::int64_t number(std::string_view digits) {
    std::int64_t value = -1;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
}

template <typename Each>
void each_line(const std::string& text, Each each) {
    std::size_t begin = 0;
    for (auto end = text.find('\n'); end != std::string::npos; end = text.find('\n', begin)) {
        each(std::string_view(text).substr(begin, end - begin));
        begin = end + 1;
    }
    EXPECT_EQ(begin, text.size()) << "the last line has no line feed";
}

// A directory with one scenario, removed at the end.
class Simulated {
public:
    Simulated(const std::string& scenario, std::uint64_t seed, int years = 1) {
        std::string pattern = (fs::temp_directory_path() / "klarsyn-simulate-XXXXXX").string();
        root_ = ::mkdtemp(pattern.data());
        SimulateRequest request;
        request.scenario = scenario;
        request.seed = seed;
        request.years = years;
        request.directory = root_.string();
        const auto done = simulate(request, [this](const SimulateProgress& progress) {
            ++told;
            lines = progress.lines;
            EXPECT_EQ(progress.months_done, told);
            EXPECT_LE(progress.months_done, progress.months_total);
        });
        EXPECT_TRUE(done.ok());
    }
    ~Simulated() { fs::remove_all(root_); }
    Simulated(const Simulated&) = delete;
    Simulated& operator=(const Simulated&) = delete;

    const fs::path& root() const { return root_; }
    std::vector<fs::path> files(std::string_view begins) const {
        std::vector<fs::path> found;
        for (const auto& entry : fs::recursive_directory_iterator(root_)) {
            if (entry.path().filename().string().starts_with(begins)) found.push_back(entry.path());
        }
        std::sort(found.begin(), found.end());
        return found;
    }

    std::int64_t told = 0;
    std::int64_t lines = 0;

private:
    fs::path root_;
};

std::string month_of(Day day) { return iso_date(day).substr(0, 7); }

struct PhoneMonth {
    int offered = 0, answered = 0, abandoned = 0, left = 0;
    std::int64_t wait_sum = 0, wait_max = 0;
};

struct Phones {
    std::map<std::pair<std::string, std::string>, PhoneMonth> months;  // queue, month
    std::map<std::string, int> events;
    std::set<Day> days;
    int open = 0, misfits = 0, calls_in_both = 0, over_midnight = 0;
};

struct OpenVisit {
    std::int64_t entered = 0, connected = 0;
    std::string month;
};

// Where an event states the wait or the talk, counted from the end of the line.
std::int64_t stated(const std::vector<std::string_view>& fields, std::size_t from_end) {
    return number(fields.at(fields.size() - from_end));
}

void count_event(Phones& phones, std::map<std::string, OpenVisit>& open,
                 std::map<std::string, std::set<std::string>>& queues,
                 const std::vector<std::string_view>& fields) {
    const std::int64_t time = number(fields[0]);
    const std::string call(fields[1]), queue(fields[2]), event(fields[4]);
    const std::string key = call + " " + queue;
    const auto local = Zone::copenhagen().to_local(time);
    if (event == "ENTERQUEUE") {
        EXPECT_FALSE(open.contains(key)) << key;
        open[key] = {time, 0, month_of(local.day)};
        phones.days.insert(local.day);
        queues[call].insert(queue);
        ++phones.months[{queue, month_of(local.day)}].offered;
        return;
    }
    static const std::set<std::string> kCompleted = {"COMPLETEAGENT", "COMPLETECALLER", "TRANSFER",
                                                     "BLINDTRANSFER", "ATTENDEDTRANSFER"};
    static const std::set<std::string> kLeft = {"EXITWITHKEY", "EXITWITHTIMEOUT", "EXITEMPTY",
                                                "WITHDRAW"};
    const bool completed = kCompleted.contains(event);
    const bool given_up = event == "ABANDON" || event == "SYSCOMPAT" || kLeft.contains(event);
    if (event != "CONNECT" && !completed && !given_up) return;
    ASSERT_TRUE(open.contains(key)) << key << " " << event;
    OpenVisit& visit = open[key];
    PhoneMonth& month = phones.months[{queue, visit.month}];
    std::int64_t wait = time - visit.entered;
    if (completed) {
        EXPECT_LE(std::llabs(time - visit.connected - stated(fields, 2)), 2);
        if (Zone::copenhagen().to_local(visit.entered).day != local.day) ++phones.over_midnight;
        open.erase(key);
        return;
    }
    if (event == "CONNECT") wait = number(fields[5]);
    if (event == "WITHDRAW") wait = stated(fields, 2);
    if (event == "ABANDON" || event.starts_with("EXIT")) wait = stated(fields, 1);
    if (std::llabs(wait - (time - visit.entered)) > 2) ++phones.misfits;
    month.wait_max = std::max(month.wait_max, wait);
    if (event == "CONNECT") {
        visit.connected = time;
        ++month.answered;
        month.wait_sum += wait;
        return;
    }
    ++(kLeft.contains(event) ? month.left : month.abandoned);
    open.erase(key);
}

Phones count_phones(const Simulated& simulated) {
    Phones phones;
    std::map<std::string, OpenVisit> open;
    std::map<std::string, std::set<std::string>> queues;
    std::int64_t before = 0;
    for (const auto& path : simulated.files("queue_log-")) {
        each_line(read(path), [&](std::string_view line) {
            const auto fields = split(line, '|');
            ASSERT_GE(fields.size(), 6U) << line;
            ASSERT_GE(number(fields[0]), before) << line;
            before = number(fields[0]);
            ++phones.events[std::string(fields[4])];
            count_event(phones, open, queues, fields);
        });
    }
    phones.open = static_cast<int>(open.size());
    for (const auto& [call, visited] : queues) phones.calls_in_both += visited.size() > 1 ? 1 : 0;
    return phones;
}

void expect_published(const PhoneMonth& counted, const telephony::PublishedMonth& published) {
    EXPECT_EQ(counted.offered, published.offered);
    EXPECT_EQ(counted.abandoned, published.abandoned);
    EXPECT_EQ(counted.answered + counted.abandoned + counted.left, counted.offered);
    EXPECT_GT(counted.left, 0);
    EXPECT_LT(counted.left, counted.offered / 40);
    EXPECT_EQ(counted.wait_max, published.wait_max_seconds);
    // Rounded half up: floor(sum / count + 1/2).
    EXPECT_EQ((2 * counted.wait_sum + counted.answered) / (2 * counted.answered),
              published.wait_mean_seconds);
}

struct Row {
    std::string number, state, group;
    int reopened = 0, modified = 0;
    std::int64_t at = 0, opened = 0;  // local minutes
};

std::int64_t local_minute(std::string_view text) {
    EXPECT_EQ(text.size(), 16U) << text;
    const Date date{int(number(text.substr(6, 4))), int(number(text.substr(3, 2))),
                    int(number(text.substr(0, 2)))};
    EXPECT_TRUE(valid_date(date)) << text;
    return day_of(date) * std::int64_t{1440} + number(text.substr(11, 2)) * 60 +
           number(text.substr(14, 2));
}

std::map<std::string, std::vector<Row>> read_cases(const std::vector<fs::path>& files) {
    std::map<std::string, std::vector<Row>> cases;
    for (const auto& path : files) {
        bool header = true;
        each_line(read(path), [&](std::string_view line) {
            const auto fields = split(line, ',');
            ASSERT_EQ(fields.size(), 36U) << line;
            if (std::exchange(header, false)) return;
            Row row{std::string(fields[0]), std::string(fields[1]), std::string(fields[23]),
                    int(number(fields[4])), int(number(fields[5])), local_minute(fields[13]),
                    local_minute(fields[9])};
            EXPECT_LE(row.opened, row.at) << line;
            const std::string name = path.filename().string();
            const std::string month = month_of(static_cast<Day>(row.at / 1440));
            const bool here = name.find(month.substr(0, 4) + month.substr(5)) != std::string::npos;
            EXPECT_TRUE(name == "cases-later.csv" ? month > "2013-04" : here) << line;
            cases[row.number].push_back(row);
        });
    }
    for (auto& [number_, rows] : cases) {
        EXPECT_TRUE(std::is_sorted(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
            return a.at != b.at ? a.at < b.at : a.modified < b.modified;
        })) << number_;
    }
    return cases;
}

// Written and counted once per seed for all tests.
struct CountedRegion {
    explicit CountedRegion(std::uint64_t seed)
        : simulated("hovedstaden-2013", seed), phones(count_phones(simulated)) {}
    Simulated simulated;
    Phones phones;
};

class Hovedstaden : public testing::TestWithParam<int> {
protected:
    static const CountedRegion& region() {
        auto& found = regions()[GetParam()];
        if (!found) found = std::make_unique<CountedRegion>(static_cast<std::uint64_t>(GetParam()));
        return *found;
    }
    static void TearDownTestSuite() { regions().clear(); }

private:
    static std::map<int, std::unique_ptr<CountedRegion>>& regions() {
        static std::map<int, std::unique_ptr<CountedRegion>> all;
        return all;
    }
};

TEST_P(Hovedstaden, EveryPublishedFigureOfTheRegionExactly) {
    const auto& [simulated, phones] = region();
    const auto cases = read_cases(simulated.files("cases-"));
    std::map<std::string, int> created;
    std::set<Day> case_days;
    for (const auto& [number_, rows] : cases) {
        ++created[month_of(static_cast<Day>(rows.front().opened / 1440))];
        EXPECT_EQ(rows.back().state, "Closed") << number_;
        for (const Row& row : rows) case_days.insert(static_cast<Day>(row.at / 1440));
    }
    ASSERT_EQ(phones.months.size(), 16U);
    ASSERT_EQ(created.size(), 8U);
    for (const auto& published : kHovedstaden2013) {
        const std::string month = month_of(day_of({published.year, published.month, 1}));
        SCOPED_TRACE(month);
        EXPECT_EQ(created[month], published.cases);
        expect_published(phones.months.at({"servicedesk", month}), published.servicedesk);
        expect_published(phones.months.at({"klinisk_programhjaelp", month}),
                         published.klinisk_programhjaelp);
    }
    EXPECT_EQ(phones.open, 0);
    EXPECT_EQ(phones.misfits, 0);
    const Period whole{day_of({2012, 9, 1}), day_of({2013, 4, 30})};
    for (Day day = whole.from; day <= whole.to; ++day) {
        EXPECT_TRUE(phones.days.contains(day)) << iso_date(day);
        EXPECT_TRUE(case_days.contains(day)) << iso_date(day);
    }
    EXPECT_EQ(*phones.days.rbegin(), whole.to);
}

TEST_P(Hovedstaden, EveryKindOfEventAndEveryTrapOccurs) {
    const Phones& phones = region().phones;
    for (const char* event :
         {"ENTERQUEUE", "CONNECT", "COMPLETEAGENT", "COMPLETECALLER", "ABANDON", "EXITWITHTIMEOUT",
          "EXITWITHKEY", "EXITEMPTY", "WITHDRAW", "BLINDTRANSFER", "TRANSFER", "ATTENDEDTRANSFER",
          "RINGNOANSWER", "RINGCANCELED", "AGENTDUMP", "SYSCOMPAT", "AGENTLOGIN", "AGENTLOGOFF",
          "AGENTCALLBACKLOGIN", "AGENTCALLBACKLOGOFF", "ADDMEMBER", "REMOVEMEMBER", "PAUSE",
          "UNPAUSE", "PAUSEALL", "UNPAUSEALL", "PENALTY", "RINGINUSE", "QUEUESTART",
          "CONFIGRELOAD", "DID"}) {
        EXPECT_GT(phones.events.contains(event) ? phones.events.at(event) : 0, 0) << event;
    }
    EXPECT_GT(phones.calls_in_both, 1000);
    EXPECT_GT(phones.over_midnight, 10);
}

TEST_P(Hovedstaden, TheManifestNamesEveryFileAndCoversEveryDayOnce) {
    const Simulated& simulated = region().simulated;
    std::map<std::string, std::vector<Period>> covered;
    each_line(read(simulated.root() / "manifest.tsv"), [&](std::string_view line) {
        const auto fields = split(line, '\t');
        ASSERT_EQ(fields.size(), 4U) << line;
        EXPECT_TRUE(fs::exists(simulated.root() / fields[3])) << line;
        if (fields[3].starts_with("probes/")) return;  // of three months
        const auto options = split(fields[2], ' ');
        const auto covers = std::find(options.begin(), options.end(), "--covers");
        EXPECT_EQ(covers == options.end(), fields[3] == "servicedesk/cases-later.csv");
        auto& periods = covered[std::string(fields[0])];
        if (covers != options.end()) periods.push_back(parse_period(*(covers + 1)).value());
        const auto groups = std::find(options.begin(), options.end(), "--groups");
        EXPECT_EQ(groups != options.end(), fields[0] == "case-audit");
        EXPECT_TRUE(groups == options.end() || fs::exists(simulated.root() / *(groups + 1)));
    });
    ASSERT_EQ(covered.size(), 3U);
    for (const auto& [format, periods] : covered) {
        ASSERT_EQ(periods.size(), 8U) << format;
        for (std::size_t i = 1; i < periods.size(); ++i) {
            EXPECT_EQ(periods[i].from, periods[i - 1].to + 1) << format;
        }
    }
    EXPECT_EQ(simulated.told, 37);
}

INSTANTIATE_TEST_SUITE_P(Seeds, Hovedstaden, testing::Values(1, 2));

TEST(Scenario, TheSameSeedWritesTheSameBytesAndAnotherSeedOthers) {
    const Simulated once("platform-2018", 7), again("platform-2018", 7), other("platform-2018", 8);
    const auto relative = [](const Simulated& simulated) {
        std::map<std::string, std::string> bytes;
        for (const auto& path : simulated.files("")) {
            if (!fs::is_regular_file(path)) continue;
            bytes[fs::relative(path, simulated.root()).string()] = read(path);
        }
        return bytes;
    };
    const auto bytes = relative(once);
    EXPECT_EQ(bytes.size(), 16U);
    EXPECT_EQ(bytes, relative(again));
    for (const auto& [name, text] : relative(other)) {
        const bool fixed = name.ends_with("s.csv") || name == "manifest.tsv";  // groups, rules
        EXPECT_EQ(text == bytes.at(name), fixed) << name;
    }
}

TEST(Scenario, TheSameSeedMakesTheSameCallsAndAnotherSeedOthers) {
    std::array<telephony::QueuePlan, 1> plans;
    plans[0].name = "servicedesk";
    plans[0].published = kHovedstaden2013[7].servicedesk;
    const auto april = [&plans](std::uint64_t seed) {
        telephony::QueueLogSimulator simulator(seed);
        std::string log = simulator.month(2013, 4, plans);
        return log += simulator.finish();
    };
    const std::string log = april(7);
    EXPECT_GT(log.size(), 1000000U);
    EXPECT_TRUE(log == april(7));
    EXPECT_TRUE(log != april(8));
}

// What the quarter report of 2018 says, by week.
struct Week {
    int created_first = 0, closed_first = 0, created_third = 0, solved_third = 0, closed_third = 0;
    int moved_to_second = 0;
    int backlog_first = 0, backlog_third = 0;  // at the end of the week
};

std::map<int, Week> platform_weeks(const Simulated& simulated) {
    std::map<std::string, int> level;
    each_line(read(simulated.files("platform_groups").at(0)), [&](std::string_view line) {
        const auto fields = split(line, ',');
        level[std::string(fields.at(0))] = static_cast<int>(number(fields.at(1)));
    });
    std::map<std::string, Week> weeks;
    const auto week = [&](std::int64_t minute) -> Week& {
        return weeks[bucket_label(Bucket::week, static_cast<Day>(minute / 1440))];
    };
    for (const auto& [number_, rows] : read_cases(simulated.files("platform-"))) {
        std::string state;
        int before = 0;
        for (const Row& row : rows) {
            const int now = level.at(row.group);
            Week& at = week(row.at);
            const int opens = state.empty() || (state == "Closed" && row.state != "Closed") ? 1 : 0;
            const int closes = row.state == "Closed" && state != "Closed" ? 1 : 0;
            Week& opened = week(row.opened);
            if (state.empty()) ++(now == 3 ? opened.created_third : opened.created_first);
            if (closes) ++(now == 3 ? at.closed_third : at.closed_first);
            if (row.state == "Resolved" && state != "Resolved" && now == 3) ++at.solved_third;
            if (before == 3 && now == 2) ++at.moved_to_second;
            (now == 3 ? at.backlog_third : at.backlog_first) += opens - closes;
            if (!state.empty() && before != now && (before == 3) != (now == 3)) {
                ++(now == 3 ? at.backlog_third : at.backlog_first);
                --(before == 3 ? at.backlog_third : at.backlog_first);
            }
            state = row.state;
            before = now;
        }
    }
    std::map<int, Week> of_2018;
    int first = 0, third = 0;
    for (auto& [label, counted] : weeks) {
        first = counted.backlog_first += first;
        third = counted.backlog_third += third;
        if (label.starts_with("2018-W")) of_2018[int(number(label.substr(6)))] = counted;
    }
    return of_2018;
}

class Platform : public testing::TestWithParam<int> {};

TEST_P(Platform, TheStatementsOfTheQuarterReportHold) {
    const Simulated simulated("platform-2018", static_cast<std::uint64_t>(GetParam()));
    const auto weeks = platform_weeks(simulated);
    int created = 0, closed = 0, better_early = 0, better_late = 0, lowest = 1 << 30, highest = 0;
    for (int number_ = 1; number_ <= 17; ++number_) {
        const Week& week = weeks.at(number_);
        created += week.created_first;
        closed += week.closed_first;
        const bool better =
            week.solved_third > week.created_third && week.closed_third > week.created_third;
        (number_ >= 10 ? better_late : better_early) += better ? 1 : 0;
        if (number_ != 16) {
            EXPECT_LT(week.moved_to_second, 10) << number_;
            lowest = std::min(lowest, week.backlog_first);
            highest = std::max(highest, week.backlog_first);
        }
        if (number_ == 13) continue;
        EXPECT_GT(week.created_first, weeks.at(13).created_first + 50) << number_;
        EXPECT_GT(week.closed_first, weeks.at(13).closed_first + 30) << number_;
    }
    EXPECT_NEAR(created / 17.0, 600, 40);
    EXPECT_NEAR(closed / 17.0, 600, 40);
    EXPECT_GE(better_late, 6);
    EXPECT_LE(better_early, 1);
    // Week 16: moved cases are not new ones; the backlog of level 2 jumps, and week 17 clears it.
    EXPECT_GT(weeks.at(16).moved_to_second, 120);
    EXPECT_LT(weeks.at(16).created_first, weeks.at(15).created_first + 120);
    EXPECT_GT(weeks.at(16).backlog_first, weeks.at(15).backlog_first + 100);
    EXPECT_LT(weeks.at(17).backlog_first, weeks.at(16).backlog_first - 80);
    EXPECT_GT(weeks.at(17).closed_first, weeks.at(17).created_first + 80);
    EXPECT_LT(highest - lowest, 0.25 * highest);   // fairly stable
    EXPECT_GT(weeks.at(1).backlog_third, 400);     // open since last year
    EXPECT_LT(weeks.at(17).backlog_third, weeks.at(9).backlog_third - 150);
    EXPECT_LT(weeks.at(17).created_third, weeks.at(2).created_third);
}

INSTANTIATE_TEST_SUITE_P(Seeds, Platform, testing::Values(1, 2, 3, 4, 5));

TEST(Scenario, AYearOfLoadHasTheVolumeOfARegion) {
    const Simulated simulated("load", 1);
    EXPECT_EQ(simulated.files("queue_log-").size(), 12U);
    int calls = 0;
    for (const auto& [key, month] : count_phones(simulated).months) calls += month.offered;
    EXPECT_NEAR(calls, 343000, 3000);
    std::set<std::string> cases;
    for (const auto& path : simulated.files("cases-")) {
        each_line(read(path), [&](std::string_view line) {
            cases.insert(std::string(line.substr(0, line.find(','))));
        });
    }
    EXPECT_NEAR(static_cast<double>(cases.size()), 240000, 3000);
    EXPECT_GT(simulated.lines, 1500000);
}

TEST(Scenario, UnknownNamesAndUnwritablePlacesAreErrors) {
    SimulateRequest request;
    request.scenario = "hovedstaden-1813";
    request.directory = "/proc/nowhere";
    EXPECT_EQ(simulate(request).error().code, ErrorCode::not_found);
    request.scenario = "load";
    request.years = 0;
    EXPECT_EQ(simulate(request).error().code, ErrorCode::invalid_input);
    request.scenario = "platform-2018";
    const auto failed = simulate(request);
    ASSERT_FALSE(failed.ok());
    EXPECT_EQ(failed.error().code, ErrorCode::unavailable);
    EXPECT_NE(failed.error().file.find("/proc/nowhere"), std::string::npos);
}

}  // namespace
}  // namespace klarsyn
