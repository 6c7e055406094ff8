#include "protocols/http_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "protocols/curl_handle.h"

namespace klarsyn {
namespace {

struct Net4 {
    std::uint32_t base;
    int bits;
};

// Private, shared, link-local, of documentation and tests, multicast and reserved.
constexpr std::array<Net4, 15> kNotPublic4 = {{{0x00000000, 8},
                                               {0x0A000000, 8},
                                               {0x64400000, 10},
                                               {0x7F000000, 8},
                                               {0xA9FE0000, 16},
                                               {0xAC100000, 12},
                                               {0xC0000000, 24},
                                               {0xC0000200, 24},
                                               {0xC0586300, 24},
                                               {0xC0A80000, 16},
                                               {0xC6120000, 15},
                                               {0xC6336400, 24},
                                               {0xCB007100, 24},
                                               {0xE0000000, 4},
                                               {0xF0000000, 4}}};

bool is_public4(std::uint32_t address) {
    return std::none_of(kNotPublic4.begin(), kNotPublic4.end(), [&](const Net4& net) {
        return (address ^ net.base) >> (32 - net.bits) == 0;
    });
}

bool is_public6(const unsigned char* bytes) {
    static constexpr unsigned char kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
    const auto word = [&](int at) {
        return static_cast<std::uint32_t>(bytes[at]) << 24 | static_cast<std::uint32_t>(bytes[at + 1]) << 16 |
               static_cast<std::uint32_t>(bytes[at + 2]) << 8 | bytes[at + 3];
    };
    if (std::memcmp(bytes, kMapped, sizeof kMapped) == 0) return is_public4(word(12));
    if ((bytes[0] & 0xE0) != 0x20) return false;            // only 2000::/3 is routed at all
    const std::uint32_t first = word(0);
    if (first >> 9 == 0x20010000u >> 9) return false;       // 2001::/23: Teredo and other helpers
    if (first == 0x20010DB8) return false;                  // of documentation
    if (first >> 16 == 0x2002) return false;                // carries any address of version 4
    return true;
}

curl_socket_t open_public(void* refused, curlsocktype, curl_sockaddr* address) {
    if (!is_public_address(&address->addr)) {
        *static_cast<bool*>(refused) = true;
        return CURL_SOCKET_BAD;
    }
    return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

Error failed(const HttpFetch& wanted, CURLcode code) {
    return make_error(ErrorCode::unavailable, "protocols.http.failed",
                      {{"host", host_of_url(wanted.url)}, {"reason", curl_easy_strerror(code)}});
}

void set_up(CURL* curl, const HttpFetch& wanted, Collected& collected, const CurlList& headers) {
    curl_easy_setopt(curl, CURLOPT_URL, wanted.url.c_str());
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR,
                     wanted.plain == HttpFetch::Plain::allowed ? "http,https" : "https");
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, static_cast<long>(wanted.timeout_seconds));
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, std::min(5L, static_cast<long>(wanted.timeout_seconds)));
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "klarsyn");
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, collect);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &collected);
    if (!wanted.ca_file.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, wanted.ca_file.c_str());
    if (wanted.method != "GET") {
        curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, wanted.method.c_str());
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(wanted.body.size()));
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, wanted.body.data());
    }
}

}  // namespace

bool is_public_address(const sockaddr* address) {
    if (address->sa_family == AF_INET) {
        sockaddr_in four{};
        std::memcpy(&four, address, sizeof four);
        return is_public4(ntohl(four.sin_addr.s_addr));
    }
    if (address->sa_family != AF_INET6) return false;
    sockaddr_in6 six{};
    std::memcpy(&six, address, sizeof six);
    return is_public6(six.sin6_addr.s6_addr);
}

std::string host_of_url(std::string_view url) {
    const CurlHandle start = open_curl();  // the library must have been started
    struct Parts {
        CURLU* url = curl_url();
        char* host = nullptr;
        ~Parts() {
            curl_free(host);
            curl_url_cleanup(url);
        }
    } parts;
    if (curl_url_set(parts.url, CURLUPART_URL, std::string(url).c_str(), 0) != CURLUE_OK ||
        curl_url_get(parts.url, CURLUPART_HOST, &parts.host, 0) != CURLUE_OK)
        return "";
    return parts.host;
}

bool is_loopback_url(std::string_view url) {
    const std::string host = host_of_url(url);
    return host == "127.0.0.1" || host == "[::1]" || host == "localhost";
}

Result<HttpAnswer> fetch(const HttpFetch& wanted) {
    const CurlHandle curl = open_curl();
    if (!curl) return failed(wanted, CURLE_FAILED_INIT);
    CurlList headers(nullptr, curl_slist_free_all);
    for (const auto& [name, value] : wanted.headers) append(headers, name + ": " + value);
    append(headers, "Expect:");  // no waiting for 100 Continue
    Collected collected{{}, wanted.answer_bytes_max, false};
    set_up(curl.get(), wanted, collected, headers);
    bool refused = false;
    if (wanted.reach == Reach::public_only) {
        curl_easy_setopt(curl.get(), CURLOPT_OPENSOCKETFUNCTION, open_public);
        curl_easy_setopt(curl.get(), CURLOPT_OPENSOCKETDATA, &refused);
    }
    const CURLcode code = curl_easy_perform(curl.get());
    if (code != CURLE_OK && refused)
        return make_error(ErrorCode::refused, "protocols.http.private",
                          {{"host", host_of_url(wanted.url)}});
    if (code != CURLE_OK) return failed(wanted, code);
    HttpAnswer answer;
    long status = 0;
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
    answer.status = static_cast<int>(status);
    const char* type = nullptr;
    curl_easy_getinfo(curl.get(), CURLINFO_CONTENT_TYPE, &type);
    if (type != nullptr) answer.type = type;
    curl_header* etag = nullptr;
    if (curl_easy_header(curl.get(), "ETag", 0, CURLH_HEADER, -1, &etag) == CURLHE_OK)
        answer.etag = etag->value;
    curl_off_t retry_after = 0;
    curl_easy_getinfo(curl.get(), CURLINFO_RETRY_AFTER, &retry_after);
    answer.retry_after_seconds = static_cast<int>(std::clamp<curl_off_t>(retry_after, 0, 86'400));
    answer.body = std::move(collected.bytes);
    return answer;
}

}  // namespace klarsyn
