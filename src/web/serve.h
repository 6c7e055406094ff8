// `klarsyn serve`: the whole server, from an opened store to an orderly end.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "core/embedded.h"
#include "core/result.h"
#include "core/time.h"
#include "web/background.h"
#include "web/command_socket.h"
#include "web/routes.h"

namespace klarsyn {

class Catalogue;
struct GateSettings;
class ReportLibrary;
class Store;

// Everything is borrowed and must outlive serve().
struct ServeOptions {
    Store& store;  // with write access; the writer connection belongs to serve() while it runs
    const Catalogue& catalogue;
    const ReportLibrary& library;
    const Clock& clock;
    std::vector<EmbeddedFile> assets;       // ui/dist/* and web/openapi/*
    std::string listen = "127.0.0.1:8080";  // port 0: any free one
    std::string public_url;                 // "https://klarsyn.example.org" behind a proxy
    std::string access_log;                 // a file, "-" for standard error, empty for none
    std::span<const Route> routes;          // the web layer's and the modules'
    std::span<const Background> background;  // of the modules
    CommandRunner run_command;              // forwarded commands, on the writer thread
    std::function<void(const std::string& url)> on_listening;
    const GateSettings* gates = nullptr;    // null: none
};

// Serves until SIGTERM or SIGINT, then finishes what runs, at most ten seconds. A command that still
// writes after that is given up: its transaction was not committed, so nothing half stays.
// Returns 0, or 1 when a command was given up.
Result<int> serve(const ServeOptions& options);

}  // namespace klarsyn
