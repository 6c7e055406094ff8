// erase, retention: what goes from all that is kept, figures and chain excepted.
#include "apps/klarsyn/commands.h"
#include "modules/erasure.h"
#include "modules/servicedesk/desk/retention.h"

namespace klarsyn {

int run_erase(const Invocation& in, Environment& environment) {
    auto opened = OpenedStore::open(in, environment, Access::write);
    if (!opened.ok()) return fail(in, environment, opened.error());
    const ErasureWish wish{in.erase_accounts, in.erase_phrases, environment.actor, in.why};
    const auto done = in.dry_run ? preview_erasure(opened->store(), environment.clock, wish)
                                 : erase_person(opened->store(), environment.clock, wish);
    if (!done.ok()) return fail(in, environment, done.error());
    environment.output.out(text(in.language, in.dry_run ? "cli.erase_preview" : "cli.erased",
                                {{"seq", std::to_string(done->seq)},
                                 {"records", std::to_string(done->records)},
                                 {"files", std::to_string(done->files)},
                                 {"journal", std::to_string(done->journal)},
                                 {"rows", std::to_string(done->rows)}}) +
                           "\n");
    return 0;
}

int run_retention(const Invocation& in, Environment& environment) {
    auto opened = OpenedStore::open(in, environment, Access::write);
    if (!opened.ok()) return fail(in, environment, opened.error());
    const auto lines =
        in.apply ? servicedesk::apply_retention(opened->store(), environment.clock, environment.actor)
                 : servicedesk::retention_due(opened->store(), environment.clock);
    if (!lines.ok()) return fail(in, environment, lines.error());
    for (const servicedesk::RetentionLine& line : *lines) {
        const char* key = line.policy.days == 0 ? "cli.retention_kept"
                          : in.apply            ? "cli.retention_done"
                                                : "cli.retention_due";
        environment.output.out(
            text(in.language, key,
                 {{"what", text(in.language, "cli.retention." + line.policy.what)},
                  {"days", std::to_string(line.policy.days)},
                  {"basis", line.policy.basis},
                  {"cases", std::to_string(in.apply ? line.done : line.due)}}) +
            "\n");
    }
    return 0;
}

}  // namespace klarsyn
