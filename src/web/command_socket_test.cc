#include "web/command_socket.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "web/socket_io.h"

namespace klarsyn {
namespace {

class CommandSocketTest : public ::testing::Test {
protected:
    void SetUp() override {
        char name[] = "/tmp/klarsyn-socket-XXXXXX";
        directory_ = ::mkdtemp(name);
        // Deeper than a socket's address may be long.
        directory_ += "/" + std::string(120, 'd');
        std::filesystem::create_directory(directory_);
    }
    void TearDown() override {
        std::filesystem::remove_all(std::filesystem::path(directory_).parent_path());
    }
    std::string socket_path() const { return directory_ + "/klarsyn.sock"; }

    static bool run_here(std::function<void()> job) {
        job();
        return true;
    }

    struct Collected final : CommandOutput {
        void out(std::string_view text) override { stdout_text += text; }
        void err(std::string_view text) override { stderr_text += text; }
        bool connected() const override { return true; }
        std::string stdout_text, stderr_text;
    };

    std::string directory_;
};

TEST_F(CommandSocketTest, NoServerIsNoError) {
    const auto code = forward_command(directory_, {});
    ASSERT_TRUE(code.ok());
    EXPECT_FALSE(code.value());
    EXPECT_FALSE(forward_command(directory_ + "/missing", {}).value());
    EXPECT_FALSE(forward_command("postgresql://host/db", {}).value());
}

TEST_F(CommandSocketTest, ACommandTravelsWholeAndItsOutputComesBack) {
    ForwardedCommand seen;
    auto server = CommandServer::start(
        directory_,
        [&](const ForwardedCommand& command, CommandOutput& output) {
            seen = command;
            output.out("{\"batches\":[]}\n");
            output.err("r\xC3\xA6kker: 10\n");
            output.out("slut\n");
            return 3;
        },
        run_here);
    ASSERT_TRUE(server.ok());
    struct stat status{};
    ASSERT_EQ(::stat(socket_path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u);

    Collected output;
    const auto code = forward_command(
        directory_, {{"import", "DATA", "en \"fil\"\n"}, "/somewhere", "secret\n", true}, output);
    ASSERT_TRUE(code.ok());
    EXPECT_EQ(code.value(), 3);
    EXPECT_EQ(seen.argv, (std::vector<std::string>{"import", "DATA", "en \"fil\"\n"}));
    EXPECT_EQ(seen.cwd, "/somewhere");
    EXPECT_EQ(seen.stdin_text, "secret\n");
    EXPECT_TRUE(seen.terminal);
    EXPECT_EQ(output.stdout_text, "{\"batches\":[]}\nslut\n");
    EXPECT_EQ(output.stderr_text, "r\xC3\xA6kker: 10\n");
}

TEST_F(CommandSocketTest, AServersEndRemovesItsSocketAndADeadOnesIsReplaced) {
    const auto zero = [](const ForwardedCommand&, CommandOutput&) { return 0; };
    CommandServer::start(directory_, zero, run_here).value().reset();
    EXPECT_FALSE(std::filesystem::exists(socket_path()));

    { const auto dead = listen_unix(directory_, "klarsyn.sock"); }
    ASSERT_TRUE(std::filesystem::exists(socket_path()));
    EXPECT_FALSE(forward_command(directory_, {}).value());  // nobody listens: no server
    const auto server = CommandServer::start(directory_, zero, run_here);
    ASSERT_TRUE(server.ok());
    EXPECT_EQ(forward_command(directory_, {{"batches"}, "", "", false}).value(), 0);
}

TEST_F(CommandSocketTest, AFullQueueRefuses) {
    const auto server = CommandServer::start(
        directory_, [](const ForwardedCommand&, CommandOutput&) { return 0; },
        [](std::function<void()>) { return false; });
    const auto code = forward_command(directory_, {{"import"}, "", "", false});
    ASSERT_FALSE(code.ok());
    EXPECT_EQ(code.error().key, "web.socket.busy");
}

TEST_F(CommandSocketTest, GarbageIsRefusedAndTheServerLives) {
    const auto server = CommandServer::start(
        directory_, [](const ForwardedCommand&, CommandOutput&) { return 5; }, run_here);
    for (const std::string_view garbage : {"", "\n", "{}\n", "[1]\n", "{\"argv\":[1]}\n", "\xff\n",
                                           "{\"argv\":\"x\"}\n"}) {
        Socket socket = connect_unix(directory_, "klarsyn.sock").take();
        ASSERT_TRUE(socket.open());
        socket.write_all(garbage);
        if (garbage.empty()) continue;  // the caller went without a word
        EXPECT_EQ(socket.read_line(1000), "{\"unavailable\":\"web.socket.bad_request\"}");
    }
    EXPECT_EQ(forward_command(directory_, {{"import"}, "", "", false}).value(), 5);
}

TEST_F(CommandSocketTest, TheRunnerLearnsThatTheCallerHasGone) {
    std::atomic<bool> gone = false;
    const auto server = CommandServer::start(
        directory_,
        [&](const ForwardedCommand&, CommandOutput& output) {
            for (int i = 0; i < 500 && output.connected(); ++i)
                std::this_thread::sleep_for(std::chrono::milliseconds(10));
            gone = !output.connected();
            return 1;
        },
        run_here);
    {
        Socket socket = connect_unix(directory_, "klarsyn.sock").take();
        socket.write_all("{\"argv\":[\"import\"]}\n");
    }
    for (int i = 0; i < 500 && !gone; ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    EXPECT_TRUE(gone);
}

TEST(ResolvePath, RelativeMeansTheCallersDirectory) {
    EXPECT_EQ(resolve_path("/home/a", "x/y.csv"), "/home/a/x/y.csv");
    EXPECT_EQ(resolve_path("/home/a", "../y.csv"), "/home/y.csv");
    EXPECT_EQ(resolve_path("/home/a", "/y.csv"), "/y.csv");
}

}  // namespace
}  // namespace klarsyn
