#include "protocols/curl_handle.h"

namespace klarsyn {

CurlHandle open_curl() {
    static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
    CurlHandle handle(started == CURLE_OK ? curl_easy_init() : nullptr, curl_easy_cleanup);
    if (!handle) return handle;
    curl_easy_setopt(handle.get(), CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle.get(), CURLOPT_PROXY, "");  // not what the environment says
    curl_easy_setopt(handle.get(), CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    return handle;
}

void append(CurlList& list, const std::string& line) {
    curl_slist* longer = curl_slist_append(list.get(), line.c_str());
    if (longer == nullptr) return;
    (void)list.release();
    list.reset(longer);
}

std::size_t collect(char* data, std::size_t size, std::size_t count, void* into) {
    auto& collected = *static_cast<Collected*>(into);
    const std::size_t bytes = size * count;
    if (collected.bytes.size() + bytes > collected.most) {
        collected.too_much = true;
        return 0;  // ends the transfer
    }
    collected.bytes.append(data, bytes);
    return bytes;
}

}  // namespace klarsyn
