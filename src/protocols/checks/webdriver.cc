#include "protocols/checks/webdriver.h"

#include <boost/json.hpp>

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "core/stream.h"
#include "protocols/checks/steps.h"
#include "protocols/http_client.h"

namespace klarsyn {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kAnswerBytesMax = std::size_t{32} << 20;  // a screenshot as base64
constexpr std::string_view kFolder = "klarsyn-browser-";
// Chromium puts a socket two folders below, and a socket's path has 107 characters at most.
constexpr std::size_t kPlaceMax = 107 - std::string_view("/klarsyn-browser-XXXXXX").size() -
                                  std::string_view("/.org.chromium.Chromium.XXXXXX").size() -
                                  std::string_view("/SingletonSocket").size();

CheckFault unable(std::string reason) { return {CheckOutcome::kUnable, std::move(reason)}; }

// Chromium refuses its sandbox to root, and what opens pages should not be root: then it is nobody.
struct BrowserAccount {
    bool change = false;
    uid_t uid = 65534;
    gid_t gid = 65534;
};

BrowserAccount browser_account() {
    BrowserAccount account;
    if (geteuid() != 0) return account;
    account.change = true;
    if (const passwd* nobody = getpwnam("nobody")) {
        account.uid = nobody->pw_uid;
        account.gid = nobody->pw_gid;
    }
    return account;
}

volatile std::sig_atomic_t stop_asked = 0;
std::atomic<pid_t> driver_group{0};
static_assert(std::atomic<pid_t>::is_always_lock_free);

// Without chromedriver every command fails at once, and the check ends as it does after any
// failure.
void stop_driver(int) {
    stop_asked = 1;
    if (const pid_t group = driver_group; group > 0) kill(-group, SIGKILL);
}

// Chromium is told its profile's folder on its command line, and its helpers die with it.
void end_processes_of(const fs::path& folder) {
    const std::string mark = folder.string() + "/";
    std::error_code bad;
    for (const auto& entry : fs::directory_iterator("/proc", bad)) {
        const std::string name = entry.path().filename().string();
        pid_t pid = 0;
        const auto [end, wrong] = std::from_chars(name.data(), name.data() + name.size(), pid);
        if (wrong != std::errc() || end != name.data() + name.size() || pid == getpid()) continue;
        std::ifstream in(entry.path() / "cmdline", std::ios::binary);
        const auto words = read_rest(in);  // nothing where it has just ended
        if (words && words->find(mark) != std::string::npos) kill(pid, SIGKILL);
    }
}

void remove_folder(const fs::path& folder) {
    std::error_code bad;
    for (int i = 0; i < 50; ++i) {
        end_processes_of(folder);
        fs::remove_all(folder, bad);
        if (!fs::exists(folder, bad)) return;
        usleep(20'000);  // helpers may still be writing for a moment
    }
}

// TMPDIR; /tmp where there is none, or its path is too long for Chromium's sockets.
fs::path browser_place() {
    std::error_code bad;
    const fs::path place = fs::temp_directory_path(bad);
    return bad || place.string().size() > kPlaceMax ? fs::path("/tmp") : place;
}

// Who holds the lock uses the folder; it ends with the process, however that ends. -1: somebody
// else has it, or it is gone.
int lock_folder(const fs::path& folder) {
    const int lock = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (lock < 0) return -1;
    struct stat seen {};
    const bool ours = flock(lock, LOCK_EX | LOCK_NB) == 0 && fstat(lock, &seen) == 0 &&
                      seen.st_nlink > 0 &&
                      (seen.st_uid == geteuid() || seen.st_uid == browser_account().uid);
    if (ours) return lock;
    close(lock);
    return -1;
}

// Only calls that are safe between fork and exec. The child dies with its parent, and Chromium with
// the child: they share a pipe.
[[noreturn]] void become_driver(const BrowserAccount& who, char* const* argv, char* const* env,
                                int out, pid_t parent) {
    setpgid(0, 0);
    if (who.change && (setgroups(0, nullptr) != 0 || setgid(who.gid) != 0 || setuid(who.uid) != 0))
        _exit(126);
    prctl(PR_SET_PDEATHSIG, SIGKILL);  // after the account: changing it takes this back
    if (getppid() != parent) _exit(126);
    const int null = open("/dev/null", O_RDWR);
    dup2(null, 0);
    dup2(out, 1);
    dup2(null, 2);
    execve(argv[0], argv, env);
    _exit(127);
}

bool error_word(std::string_view text) {
    return !text.empty() && text.size() <= 40 && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || c == ' ';
    });
}

