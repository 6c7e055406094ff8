// browser: a person's way through a web system, in a Chromium of its own (webdriver.h).
//
// Settings: steps, in order, each a table with `do` and, where needed, `css`:
//   open    url
//   type    css, and text or secret (the name of a secret)
//   press   css, and key ("Enter" or "Tab")
//   click   css
//   wait    css: until it is there to be seen
//   expect  css, and text that it must hold
// name (else "1 open"), within_ms (how long this step may take; an expect has 1000 without it).
// from, to: names of the steps with whose beginning and end time begins and ends (the first and the
// last without them). screenshots: a folder for the picture of a failure, which
// must be there; the newest 50 are kept.
// language ("da"), width, height.
// Whatever is typed waits until it can be. A fifth of the time limit, at most 2 s, is kept for the
// picture.
#include <boost/json.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "core/time.h"
#include "protocols/checks/protocols.h"
#include "protocols/checks/steps.h"
#include "protocols/checks/webdriver.h"
#include "protocols/web_token.h"

namespace klarsyn {
namespace {

namespace fs = std::filesystem;

constexpr int kPauseMicroseconds = 10'000;
constexpr std::size_t kStepsMax = 100;
constexpr std::size_t kPicturesMax = 50;
constexpr char kElementKey[] = "element-6066-11e4-a52e-4f735466cecf";  // W3C WebDriver, Elements

struct BrowserStep {
    std::string act, name, css, url, text, secret, key;
    std::int64_t within_ms = 0;  // 0: the rest of the time
};

struct BrowserSettings {
    std::vector<BrowserStep> steps;
    std::string from, to, screenshots;
    BrowserWindow window;
};

BrowserStep read_step(Fields& fields, std::size_t number) {
    BrowserStep step;
    step.act = fields.word("do", {"open", "type", "press", "click", "wait", "expect"});
    step.name = fields.text("name", std::to_string(number) + " " + step.act);
    step.within_ms = fields.number("within_ms", 1, 600'000, step.act == "expect" ? 1000 : 600'000);
    if (step.act == "open") {
        step.url = fields.text("url");
        if (!step.url.starts_with("https://") && !step.url.starts_with("http://"))
            fields.fault("url", "checks.address.http");
        return step;
    }
    step.css = fields.text("css");
    if (step.act == "expect") step.text = fields.text("text");
    if (step.act == "press")
        step.key = fields.word("key", {"Enter", "Tab"}) == "Tab" ? "\uE004" : "\uE007";
    if (step.act == "type") {
        step.text = fields.text("text", "");
        step.secret = fields.text("secret", "");
        if (step.text.empty() == step.secret.empty()) fields.fault("text", "checks.browser.typed");
    }
    return step;
}

// Which step has the name; none twice.
std::size_t step_named(Fields& fields, const std::vector<BrowserStep>& steps,
                       std::string_view field, const std::string& name) {
    const auto named = [&](const BrowserStep& step) { return step.name == name; };
    if (std::count_if(steps.begin(), steps.end(), named) != 1)
        fields.fault(field, "checks.browser.no_step");
    const auto found = std::find_if(steps.begin(), steps.end(), named);
    return static_cast<std::size_t>(found - steps.begin());
}

Result<BrowserSettings> read_browser(const boost::json::object& object) {
    Fields fields(object);
    BrowserSettings read;
    for (const auto* one : fields.objects("steps")) {
        Fields inner(*one, "steps[" + std::to_string(read.steps.size() + 1) + "].");
        read.steps.push_back(read_step(inner, read.steps.size() + 1));
        KL_CHECK(inner.finish());
    }
    if (read.steps.empty() || read.steps.size() > kStepsMax)
        fields.fault("steps", "checks.browser.steps");
    read.from = fields.text("from", read.steps.empty() ? "" : read.steps.front().name);
    read.to = fields.text("to", read.steps.empty() ? "" : read.steps.back().name);
    const auto from = step_named(fields, read.steps, "from", read.from);
    if (step_named(fields, read.steps, "to", read.to) < from)
        fields.fault("to", "checks.browser.order");
    read.screenshots = fields.text("screenshots", "");
    read.window.language = fields.text("language", "da");
    read.window.width = static_cast<int>(fields.number("width", 200, 8000, 1280));
    read.window.height = static_cast<int>(fields.number("height", 200, 8000, 900));
    const auto odd = [](char c) {
        return !std::isalpha(static_cast<unsigned char>(c)) && c != '-';
    };
    if (std::any_of(read.window.language.begin(), read.window.language.end(), odd))
        fields.fault("language", "checks.browser.language");
    KL_CHECK(fields.finish());
    return read;
}

Result<void> complete_browser(const boost::json::object& settings) {
    KL_TRY([[maybe_unused]] const auto read, read_browser(settings));
    return {};
}

// These pass while a page is being built.
bool passing(std::string_view error) {
    for (const char* word :
         {"no such element", "stale element reference", "element not interactable",
          "element click intercepted", "invalid element state"})
        if (error == word) return true;
    return false;
}

class Journey {
public:
    Journey(const WebDriver& driver, const std::map<std::string, std::string>& secrets,
            const Deadline& deadline)
        : driver_(driver), secrets_(secrets), deadline_(deadline) {}

