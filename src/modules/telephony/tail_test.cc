// A log that grows, is cut at any byte, rotated in either way while it is written: the visits are
// those of the whole log, and every line is imported once.

#include "modules/telephony/tail.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "core/embedded.h"
#include "modules/telephony/derive_for_test.h"
#include "store/test_store.h"

namespace klarsyn::telephony {
namespace {

namespace fs = std::filesystem;

const std::string kLog =
    "1366012800|1366012790.7|servicedesk|NONE|ENTERQUEUE||38635000|4\n"
    "1366012801|NONE|NONE|A1|PAUSE|lunch\n"
    "1366012835|1366012790.7|servicedesk|A1|CONNECT|35|1366012820.8|9\n"
    "1366012835|1366012791.9|servicedesk|NONE|ENTERQUEUE||J\xC3\xB8rgen|1\n"
    "1366012955|1366012790.7|servicedesk|A1|ATTENDEDTRANSFER|LINK|a|b|35|120|4\n"
    "1366012960|1366012791.9|servicedesk|NONE|EXITWITHKEY|9|1|1|125\n"
    "1366012960|1366012791.9|klinisk_programhjaelp|NONE|ENTERQUEUE||2|1\n"
    "1366012970|1366012791.9|klinisk_programhjaelp|NONE|ABANDON|1|1|10\n";

std::string without_source(std::string_view key) { return std::string(key.substr(key.find('/'))); }

// A database, used by one follower after the other: each has its own directory and source.
class Follower {
public:
    Follower() {
        std::string name = fs::temp_directory_path() / "klarsyn-tail-XXXXXX";
        directory_ = mkdtemp(name.data());
        another();
        std::vector<Migration> list;
        for (const std::string_view folder :
             {"ingest/schema/", "indicators/schema/", "modules/telephony/schema/"}) {
            for (const auto& file : embedded_files(folder)) list.push_back({file.path, file.text});
        }
        migrations_ = test_migrations(list);
        data_ = databases_.fresh(Dialect::sqlite);
        store_ = Store::create(data_, migrations_).take();
    }
    ~Follower() { fs::remove_all(directory_); }