std::string_view text_in(const boost::json::value& value, std::string_view name) {
    const auto* object = value.if_object();
    const auto* found = object == nullptr ? nullptr : object->if_contains(name);
    return found != nullptr && found->is_string() ? std::string_view(found->get_string())
                                                  : std::string_view();
}

const boost::json::value& value_of(const boost::json::value& answer) {
    static const boost::json::value none;
    const auto* object = answer.if_object();
    const auto* value = object == nullptr ? nullptr : object->if_contains("value");
    return value == nullptr ? none : *value;
}

std::string new_session(const std::string& chromium, const std::string& folder,
                        const BrowserWindow& window, std::int64_t limit_ms) {
    const boost::json::array arguments = {
        "--headless=new",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-extensions",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--remote-debugging-pipe",
        "--window-size=" + std::to_string(window.width) + "," + std::to_string(window.height),
        "--accept-lang=" + window.language,
        "--user-data-dir=" + folder + "/profile"};
    const boost::json::object options = {{"binary", chromium}, {"args", arguments}};
    const boost::json::object always = {
        {"browserName", "chrome"},
        {"timeouts", {{"pageLoad", limit_ms}, {"script", limit_ms}, {"implicit", 0}}},
        {"goog:chromeOptions", options}};
    return boost::json::serialize(boost::json::object{{"capabilities", {{"alwaysMatch", always}}}});
}

}  // namespace

std::string find_program(std::string_view name) {
    const char* path = std::getenv("PATH");
    std::string list = path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin";
    for (std::size_t at = 0; at <= list.size();) {
        const auto end = std::min(list.find(':', at), list.size());
        const std::string file = list.substr(at, end - at) + "/" + std::string(name);
        if (access(file.c_str(), X_OK) == 0) return file;
        at = end + 1;
    }
    return {};
}

std::string web_error(const boost::json::value& answer) {
    const std::string_view word = text_in(value_of(answer), "error");
    const std::string_view message = text_in(value_of(answer), "message");
    if (const auto at = message.find("net::ERR_"); at != std::string_view::npos) {
        const std::string_view name = message.substr(at);
        const auto end = name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789", 5);
        return std::string(name.substr(0, std::min<std::size_t>(end, 60)));
    }
    return error_word(word) ? std::string(word) : "unknown error";
}

Tried<std::unique_ptr<WebDriver>> WebDriver::start(const BrowserWindow& window,
                                                   const Deadline& deadline) {
    const std::string program = find_program("chromedriver");
    const std::string chromium = find_program("chromium");
    if (program.empty()) return unable("chromedriver is not installed");
    if (chromium.empty()) return unable("Chromium is not installed");
    clear_left_browsers();
    std::unique_ptr<WebDriver> driver(new WebDriver);
    if (!driver->make_folder()) return unable("no folder for the browser");
    const auto launched = driver->launch(program, deadline);
    if (!launched.ok()) return launched.fault();
    const auto opened = driver->open_session(chromium, window, deadline);
    if (!opened.ok()) return opened.fault();
    return driver;
}

WebDriver::WebDriver() {
    struct sigaction stop {};
    stop.sa_handler = stop_driver;
    sigaction(SIGTERM, &stop, &before_term_);
    sigaction(SIGINT, &stop, &before_int_);
}

// A few times: who clears up may meet it before it is locked.
bool WebDriver::make_folder() {
    const fs::path place = browser_place();
    for (int i = 0; i < 5 && lock_ < 0; ++i) {
        std::string name = (place / (std::string(kFolder) + "XXXXXX")).string();
        if (mkdtemp(name.data()) == nullptr) return false;
        lock_ = lock_folder(name);
        folder_ = name;
    }
    return lock_ >= 0;
}

Tried<bool> WebDriver::launch(const std::string& program, const Deadline& deadline) {
    const BrowserAccount who = browser_account();
    if (who.change && chown(folder_.c_str(), who.uid, who.gid) != 0)
        return unable("no folder for the browser");
    std::string words[] = {program, "--port=0"};
    char* argv[] = {words[0].data(), words[1].data(), nullptr};
    std::string settings[] = {"HOME=" + folder_,
                              "XDG_CONFIG_HOME=" + folder_,
                              "XDG_CACHE_HOME=" + folder_,
                              "TMPDIR=" + folder_,
                              "LANG=C.UTF-8",
                              "PATH=/usr/local/bin:/usr/bin:/bin",
                              "TZ=Europe/Copenhagen"};
    char* env[std::size(settings) + 1] = {};
    for (std::size_t i = 0; i < std::size(settings); ++i) env[i] = settings[i].data();
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return unable("no pipe");
    const pid_t parent = getpid();
    child_ = fork();
    if (child_ == 0) become_driver(who, argv, env, ends[1], parent);
    close(ends[1]);
    if (child_ > 0) {
        setpgid(child_, child_);
        driver_group = child_;
        if (stop_asked != 0) kill(-child_, SIGKILL);  // it came before there was anybody to end
    }
    const auto port = child_ > 0 ? read_port(ends[0], deadline) : Tried<int>(unable("no process"));
    close(ends[0]);
    if (!port.ok()) return port.fault();
    port_ = *port;
    return true;
}

