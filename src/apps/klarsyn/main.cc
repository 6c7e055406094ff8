// klarsyn: one binary, one file per kind of subcommand. A command that writes goes through the
// server while one runs on the same DATA.
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>

#include "apps/klarsyn/commands.h"
#include "core/stream.h"

namespace {

class StandardOutput final : public klarsyn::CommandOutput {
public:
    void out(std::string_view text) override {
        if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) connected_ = false;
    }
    void err(std::string_view text) override {
        std::fflush(stdout);
        std::fwrite(text.data(), 1, text.size(), stderr);
    }
    bool connected() const override { return connected_; }

private:
    bool connected_ = true;
};

std::string working_directory() {
    char buffer[4096];
    return getcwd(buffer, sizeof buffer) ? std::string(buffer) : std::string(".");
}

std::string read_standard_input() { return klarsyn::read_rest(std::cin).value_or(""); }

std::string user_name() {
    const char* user = std::getenv("USER");
    return user && *user ? user : "uid:" + std::to_string(getuid());
}

}  // namespace

int main(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_IGN);
    StandardOutput output;
    const klarsyn::SystemClock clock;
    klarsyn::Environment environment{working_directory(), read_standard_input, output,
                                     isatty(STDERR_FILENO) == 1, clock, nullptr, user_name()};
    const int code = klarsyn::run_command({argv + 1, argv + argc}, environment);
    if (std::fflush(stdout) != 0) return 1;
    return code;
}
