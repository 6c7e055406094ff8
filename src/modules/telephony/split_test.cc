// However a log reaches us, cut into files, overlapping, in any order or at any byte, the visits are
// those of the whole log.

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <set>

#include "modules/telephony/derive_for_test.h"

namespace klarsyn::telephony {
namespace {

struct Log {
    std::vector<std::string> lines;  // without line ends
    std::vector<int> seconds;

    std::string text(std::size_t begin, std::size_t end) const {
        std::string result;
        for (std::size_t i = begin; i < end; ++i) result += lines[i] + "\n";
        return result;
    }
    std::string text() const { return text(0, lines.size()); }
};

// A log of a few calls in two queues; calls come back, sometimes in the same second. Every line
// bears its number, so that no two are equal: of equal lines in two files one is a repetition.
Log make_log(int pause_min, int pause_max, int lines_max) {
    Log log;
    int second = 1366012800;
    const int count = *rc::gen::inRange(2, lines_max);
    for (int i = 0; i < count; ++i) {
        second += *rc::gen::inRange(pause_min, pause_max + 1);
        const std::string number = std::to_string(i);
        const std::string event = *rc::gen::element<std::string>(
            "NONE|ENTERQUEUE||38635000|" + number, "NONE|ENTERQUEUE||38635000|" + number,
            "A" + number + "|CONNECT|" + number + "|m|3", "A1|COMPLETEAGENT|1|" + number + "|1",
            "NONE|ABANDON|1|" + number + "|7", "NONE|EXITWITHTIMEOUT|1|1|" + number,
            "A2|RINGNOANSWER|" + number + "000", "A1|ATTENDEDTRANSFER|APP|x|1|" + number + "|1");
        log.seconds.push_back(second);
        log.lines.push_back(std::to_string(second) + "|" + *rc::gen::element<std::string>("1.1", "1.2") +
                            "|" + *rc::gen::element<std::string>("q", "r") + "|" + event);
    }
    return log;
}

TEST(Splits, AnyPiecesInAnyOrderWithAnyOverlapGiveTheVisitsOfTheWhole) {
    const bool holds = rc::check([] {
        const Log log = make_log(0, 2, 40);
        // Pieces cover the log. A piece lies in more than one second: of two files that each hold
        // nothing but the same second nobody can say which was written first.
        std::vector<std::string> files;
        std::size_t covered = 0;
        while (covered < log.lines.size()) {
            const std::size_t begin = *rc::gen::inRange<std::size_t>(0, covered + 1);
            std::size_t end = *rc::gen::inRange<std::size_t>(covered, log.lines.size()) + 1;
            while (end < log.lines.size() && log.seconds[end - 1] == log.seconds[begin]) ++end;
            files.push_back(log.text(begin, end));
            if (log.seconds[end - 1] == log.seconds[begin]) files.back() = log.text();
            covered = end;
        }
        std::vector<std::size_t> order(files.size());
        for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
        for (std::size_t i = order.size(); i > 1; --i) {
            std::swap(order[i - 1], order[*rc::gen::inRange<std::size_t>(0, i)]);
        }
        std::vector<std::string> shuffled;
        for (const auto i : order) shuffled.push_back(files[i]);
        RC_ASSERT(derive_files(shuffled) == derive_files({log.text()}));
    });
    EXPECT_TRUE(holds);
}

TEST(Splits, LinesDealtOutToFilesGiveTheVisitsOfTheWhole) {
    const bool holds = rc::check([] {
        const Log log = make_log(1, 5, 40);
        std::vector<std::string> files(3);
        for (const auto& line : log.lines) files[*rc::gen::inRange<std::size_t>(0, 3)] += line + "\n";
        RC_ASSERT(derive_files(files) == derive_files({log.text()}));
    });
    EXPECT_TRUE(holds);
}

TEST(Splits, OrderOfFilesNeverMatters) {
    const bool holds = rc::check([] {
        std::vector<std::string> files;
        for (int i = 0; i < 3; ++i) files.push_back(make_log(0, 1, 12).text());
        const auto visits = derive_files(files);
        std::sort(files.begin(), files.end());
        do {
            RC_ASSERT(derive_files(files) == visits);
        } while (std::next_permutation(files.begin(), files.end()));
    });
    EXPECT_TRUE(holds);
}

TEST(Splits, RepeatedFilesAddNothing) {
    const bool holds = rc::check([] {
        const std::string a = make_log(0, 1, 12).text();
        const std::string c = make_log(0, 1, 12).text();
        RC_ASSERT(derive_files({a, c, a, c}) == derive_files({a, c}));
    });
    EXPECT_TRUE(holds);
}

const std::string kCutLog =
    "1366012800|1366012790.7|servicedesk|NONE|ENTERQUEUE||38635000|4\n"
    "1366012801|NONE|NONE|A1|PAUSE|lunch\r\n"
    "1366012835|1366012790.7|servicedesk|A1|CONNECT|35|1366012820.8|9\n"
    "1366012835|1366012791.9|servicedesk|NONE|ENTERQUEUE||J\xC3\xB8rgen|1\n"
    "1366012955|1366012790.7|servicedesk|A1|ATTENDEDTRANSFER|LINK|a|b|35|120|4\n"
    "1366012960|1366012791.9|servicedesk|NONE|EXITWITHKEY|9|1|1|125\n"
    "1366012960|1366012791.9|klinisk_programhjaelp|NONE|ENTERQUEUE||2|1\n"
    "1366012970|1366012791.9|klinisk_programhjaelp|NONE|ABANDON|1|1|10\n";

TEST(Cuts, AFileThatGrewAtAnyByteGivesTheVisitsOfTheWhole) {
    const auto whole = derive_files({kCutLog});
    ASSERT_EQ(whole.size(), 3u);
    for (std::size_t cut = 0; cut <= kCutLog.size(); ++cut) {
        const std::string before = kCutLog.substr(0, cut);
        const auto scanned = scan_text(before);
        EXPECT_TRUE(scanned.rejects.empty()) << cut;
        EXPECT_EQ(scanned.bytes_read, before.rfind('\n') + 1) << cut;
        for (const auto& [key, row] : derive_files({before})) EXPECT_TRUE(whole.contains(key)) << cut;
        EXPECT_EQ(derive_files({before, kCutLog}), whole) << cut;
    }
}

TEST(Cuts, AFileRotatedAtAnyLineGivesTheVisitsOfTheWhole) {
    const auto whole = derive_files({kCutLog});
    for (std::size_t cut = kCutLog.find('\n'); cut != std::string::npos;
         cut = kCutLog.find('\n', cut + 1)) {
        const std::string before = kCutLog.substr(0, cut + 1);
        const std::string after = kCutLog.substr(cut + 1);
        EXPECT_EQ(derive_files({before, after}), whole) << cut;
        EXPECT_EQ(derive_files({after, before}), whole) << cut;
    }
}

}  // namespace
}  // namespace klarsyn::telephony