// "ChromeDriver was started successfully on port 41235."
Tried<int> WebDriver::read_port(int from, const Deadline& deadline) const {
    std::string said;
    while (said.size() < 16'384) {
        constexpr std::string_view kBefore = "successfully on port ";
        const auto at = said.find(kBefore);
        if (at != std::string::npos && said.find('\n', at) != std::string::npos) {
            int port = 0;
            std::from_chars(said.data() + at + kBefore.size(), said.data() + said.size(), port);
            return port;
        }
        pollfd wanted{from, POLLIN, 0};
        if (::poll(&wanted, 1, deadline.poll_ms()) <= 0) break;
        char bytes[1024];
        const ssize_t got = ::read(from, bytes, sizeof bytes);
        if (got <= 0) break;
        said.append(bytes, static_cast<std::size_t>(got));
    }
    return unable("chromedriver does not start");
}

Tried<bool> WebDriver::open_session(const std::string& chromium, const BrowserWindow& window,
                                    const Deadline& deadline) {
    const auto answer =
        exchange("POST", "/session",
                 new_session(chromium, folder_, window, deadline.left().count() + 1), deadline);
    // Nothing was asked of the service yet.
    if (!answer.ok()) return unable("Chromium does not start");
    session_ = text_in(answer->value, "sessionId");
    if (session_.empty()) return unable("Chromium does not start: " + answer->error);
    return true;
}

Tried<WebAnswer> WebDriver::exchange(const std::string& method, const std::string& path,
                                     const std::string& body, const Deadline& deadline) const {
    HttpFetch wanted;
    wanted.method = method;
    wanted.url = "http://127.0.0.1:" + std::to_string(port_) + path;
    wanted.headers = {{"Content-Type", "application/json"}};
    wanted.body = body;
    wanted.timeout_seconds = whole_seconds(deadline);
    wanted.answer_bytes_max = kAnswerBytesMax;
    wanted.plain = HttpFetch::Plain::allowed;
    const auto answer = fetch(wanted);
    if (deadline.passed())
        return CheckFault{CheckOutcome::kTimeout, "no answer within the time limit"};
    if (!answer.ok()) return unable("chromedriver does not answer");
    boost::system::error_code bad;
    const auto read = boost::json::parse(answer->body, bad);
    if (bad) return unable("chromedriver does not answer in JSON");
    if (answer->status != 200) return WebAnswer{{}, web_error(read)};
    return WebAnswer{value_of(read), ""};
}

Tried<WebAnswer> WebDriver::command(std::string_view path, const boost::json::object& body,
                                    const Deadline& deadline) const {
    return exchange("POST", "/session/" + session_ + "/" + std::string(path),
                    boost::json::serialize(body), deadline);
}

Tried<WebAnswer> WebDriver::ask(std::string_view path, const Deadline& deadline) const {
    return exchange("GET", "/session/" + session_ + "/" + std::string(path), "", deadline);
}

WebDriver::~WebDriver() {
    driver_group = 0;
    if (child_ > 0) {
        kill(-child_, SIGKILL);  // Chromium keeps nothing that would need an orderly end
        kill(child_, SIGKILL);
        waitpid(child_, nullptr, 0);
    }
    if (lock_ >= 0) remove_folder(folder_);
    if (lock_ >= 0) close(lock_);
    sigaction(SIGTERM, &before_term_, nullptr);
    sigaction(SIGINT, &before_int_, nullptr);
}

void clear_left_browsers() {
    std::error_code bad;
    for (const auto& entry : fs::directory_iterator(browser_place(), bad)) {
        if (!entry.path().filename().string().starts_with(kFolder)) continue;
        const int lock = lock_folder(entry.path());
        if (lock < 0) continue;
        remove_folder(entry.path());
        close(lock);
    }
}

}  // namespace klarsyn
