#include "apps/klarsyn/commands.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <filesystem>

#include "core/large_memory.h"
#include "modules/module.h"

namespace klarsyn {
namespace {

using Command = int (*)(const Invocation&, Environment&);

struct Entry {
    std::string_view name;
    Command run;
    bool writes;
};

constexpr std::array kCommands = {
    Entry{"init", run_init, false},          Entry{"import", run_import, true},
    Entry{"tail", run_tail, false},          Entry{"tail-step", run_tail_step, true},
    Entry{"batches", run_batches, false},    Entry{"withdraw", run_withdraw, true},
    Entry{"rejects", run_rejects, false},    Entry{"accept", run_accept, true},
    Entry{"figures", run_figures, false},    Entry{"figure", run_figure, false},
    Entry{"records", run_records, false},    Entry{"report", run_report, false},
    Entry{"publish", run_publish, true},     Entry{"edition", run_edition, false},
    Entry{"editions", run_editions, false},  Entry{"verify", run_verify, true},
    Entry{"probe", run_probe, false},       Entry{"simulate", run_simulate, false},  Entry{"serve", run_serve, false},
    Entry{"user", run_user, true},           Entry{"token", run_token, true},
    Entry{"settings", run_settings, true},   Entry{"derive", run_derive, true},
    Entry{"export", run_export, false},      Entry{"registers", run_registers, false},
    Entry{"reindex", run_reindex, true},     Entry{"erase", run_erase, true},
    Entry{"retention", run_retention, true},
    Entry{"mail", run_mail, true},
};

const Entry* find_command(std::string_view name) {
    for (const auto& entry : kCommands) {
        if (entry.name == name) return &entry;
    }
    return nullptr;
}

// Danish unless the user's environment asks for English.
Language environment_language() {
    for (const char* name : {"KLARSYN_LANG", "LC_ALL", "LC_MESSAGES", "LANG"}) {
        const char* value = std::getenv(name);
        if (!value || !*value) continue;
        const std::string_view code(value);
        if (code.starts_with("da")) return Language::da;
        if (std::string_view(name) == "KLARSYN_LANG" && code.starts_with("en")) return Language::en;
    }
    return Language::da;
}

bool needs_stdin(const Invocation& invocation) {
    return invocation.command == "user" || invocation.command == "mail";
}

// The exit code of the server that ran the command, or none when no server runs.
std::optional<int> forwarded(const Invocation& invocation, const std::vector<std::string>& arguments,
                             Environment& environment) {
    ForwardedCommand command;
    command.argv = arguments;
    if (!invocation.language_given) {
        command.argv.insert(command.argv.end(),
                            {"--lang", std::string(language_code(invocation.language))});
    }
    command.cwd = environment.cwd;
    command.terminal = environment.terminal;
    if (needs_stdin(invocation)) {
        // Read only when a server takes it: otherwise the command itself reads.
        const std::string text = environment.read_stdin();
        environment.read_stdin = [text] { return text; };
        command.stdin_text = invocation.command == "mail" ? encode_stdin(text) : text;
    }
    auto result = forward_command(resolve_path(environment.cwd, invocation.data), command,
                                  environment.output);
    if (!result.ok()) return fail(invocation, environment, result.error());
    return *result;
}

}  // namespace

bool writes(const std::string& command) {
    const Entry* entry = find_command(command);
    return entry && entry->writes;
}

int run_command(const std::vector<std::string>& arguments, Environment& environment) {
    int exit_code = 0;
    auto invocation = parse_arguments(arguments, environment.output, exit_code);
    if (!invocation) return exit_code;
    if (!invocation->language_given) invocation->language = environment_language();
    const Entry* entry = find_command(invocation->command);
    KL_ASSERT(entry != nullptr);
    if (entry->writes && !environment.store && invocation->data.find("://") == std::string::npos) {
        if (const auto code = forwarded(*invocation, arguments, environment)) return *code;
    }
    return entry->run(*invocation, environment);
}

int fail(const Invocation& invocation, Environment& environment, const Error& error) {
    environment.output.err("klarsyn: " + describe(error, invocation.language) + "\n");
    return 1;
}

Result<OpenedStore> OpenedStore::open(const Invocation& invocation, Environment& environment,
                                      Access access) {
    OpenedStore opened;
    if (environment.store) {
        opened.borrowed_ = environment.store;
        return opened;
    }
    const std::string data = invocation.data.find("://") == std::string::npos
                                 ? resolve_path(environment.cwd, invocation.data)
                                 : invocation.data;
    KL_TRY(opened.owned_, Store::open(data, access, migrations()));
    return opened;
}

Result<std::string> read_file(const std::string& path) {
    std::error_code failed;
    const auto refuse = [&](const char* key) {
        Error error = make_error(ErrorCode::not_found, key);
        error.file = path;
        return error;
    };
    if (std::filesystem::is_directory(path, failed)) return refuse("cli.file_is_directory");
    std::FILE* file = std::fopen(path.c_str(), "rb");
    if (!file) return refuse("cli.file_unreadable");
    std::string content;
    const auto size = std::filesystem::file_size(path, failed);
    if (!failed) reserve_large(content, size);
    std::array<char, 1 << 16> buffer;
    std::size_t got = 0;
    while ((got = std::fread(buffer.data(), 1, buffer.size(), file)) > 0) {
        content.append(buffer.data(), got);
    }
    const bool broken = std::ferror(file) != 0;
    std::fclose(file);
    if (broken) return refuse("cli.file_unreadable");
    return content;
}

Result<void> write_file(const std::string& path, std::string_view bytes) {
    const std::string temporary = path + ".part";
    std::ofstream out(temporary, std::ios::binary | std::ios::trunc);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    out.close();
    std::error_code failed;
    if (out) std::filesystem::rename(temporary, path, failed);
    if (!out || failed) {
        std::filesystem::remove(temporary, failed);
        Error error = make_error(ErrorCode::unavailable, "cli.file_unwritable");
        error.file = path;
        return error;
    }
    return {};
}

}  // namespace klarsyn
