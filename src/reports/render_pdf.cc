#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "core/stream.h"
#include "reports/render.h"

namespace klarsyn {

namespace {

namespace fs = std::filesystem;

// A directory of its own, gone with everything in it when the printing ends.
class WorkDirectory {
public:
    WorkDirectory() {
        std::string pattern = (fs::temp_directory_path() / "klarsyn-pdf-XXXXXX").string();
        if (mkdtemp(pattern.data())) path_ = pattern;
    }
    ~WorkDirectory() {
        std::error_code ignored;
        if (!path_.empty()) fs::remove_all(path_, ignored);
    }
    WorkDirectory(const WorkDirectory&) = delete;
    WorkDirectory& operator=(const WorkDirectory&) = delete;
    const fs::path& path() const { return path_; }

private:
    fs::path path_;
};

std::string find_chromium() {
    const char* path = std::getenv("PATH");
    std::string list = path ? path : "/usr/local/bin:/usr/bin:/bin";
    // The one without a window first: it prints with a third of the work.
    for (const char* name :
         {"chromium-headless-shell", "chromium", "chromium-browser", "google-chrome-stable"}) {
        std::size_t at = 0;
        while (at <= list.size()) {
            const auto end = std::min(list.find(':', at), list.size());
            const std::string file = list.substr(at, end - at) + "/" + name;
            if (access(file.c_str(), X_OK) == 0) return file;
            at = end + 1;
        }
    }
    return {};
}

// Chromium refuses its sandbox to root, and nothing that draws pages should be root: it then runs
// as nobody. An ordinary user runs it as himself.
struct Account {
    bool change = false;
    uid_t uid = 0;
    gid_t gid = 0;
};
Account account() {
    Account chosen;
    if (geteuid() != 0) return chosen;
    chosen.change = true;
    const passwd* nobody = getpwnam("nobody");
    chosen.uid = nobody ? nobody->pw_uid : 65534;
    chosen.gid = nobody ? nobody->pw_gid : 65534;
    return chosen;
}

enum class Sandbox { on, off };

std::vector<std::string> arguments(const std::string& chromium, const fs::path& work,
                                   Sandbox sandbox) {
    std::vector<std::string> list = {chromium,
                                     "--headless",
                                     "--disable-gpu",
                                     "--disable-dev-shm-usage",
                                     "--disable-extensions",
                                     "--no-first-run",
                                     "--disable-background-networking",
                                     "--disable-component-update",
                                     "--disable-sync",
                                     "--host-resolver-rules=MAP * ~NOTFOUND",
                                     "--no-pdf-header-footer",
                                     "--export-tagged-pdf",
                                     "--generate-pdf-document-outline",
                                     "--lang=da",
                                     "--user-data-dir=" + (work / "profile").string(),
                                     "--print-to-pdf=" + (work / "report.pdf").string()};
    if (sandbox == Sandbox::off) list.push_back("--no-sandbox");
    list.push_back("file://" + (work / "report.html").string());
    return list;
}

// Only calls that are safe between fork and exec.
[[noreturn]] void become_chromium(const Account& who, char* const* argv, char* const* env,
                                  int log) {
    setpgid(0, 0);
    if (who.change && (setgroups(0, nullptr) != 0 || setgid(who.gid) != 0 || setuid(who.uid) != 0))
        _exit(126);
    const int null = open("/dev/null", O_RDONLY);
    dup2(null, 0);
    dup2(log, 1);
    dup2(log, 2);
    execve(argv[0], argv, env);
    _exit(127);
}

struct Run {
    bool in_time = false;
    int status = -1;
};

Run run_chromium(const std::string& chromium, const fs::path& work, const Account& who,
                 Sandbox sandbox, int timeout_seconds) {
    std::vector<std::string> words = arguments(chromium, work, sandbox);
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    std::vector<std::string> settings = {"HOME=" + work.string(),
                                         "XDG_CONFIG_HOME=" + work.string(),
                                         "XDG_CACHE_HOME=" + work.string(),
                                         "TMPDIR=" + work.string(),
                                         "LANG=C.UTF-8",
                                         "PATH=/usr/local/bin:/usr/bin:/bin",
                                         "TZ=Europe/Copenhagen"};
    std::vector<char*> env;
    for (std::string& setting : settings) env.push_back(setting.data());
    env.push_back(nullptr);
    const int log = open((work / "log").c_str(), O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600);
    const pid_t child = fork();
    if (child == 0) become_chromium(who, argv.data(), env.data(), log);
    if (log >= 0) close(log);
    Run run;
    if (child < 0) return run;
    setpgid(child, child);
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(timeout_seconds);
    while (std::chrono::steady_clock::now() < end) {
        const pid_t done = waitpid(child, &run.status, WNOHANG);
        if (done == child) {
            run.in_time = true;
            break;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    kill(-child, SIGKILL);  // helpers that outlive their parent, or all of it when too slow
    if (!run.in_time) waitpid(child, &run.status, 0);
    return run;
}

std::string read_all(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return read_rest(in).value_or("");
}

bool hand_over(const fs::path& path, const Account& who) {
    return !who.change || chown(path.c_str(), who.uid, who.gid) == 0;
}

Error failed(std::string reason) {
    if (reason.size() > 400) reason = reason.substr(reason.size() - 400);
    return make_error(ErrorCode::unavailable, "report.error.chromium_failed",
                      {{"reason", std::move(reason)}});
}

}  // namespace

Result<std::string> print_pdf(std::string_view html, int timeout_seconds) {
    const std::string chromium = find_chromium();
    if (chromium.empty())
        return make_error(ErrorCode::unavailable, "report.error.chromium_missing");
    const WorkDirectory work;
    const Account who = account();
    if (work.path().empty() || !hand_over(work.path(), who)) return failed("mkdtemp");
    {
        std::ofstream out(work.path() / "report.html", std::ios::binary);
        out << html;
        if (!out.flush()) return failed("report.html");
    }
    if (!hand_over(work.path() / "report.html", who)) return failed("chown");
    // The sandbox stays on wherever the kernel allows it. Where it does not (containers without
    // user namespaces) the page is still only our own, without scripts and without a network.
    for (const Sandbox sandbox : {Sandbox::on, Sandbox::off}) {
        const Run run = run_chromium(chromium, work.path(), who, sandbox, timeout_seconds);
        if (!run.in_time)
            return make_error(ErrorCode::unavailable, "report.error.chromium_slow",
                              {{"seconds", std::to_string(timeout_seconds)}});
        std::string pdf = read_all(work.path() / "report.pdf");
        if (pdf.starts_with("%PDF-")) return pdf;
    }
    return failed(read_all(work.path() / "log"));
}

}  // namespace klarsyn