    void another() {
        const std::string number = std::to_string(++number_);
        request_.source = "log" + number;
        fs::create_directory(directory_ / number);
        request_.path = directory_ / number / "queue_log";
    }
    std::string path(const std::string& suffix = "") const { return request_.path + suffix; }
    TailRequest& request() { return request_; }
    void write(const std::string& bytes, const std::string& suffix = "") {
        std::ofstream(path(suffix), std::ios::binary | std::ios::app) << bytes;
    }
    void rename(const std::string& from, const std::string& to) {
        fs::rename(path(from), path(to));
    }
    void copy_and_truncate(const std::string& to) {
        fs::copy_file(path(), path(to));
        fs::resize_file(path(), 0);
    }
    void restart() {
        store_.reset();
        store_ = Store::open(data_, Access::write, migrations_).take();
    }
    Result<TailStep> step(UtcSecond now = 4'000'000'000) {
        return tail_step(*store_, FixedClock(now), request_);
    }
    // Reads until nothing comes; returns the notices.
    int drain() {
        int notices = 0;
        while (true) {
            const auto done = step();
            EXPECT_TRUE(done.ok()) << done.error().key;
            if (!done.ok()) return -1;
            notices += static_cast<int>(done->notices.size());
            if (!done->more) return notices;
        }
    }
    // Of the facts that stand: source key without the source -> outcome/ended.
    std::map<std::string, std::string> visits() {
        auto rows = store_->writer().query(
            "SELECT v.source_key, v.outcome, v.ended FROM telephony_visit AS v JOIN core_name AS n "
            "ON n.id = v.source WHERE v.retracted_seq IS NULL AND n.text = :source",
            {{":source", Value(request_.source)}});
        std::map<std::string, std::string> result;
        while (rows.ok() && *(*rows)->next()) {
            result[without_source((*rows)->text(0))] =
                std::string((*rows)->text(1)) + "/" +
                ((*rows)->is_null(2) ? "-" : std::string(std::to_string((*rows)->i64(2))));
        }
        return result;
    }
    std::int64_t lines_read() {
        return query_i64(store_->writer(),
                         "SELECT SUM(rows_read) FROM core_batch WHERE source = :source",
                         {{":source", Value(request_.source)}})
            .value();
    }

private:
    TestDatabases databases_;
    int number_ = 0;
    fs::path directory_;
    TailRequest request_;
    std::vector<Migration> migrations_;
    std::string data_;
    std::unique_ptr<Store> store_;
};

std::map<std::string, std::string> visits_of_log(const std::string& log) {
    std::map<std::string, std::string> result;
    for (const auto& [key, row] : derive_files({log})) {
        result[without_source(key)] = row.at("outcome") + "/" + row.at("ended");
    }
    return result;
}

std::int64_t lines_of(const std::string& log) { return std::count(log.begin(), log.end(), '\n'); }

TEST(Tail, CutAtEveryByteNothingIsLostNorReadTwice) {
    const std::string log = kLog.substr(0, kLog.find("1366012955"));
    const auto whole = visits_of_log(log);
    Follower follower;
    for (std::size_t at = 0; at <= log.size(); ++at, follower.another()) {
        follower.write(log.substr(0, at));
        follower.drain();
        EXPECT_EQ(follower.lines_read(), lines_of(log.substr(0, at))) << at;
        follower.write(log.substr(at));
        follower.drain();
        EXPECT_EQ(follower.visits(), whole) << at;
        EXPECT_EQ(follower.lines_read(), lines_of(log)) << at;
    }
}

TEST(Tail, RotatedByRenamingAtEveryLine) {
    const auto whole = visits_of_log(kLog);
    const std::size_t first = kLog.find('\n') + 1;
    Follower follower;
    for (std::size_t at = first; at < kLog.size(); at = kLog.find('\n', at) + 1) {
        for (const std::size_t seen : {std::max(first, at / 2), at}) {
            follower.another();
            follower.write(kLog.substr(0, seen));
            follower.drain();
            follower.write(kLog.substr(seen, at - seen));
            follower.rename("", ".1");
            follower.write(kLog.substr(at));
            EXPECT_EQ(follower.drain(), 0);
            EXPECT_EQ(follower.visits(), whole) << at;
            EXPECT_EQ(follower.lines_read(), lines_of(kLog)) << at;
        }
    }
}

TEST(Tail, RotatedByCopyingAndTruncating) {
    const auto whole = visits_of_log(kLog);
    const std::size_t first = kLog.find('\n') + 1;
    Follower follower;
    for (std::size_t at = first; at < kLog.size();
         at = kLog.find('\n', at) + 1, follower.another()) {
        follower.write(kLog.substr(0, first));
        follower.drain();
        follower.write(kLog.substr(first, at - first));
        follower.copy_and_truncate("-20130415");
        EXPECT_EQ(follower.drain(), 0);
        EXPECT_EQ(follower.lines_read(), lines_of(kLog.substr(0, at))) << at;
        follower.write(kLog.substr(at));
        EXPECT_EQ(follower.drain(), 0);
        EXPECT_EQ(follower.visits(), whole) << at;
        EXPECT_EQ(follower.lines_read(), lines_of(kLog)) << at;
    }
}

TEST(Tail, SeveralRotationsWhileNobodyFollowed) {
    Follower follower;
    std::size_t from = 0;
    std::vector<std::string> lines;
    for (std::size_t end; (end = kLog.find('\n', from)) != std::string::npos; from = end + 1) {
        lines.push_back(kLog.substr(from, end + 1 - from));
    }
    follower.write(lines[0]);
    follower.drain();
    for (std::size_t i = 1; i < lines.size(); ++i) {
        for (int old = 9; old >= 1; --old) {
            const std::string name = "." + std::to_string(old);
            if (fs::exists(follower.path(name)))
                follower.rename(name, "." + std::to_string(old + 1));
        }
        follower.rename("", ".1");
        follower.write(lines[i]);
    }
    EXPECT_EQ(follower.drain(), 0);
    EXPECT_EQ(follower.visits(), visits_of_log(kLog));
    EXPECT_EQ(follower.lines_read(), lines_of(kLog));
}

TEST(Tail, AGenerationThatIsGoneIsTold) {
    Follower follower;
    follower.write(kLog.substr(0, kLog.find('\n') + 1));
    follower.drain();
    fs::remove(follower.path());
    EXPECT_EQ(follower.drain(), 0);  // being rotated: nothing to say yet
    follower.write(kLog.substr(kLog.find('\n') + 1));
    EXPECT_EQ(follower.drain(), 1);
    EXPECT_EQ(follower.lines_read(), lines_of(kLog));
}

TEST(Tail, TheLastSecondWaitsUntilTheLogIsQuiet) {
    Follower follower;
    follower.write(kLog.substr(0, kLog.find("1366012955")));
    const UtcSecond now = SystemClock().now();
    ASSERT_TRUE(follower.step(now).ok());
    EXPECT_EQ(follower.lines_read(), 2);  // the two lines of 1366012835 wait
    ASSERT_TRUE(follower.step(now + 60).ok());
    EXPECT_EQ(follower.lines_read(), 4);
}

TEST(Tail, DamagedLinesAreRejectedAndTheRestGoesOn) {
    Follower follower;
    follower.write("rubbish\nmore rubbish\n");
    follower.drain();
    follower.write("\xff\xfe|x\n" + kLog);
    follower.drain();
    EXPECT_EQ(follower.visits(), visits_of_log(kLog));
    EXPECT_EQ(follower.lines_read(), lines_of(kLog) + 4);  // one stands before the mark
}

TEST(Tail, SmallBatchesAreAsGoodAsOne) {
    Follower follower;
    follower.request().bytes_max = 100;
    follower.write(kLog);
    follower.drain();
    EXPECT_EQ(follower.visits(), visits_of_log(kLog));
    EXPECT_EQ(follower.lines_read(), lines_of(kLog));
}

TEST(Tail, AFileThatNeverWasIsAnError) {
    Follower follower;
    const auto step = follower.step();
    ASSERT_FALSE(step.ok());
    EXPECT_EQ(step.error().key, "telephony.tail.unreadable");
    EXPECT_EQ(step.error().file, follower.path());
}

void write_rotate_and_restart(Follower& follower) {
    follower.another();
    follower.request().bytes_max = *rc::gen::element<std::size_t>(90, 1000);
    int second = 1366012800;
    std::string log = std::to_string(second) + "|0.1|q|NONE|ENTERQUEUE||1|1\n";
    follower.write(log);
    follower.drain();
    std::size_t written = log.size();
    const int steps = *rc::gen::inRange(2, 12);
    int rotations = 0;
    for (int i = 0; i < steps; ++i) {
        second += *rc::gen::inRange(1, 4);
        log += std::to_string(second) + "|" + std::to_string(i % 3) + ".1|q|NONE|" +
               *rc::gen::element<std::string>("ENTERQUEUE||1|1", "CONNECT|3|m|1", "ABANDON|1|1|4") +
               "\n";
        // Asterisk writes what it has, up to the middle of a line.
        const std::size_t upto = *rc::gen::inRange(written, log.size() + 1);
        follower.write(log.substr(written, upto - written));
        written = upto;
        if (*rc::gen::inRange(0, 2) == 0) follower.drain();
        if (*rc::gen::inRange(0, 4) == 0) follower.restart();
        if (*rc::gen::inRange(0, 4) != 0) continue;
        follower.write(log.substr(written));
        written = log.size();
        if (!fs::exists(follower.path()) || fs::file_size(follower.path()) == 0) continue;
        const std::string name = "-" + std::to_string(++rotations);
        if (*rc::gen::arbitrary<bool>())
            follower.rename("", name);
        else
            follower.copy_and_truncate(name);
    }
    follower.write(log.substr(written));
    RC_ASSERT(follower.drain() == 0);
    RC_ASSERT(follower.visits() == visits_of_log(log));
    RC_ASSERT(follower.lines_read() == lines_of(log));
}

TEST(Tail, AnyCourseOfWritingRotatingAndRestarting) {
    Follower follower;
    EXPECT_TRUE(rc::check([&] { write_rotate_and_restart(follower); }));
}

}  // namespace
}  // namespace klarsyn::telephony
