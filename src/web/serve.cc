#include "web/serve.h"

#include <sodium.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>

#include "indicators/catalogue.h"
#include "store/store.h"
#include "web/access_log.h"
#include "web/dispatch.h"
#include "web/events.h"
#include "web/gates.h"
#include "web/mail_desk.h"
#include "web/metrics.h"
#include "web/oidc.h"
#include "web/server.h"
#include "web/shared_pages.h"
#include "web/sessions.h"
#include "web/presence.h"
#include "web/throttle.h"

namespace klarsyn {
namespace {

constexpr int kReaderThreads = 2;
constexpr std::size_t kReaderQueueMax = 256;
constexpr int kIntakeThreads = 2;
constexpr std::size_t kIntakeQueueMax = 512;
constexpr int kBlockingThreads = 2;  // so at most two password hashes at a time
constexpr std::size_t kBlockingQueueMax = 32;
constexpr std::size_t kWriterQueueMax = 1024;
constexpr int kDrainSeconds = 9;        // of the network
constexpr int kWriterDrainSeconds = 1;  // after it: ten in all

WorkerPool::Open tools_of(const ServeOptions& options, std::shared_ptr<Search> search) {
    return [&options, search]() -> Result<WorkerTools> {
        WorkerTools tools;
        KL_TRY(tools.db, options.store.reader());
        tools.figures = std::make_unique<Figures>(*tools.db, options.catalogue);
        tools.memory = std::make_unique<ThreadMemory>(*tools.db, search);
        return tools;
    };
}

bool is_directory_store(const ServeOptions& options) {
    return options.store.data().find("://") == std::string::npos;
}

Site site_of(const ServeOptions& options) {
    Site site{options.catalogue, options.library, options.clock, options.assets,
              options.public_url};
    while (site.public_url.ends_with('/')) site.public_url.pop_back();
    site.gates = options.gates;
    return site;
}

// The provider sends browsers back to an address that it was told beforehand.
Result<std::unique_ptr<OidcProvider>> provider_of(const Site& site) {
    if (site.gates == nullptr || !site.gates->oidc) return std::unique_ptr<OidcProvider>();
    if (site.public_url.empty()) return make_error(ErrorCode::invalid_input, "web.gates.public_url");
    return std::make_unique<OidcProvider>(*site.gates->oidc,
                                          site.public_url + "/login/oidc/callback");
}

Result<void> load_sessions(const ServeOptions& options, Sessions& sessions) {
    KL_TRY(const auto db, options.store.reader());
    return sessions.load(*db, options.clock.now());
}

}  // namespace

const EmbeddedFile* Site::asset(std::string_view path) const {
    for (const EmbeddedFile& file : assets)
        if (file.path == path) return &file;
    return nullptr;
}

Result<int> serve(const ServeOptions& options) {
    if (sodium_init() < 0) return make_error(ErrorCode::internal, "web.account.hash_memory");
    KL_TRY(const ListenAddress address, parse_listen_address(options.listen));
    KL_TRY(const auto log, AccessLog::open(options.access_log));
    const Site site = site_of(options);
    Sessions sessions;
    Throttle throttle;
    Presence presence;
    Metrics metrics;
    SharedPages pages;
    std::atomic<bool> stopping = false;
    KL_CHECK(load_sessions(options, sessions));
    const auto search = std::make_shared<Search>();
    KL_TRY(const std::unique_ptr<OidcProvider> oidc, provider_of(site));
    KL_CHECK(remember_mail_desk(options.store.writer(), options.store.journal_key(), options.clock,
                                site.gates, site.public_url));

    EventHub events(options.clock.now());
    WriterThread writer({options.store.writer(), options.store.journal_key(), options.clock,
                         kWriterQueueMax, [&options] { (void)options.store.checkpoint(); },
                         [&events](const Announcement& told) { events.announce(told); },
                         [&pages](const Announcement& told) {
                             if (told.kind == "notice") pages.outdate();
                         }});
    const Services services{sessions, throttle, metrics,
                            [&writer](WriterJob job) { return writer.post(std::move(job)); },
                            [&writer](WriterPart part) { return writer.post(std::move(part)); },
                            [&stopping] { return stopping.load(); }, presence, events, oidc.get(), &pages};
    WorkerPool blocking(kBlockingThreads, kBlockingQueueMax, tools_of(options, search));
    WorkerPool readers(kReaderThreads, kReaderQueueMax, tools_of(options, search));
    WorkerPool intake(kIntakeThreads, kIntakeQueueMax, tools_of(options, search));
    Dispatcher dispatcher(site, services, {readers, blocking, intake}, *log, options.routes);
    KL_TRY(const auto server, HttpServer::listen(address, dispatcher, options.clock));

    std::unique_ptr<CommandServer> commands;
    if (is_directory_store(options) && options.run_command) {
        KL_TRY(commands, CommandServer::start(options.store.data(), options.run_command,
                                              [&writer](std::function<void()> job) {
                                                  return writer.post([job](Connection&) { job(); });
                                              }));
    }
    BackgroundThreads background({site, services, tools_of(options, search), [&stopping] { return stopping.load(); }},
                                 options.background);
    if (options.on_listening) options.on_listening(server->url());
    server->run(kDrainSeconds, [&] {
        stopping = true;
        events.stop();
        if (commands) commands->stop();
    });
    background.stop();  // while the writer still takes what it ends with
    // Before the network goes: a worker's answer is posted to its connection.
    readers.stop();
    intake.stop();
    blocking.stop();
    // The writer's thread cannot be stopped inside a transaction from outside; ending the process
    // rolls it back, as after any crash.
    if (!writer.drain(kWriterDrainSeconds)) std::_Exit(1);
    return 0;
}

}  // namespace klarsyn
