// What the phone's API answers share.
#pragma once

#include <boost/json/serialize.hpp>

#include <optional>
#include <string>

#include "core/time.h"
#include "web/http.h"

namespace klarsyn::telephony {

inline boost::json::value time_json(const std::optional<UtcSecond>& time) {
    return time ? boost::json::value(iso_utc(*time)) : boost::json::value(nullptr);
}
inline boost::json::value text_json(const std::string& text) {
    return text.empty() ? boost::json::value(nullptr) : boost::json::value(text);
}
inline boost::json::value number_json(const std::optional<std::int64_t>& number) {
    return number ? boost::json::value(*number) : boost::json::value(nullptr);
}

inline Response json_answer(int status, const boost::json::object& body) {
    Response response;
    response.status = status;
    response.type = "application/json";
    response.body = boost::json::serialize(body) + "\n";
    return response;
}

}  // namespace klarsyn::telephony
