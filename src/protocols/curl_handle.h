// What all users of libcurl share: its start, once per process, and an owned handle. For the files
// of this folder only.
#pragma once

#include <curl/curl.h>

#include <memory>
#include <string>

namespace klarsyn {

using CurlHandle = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using CurlList = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

// Null only without memory.
CurlHandle open_curl();
void append(CurlList& list, const std::string& line);

struct MailServer;
// A fresh SMTP or IMAP transfer: account, TLS and time limits as the settings say (mail_server.cc).
void prepare_mail(CURL* curl, const MailServer& server, const std::string& url);

// What an answer is collected into; more than `most` bytes end the transfer.
struct Collected {
    std::string bytes;
    std::size_t most = 0;
    bool too_much = false;
};
std::size_t collect(char* data, std::size_t size, std::size_t count, void* into);

}  // namespace klarsyn