    // Until it is done; kFailed where it cannot be, or not within its own time.
    Tried<bool> take(const BrowserStep& step) const {
        const auto left = deadline_.left();
        const std::chrono::milliseconds within(step.within_ms);
        const Deadline own(std::min(within, left));
        while (true) {
            const auto done = once(step);
            if (!done.ok()) return done.fault();
            if (done->empty()) return true;
            if (!passing(*done) && *done != kNotYet) return failed(*done);
            // Its own time may end a moment before that of all, which cut it short.
            if (deadline_.passed() || (own.passed() && left <= within))
                return CheckFault{CheckOutcome::kTimeout, "not within the time limit: " + *done};
            if (own.passed())
                return failed(*done + " within " + std::to_string(step.within_ms) + " ms");
            usleep(kPauseMicroseconds);
        }
    }

private:
    static constexpr char kNotYet[] = "not as expected";
    static CheckFault failed(std::string reason) {
        return {CheckOutcome::kFailed, std::move(reason)};
    }

    // Empty: done; else why not (yet).
    Tried<std::string> once(const BrowserStep& step) const {
        if (step.act == "open") return told(driver_.command("url", {{"url", step.url}}, deadline_));
        const auto found =
            driver_.command("element", {{"using", "css selector"}, {"value", step.css}}, deadline_);
        if (!found.ok()) return found.fault();
        if (!found->ok()) return found->error;
        const auto* object = found->value.if_object();
        const auto* id = object == nullptr ? nullptr : object->if_contains(kElementKey);
        if (id == nullptr || !id->is_string()) return std::string("no such element");
        const std::string element = "element/" + std::string(id->get_string());
        const auto seen = driver_.ask(element + "/displayed", deadline_);
        if (!seen.ok()) return seen.fault();
        if (!seen->ok()) return seen->error;
        if (!seen->value.is_bool() || !seen->value.get_bool())
            return std::string("element not interactable");
        return on_element(step, element);
    }

    Tried<std::string> on_element(const BrowserStep& step, const std::string& element) const {
        if (step.act == "click") return told(driver_.command(element + "/click", {}, deadline_));
        if (step.act == "wait") return std::string();
        if (step.act == "expect") {
            const auto text = driver_.ask(element + "/text", deadline_);
            if (!text.ok()) return text.fault();
            if (!text->ok()) return text->error;
            const bool holds = text->value.is_string() &&
                               std::string_view(text->value.get_string()).find(step.text) !=
                                   std::string_view::npos;
            return std::string(holds ? "" : kNotYet);
        }
        const auto secret = secrets_.find(step.secret);
        const std::string& typed = !step.key.empty()          ? step.key
                                   : secret != secrets_.end() ? secret->second
                                                              : step.text;
        return told(driver_.command(element + "/value", {{"text", typed}}, deadline_));
    }

    static Tried<std::string> told(const Tried<WebAnswer>& answer) {
        if (!answer.ok()) return answer.fault();
        return answer->error;
    }

