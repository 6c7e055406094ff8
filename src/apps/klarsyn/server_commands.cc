// serve.
#include "apps/klarsyn/commands.h"
#include "apps/klarsyn/tail_thread.h"
#include "indicators/cells.h"
#include "modules/module.h"
#include "web/gates.h"
#include "web/remote_write_out.h"
#include "web/serve.h"

namespace klarsyn {
namespace {

// A forwarded command runs with the server's store and the caller's directory, input and output.
int run_forwarded(Store& store, const Clock& clock, const ForwardedCommand& command,
                  CommandOutput& output) {
    Environment environment{command.cwd, [&] { return command.stdin_text; }, output,
                            command.terminal, clock, &store, "socket"};
    return run_command(command.argv, environment);
}

std::vector<EmbeddedFile> web_assets() {
    auto assets = embedded_files("ui/dist/");
    for (const std::string_view folder : {"web/openapi/", "modules/"})
        for (const EmbeddedFile& file : embedded_files(folder))
            if (file.path.find("/openapi/") != std::string_view::npos) assets.push_back(file);
    return assets;
}

}  // namespace

int run_serve(const Invocation& in, Environment& environment) {
    if (!in.tail.empty() && in.data.find("://") != std::string::npos) {
        environment.output.err("--tail: DATA\n");
        return kWrongUsage;
    }
    auto opened = OpenedStore::open(in, environment, Access::write);
    if (!opened.ok()) return fail(in, environment, opened.error());
    Store& store = opened->store();
    // Days that a killed import left dirty would be answered from records: slow, but right.
    if (const auto fresh = refresh_cells(store.writer(), catalogue()); !fresh.ok()) {
        return fail(in, environment, fresh.error());
    }
    const auto gates = load_gates(in.config.empty() || in.config.starts_with('/')
                                      ? in.config
                                      : environment.cwd + "/" + in.config);
    if (!gates.ok()) return fail(in, environment, gates.error());
    if (gates->remote_write) {
        if (const auto known = check_remote_write(*gates->remote_write, catalogue()); !known.ok())
            return fail(in, environment, known.error());
    }
    const auto library = report_library();
    if (!library.ok()) return fail(in, environment, library.error());
    const SystemClock clock;
    ServeOptions options{store, catalogue(), **library, clock, web_assets(), in.listen,
                         in.public_url, in.access_log, all_routes(), all_background(), {}, {}, &*gates};
    options.run_command = [&](const ForwardedCommand& command, CommandOutput& output) {
        return run_forwarded(store, clock, command, output);
    };
    std::unique_ptr<TailThread> tail;
    options.on_listening = [&](const std::string& url) {
        if (!in.tail.empty()) tail = std::make_unique<TailThread>(in, environment);
        environment.output.err(text(in.language, "cli.serving", {{"url", url}}) + "\n");
    };
    const auto served = serve(options);
    return served.ok() ? *served : fail(in, environment, served.error());
}

}  // namespace klarsyn
