// tail: follows a queue log that is being written. The process itself holds nothing: each step is a
// command of its own, run by the server where one runs, and how far it read stands in the database.
#include <csignal>
#include <ctime>

#include "apps/klarsyn/commands.h"
#include "apps/klarsyn/tail_thread.h"
#include "indicators/cells.h"
#include "modules/module.h"
#include "modules/telephony/tail.h"

namespace klarsyn {
namespace {

volatile std::sig_atomic_t stop_asked = 0;

void ask_to_stop(int) { stop_asked = 1; }

// A signal ends the pause at once.
void pause(int seconds) {
    timespec left{seconds, 0};
    nanosleep(&left, nullptr);
}

void catch_signals() {
    struct sigaction action {};
    action.sa_handler = ask_to_stop;
    sigaction(SIGTERM, &action, nullptr);
    sigaction(SIGINT, &action, nullptr);
}

void tell(const Invocation& in, Environment& environment, const telephony::TailStep& step) {
    for (const auto& notice : step.notices) {
        environment.output.err("klarsyn: " + text(in.language, notice.key, notice.args) + "\n");
    }
    environment.output.out(
        text(in.language, "cli.tail_read",
             {{"batch", step.report.batch},
              {"file", step.report.files.front()},
              {"read", format_integer(step.report.rows_read, in.language)},
              {"rejected", format_integer(step.report.rows_rejected, in.language)}}) +
        "\n");
}

std::vector<std::string> step_arguments(const Invocation& in, const std::string& file) {
    std::vector<std::string> step = {"tail-step",
                                     in.data,
                                     file,
                                     "--zone",
                                     in.zone,
                                     "--lang",
                                     std::string(language_code(in.language))};
    if (!in.source.empty()) step.insert(step.end(), {"--source", in.source});
    return step;
}

// Says what went wrong, but not the same again every few seconds.
class Quietly final : public CommandOutput {
public:
    explicit Quietly(CommandOutput& output) : output_(output) {}
    void out(std::string_view) override {}
    void err(std::string_view text) override {
        if (text != said_) output_.err(text);
        said_ = text;
    }
    bool connected() const override { return true; }

private:
    CommandOutput& output_;
    std::string said_;
};

}  // namespace

TailThread::TailThread(const Invocation& in, const Environment& environment)
    : thread_([this, in, cwd = environment.cwd, &output = environment.output] {
          Quietly quietly(output);
          const std::string data = resolve_path(cwd, in.data);
          ForwardedCommand command;
          command.argv = step_arguments(in, in.tail);
          command.cwd = cwd;
          std::unique_lock lock(mutex_);
          do {
              lock.unlock();
              (void)forward_command(data, command, quietly);
              lock.lock();
          } while (!stop_.wait_for(lock, std::chrono::seconds(in.every_seconds),
                                   [this] { return stopping_; }));
      }) {}

TailThread::~TailThread() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    stop_.notify_all();
    thread_.join();
}

int run_tail_step(const Invocation& in, Environment& environment) {
    auto opened = OpenedStore::open(in, environment, Access::write);
    if (!opened.ok()) return fail(in, environment, opened.error());
    Store& store = opened->store();
    telephony::TailRequest request;
    request.path = resolve_path(environment.cwd, in.files.front());
    if (!in.source.empty()) request.source = in.source;
    request.zone = in.zone;
    request.actor = environment.actor;
    const auto work = [&]() -> Result<void> {
        KL_TRY([[maybe_unused]] const auto zone, Zone::find(in.zone));
        bool imported = false;
        while (true) {
            KL_TRY(const auto step, telephony::tail_step(store, environment.clock, request));
            if (!step.more) break;
            imported = true;
            tell(in, environment, step);
        }
        if (!imported) return {};
        KL_CHECK(refresh_cells(store.writer(), catalogue()));
        return store.checkpoint();
    };
    const auto done = work();
    return done.ok() ? 0 : fail(in, environment, done.error());
}

int run_tail(const Invocation& in, Environment& environment) {
    catch_signals();
    const auto step = step_arguments(in, in.files.front());
    // The first step tells of a wrong name or file; what fails later may come right again.
    int code = run_command(step, environment);
    if (code != 0 || in.once) return code;
    while (stop_asked == 0 && environment.output.connected()) {
        pause(in.every_seconds);
        if (stop_asked == 0) (void)run_command(step, environment);
    }
    return 0;
}

}  // namespace klarsyn
