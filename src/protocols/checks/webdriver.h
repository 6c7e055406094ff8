// A Chromium of our own, steered over WebDriver (W3C) by chromedriver. Both run unprivileged with
// Chromium's sandbox on, in a directory of their own that is removed with them: also when SIGTERM
// or SIGINT ends the process meanwhile, which fails every command from then on. One driver at a
// time, one thread; blocks.
//
// What a page says never becomes part of an error: only WebDriver's error words and Chromium's
// net::ERR_... names do.
#pragma once

#include <boost/json/value.hpp>

#include <signal.h>
#include <sys/types.h>

#include <memory>
#include <string>
#include <string_view>

#include "protocols/checks/net.h"

namespace klarsyn {

struct BrowserWindow {
    int width = 1280, height = 900;
    std::string language = "da";
};

// What chromedriver answered: a value, or an error word ("no such element"; for a page that could
// not be fetched also its net::ERR_ name).
struct WebAnswer {
    boost::json::value value;
    std::string error;
    bool ok() const { return error.empty(); }
};

class WebDriver {
public:
    // kUnable where Chromium or chromedriver is missing or does not start in time.
    static Tried<std::unique_ptr<WebDriver>> start(const BrowserWindow& window,
                                                   const Deadline& deadline);
    ~WebDriver();
    WebDriver(const WebDriver&) = delete;
    WebDriver& operator=(const WebDriver&) = delete;

    // A command of the session: "url", "element/ID/click"; GET without a body. kTimeout where none
    // comes in time.
    Tried<WebAnswer> command(std::string_view path, const boost::json::object& body,
                             const Deadline& deadline) const;
    Tried<WebAnswer> ask(std::string_view path, const Deadline& deadline) const;

private:
    WebDriver();
    bool make_folder();
    Tried<bool> launch(const std::string& program, const Deadline& deadline);
    Tried<int> read_port(int from, const Deadline& deadline) const;
    Tried<bool> open_session(const std::string& chromium, const BrowserWindow& window,
                             const Deadline& deadline);
    Tried<WebAnswer> exchange(const std::string& method, const std::string& path,
                              const std::string& body, const Deadline& deadline) const;

    std::string folder_, session_;
    struct sigaction before_term_ {
    }, before_int_{};
    int lock_ = -1;  // of the folder, while somebody uses it
    pid_t child_ = -1;
    int port_ = 0;
};

// What checks left that were killed before they could clear up: processes and folders of this
// account's browsers that nobody uses; in TMPDIR, or in /tmp where that is too long for Chromium.
void clear_left_browsers();

// The word or name in an answer that is no success; "unknown error" where it has none of the known
// form.
std::string web_error(const boost::json::value& answer);
// Where in PATH; empty: nowhere.
std::string find_program(std::string_view name);

}  // namespace klarsyn
