// Accounts and tokens.
#include "apps/klarsyn/commands.h"
#include "web/accounts.h"
#include "web/tokens.h"

namespace klarsyn {
namespace {

std::string first_line(std::string input) {
    input.resize(std::min(input.find('\n'), input.size()));
    if (!input.empty() && input.back() == '\r') input.pop_back();
    return input;
}

int say(const Invocation& in, Environment& environment, std::string_view key,
        const TextArgs& args) {
    environment.output.out(text(in.language, key, args) + "\n");
    return 0;
}

}  // namespace

int run_user(const Invocation& in, Environment& environment) {
    auto opened = OpenedStore::open(in, environment, Access::write);
    if (!opened.ok()) return fail(in, environment, opened.error());
    Store& store = opened->store();
    if (in.verb == "remove") {
        const auto removed = remove_user(store.writer(), store.journal_key(), environment.clock,
                                         in.user_name, environment.actor);
        if (!removed.ok()) return fail(in, environment, removed.error());
        return say(in, environment, "cli.user_removed", {{"name", in.user_name}});
    }
    NewUser user{in.user_name, in.role, first_line(environment.read_stdin()), environment.actor};
    user.display_name = in.display_name;
    user.org = in.org;
    user.groups = in.support_groups;
    user.mail = in.mail;
    user.phone = in.phone;
    user.phone_agent = in.phone_agent;
    const auto added = add_user(store.writer(), store.journal_key(), environment.clock, user);
    if (!added.ok()) return fail(in, environment, added.error());
    return say(in, environment, "cli.user_added", {{"name", in.user_name}});
}

int run_token(const Invocation& in, Environment& environment) {
    auto opened = OpenedStore::open(in, environment, Access::write);
    if (!opened.ok()) return fail(in, environment, opened.error());
    Store& store = opened->store();
    const NewToken wanted{in.user_name, in.label, environment.actor};
    if (in.verb == "revoke") {
        const auto revoked =
            revoke_tokens(store.writer(), store.journal_key(), environment.clock, wanted);
        if (!revoked.ok()) return fail(in, environment, revoked.error());
        return say(in, environment, "cli.tokens_revoked", {{"count", std::to_string(*revoked)}});
    }
    const auto token = add_token(store.writer(), store.journal_key(), environment.clock, wanted);
    if (!token.ok()) return fail(in, environment, token.error());
    environment.output.out(*token + "\n");  // alone on its line, for scripts
    return 0;
}

}  // namespace klarsyn