    const WebDriver& driver_;
    const std::map<std::string, std::string>& secrets_;
    const Deadline& deadline_;
};

// Empties every password field and every field that holds a secret, and takes secrets out of the
// page's text; says true when done. A frame of another origin cannot be reached: no picture then.
constexpr char kBlank[] = R"js(
const secrets = arguments[0];
let reached = true;
const blank = root => {
  for (const field of root.querySelectorAll('input, textarea'))
    if (field.type === 'password' || secrets.some(s => s && field.value.includes(s)))
      field.value = '';
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (walker.nextNode())
    for (const s of secrets)
      if (s && walker.currentNode.data.includes(s))
        walker.currentNode.data = walker.currentNode.data.split(s).join('•••');
  for (const one of root.querySelectorAll('*')) if (one.shadowRoot) blank(one.shadowRoot);
  for (const frame of root.querySelectorAll('iframe, frame'))
    if (frame.contentDocument) blank(frame.contentDocument); else reached = false;
};
blank(document);
return reached;
)js";

void keep_newest(const fs::path& folder) {
    std::error_code bad;
    std::vector<fs::path> pictures;
    for (const auto& entry : fs::directory_iterator(folder, bad))
        if (entry.path().extension() == ".png" &&
            entry.path().filename().string().starts_with("failure-"))
            pictures.push_back(entry.path());
    std::sort(pictures.begin(), pictures.end());  // their names begin with the time
    for (std::size_t i = 0; i + kPicturesMax < pictures.size(); ++i) fs::remove(pictures[i], bad);
}

std::string url_alphabet(std::string base64) {
    std::replace(base64.begin(), base64.end(), '+', '-');
    std::replace(base64.begin(), base64.end(), '/', '_');
    std::erase(base64, '=');
    return base64;
}

// The picture's name, or why there is none: added to the reason.
std::string take_picture(const WebDriver& driver, const CheckTask& task,
                         const BrowserSettings& settings, const Deadline& deadline) {
    boost::json::array secrets;
    for (const auto& [name, value] : task.secrets) secrets.emplace_back(value);
    const auto blanked = driver.command(
        "execute/sync", {{"script", kBlank}, {"args", {std::move(secrets)}}}, deadline);
    if (!blanked.ok() || !blanked->ok() || !blanked->value.is_bool() || !blanked->value.get_bool())
        return "no picture: secrets could not be hidden";
    const auto taken = driver.ask("screenshot", deadline);
    if (!taken.ok() || !taken->ok() || !taken->value.is_string()) return "no picture";
    const auto bytes = from_base64url(url_alphabet(std::string(taken->value.get_string())));
    if (!bytes.ok()) return "no picture";
    std::string stamp = iso_utc(SystemClock().now());
    std::erase_if(stamp, [](char c) { return c == ':' || c == '-'; });
    const std::string name = "failure-" + stamp + "-" + std::to_string(getpid()) + ".png";
    const fs::path path = fs::path(settings.screenshots) / name;
    const int file = open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0) return "no picture: the folder cannot be written";
    const bool written =
        ::write(file, bytes->data(), bytes->size()) == static_cast<ssize_t>(bytes->size());
    close(file);
    keep_newest(settings.screenshots);
    return written ? "picture " + name : "no picture: the folder is full";
}

CheckAnswer run_browser(const CheckTask& task) {
    const auto settings = read_browser(task.settings);
    if (!settings.ok()) return check_unable(settings.error());
    for (const BrowserStep& step : settings->steps) {
        if (step.secret.empty()) continue;
        const auto secret = secret_of(task, step.secret);
        if (!secret.ok()) return answer_of(secret.fault());
    }
    const auto spare = std::min(std::chrono::milliseconds(2000), task.time_limit / 5);
    const Deadline deadline(task.time_limit - spare);
    const auto driver = WebDriver::start(settings->window, deadline);
    if (!driver.ok()) return answer_of(driver.fault());
    const Journey journey(**driver, task.secrets, deadline);
    CheckAnswer answer;
    std::int64_t began = 0, ended = 0, before = deadline.elapsed_ms();
    for (const BrowserStep& step : settings->steps) {
        if (step.name == settings->from) began = before;
        const auto taken = journey.take(step);
        const std::int64_t now = deadline.elapsed_ms();
        answer.steps.push_back({step.name, now - before});
        before = now;
        if (step.name == settings->to) ended = now;
        if (taken.ok()) continue;
        std::string reason = "step " + step.name + ": " + taken.fault().reason;
        if (!settings->screenshots.empty())
            reason += "; " + take_picture(**driver, task, *settings, Deadline(spare));
        CheckAnswer failed = answer_of({taken.fault().outcome, reason});
        failed.steps = std::move(answer.steps);
        return failed;
    }
    answer.outcome = CheckOutcome::kOk;
    answer.ms = std::max<std::int64_t>(ended - began, 1);
    return answer;
}

}  // namespace

const CheckProtocol kBrowserCheck{"browser", complete_browser, run_browser};

}  // namespace klarsyn
