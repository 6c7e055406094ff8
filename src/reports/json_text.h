// Canonical JSON as text: members in the order written, integers as integers, doubles by the
// shortest digits that read back the same. The same calls give the same bytes. Not thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace klarsyn {

class JsonText {
public:
    JsonText& begin_object();
    JsonText& end_object();
    JsonText& begin_array();
    JsonText& end_array();
    JsonText& key(std::string_view name);
    JsonText& text(std::string_view value);
    JsonText& integer(std::int64_t value);
    JsonText& integer(const std::optional<std::int64_t>& value);
    JsonText& number(double value);  // null for what JSON cannot hold
    JsonText& number(const std::optional<double>& value);
    JsonText& boolean(bool value);
    JsonText& null();
    std::string take() { return std::move(out_); }

private:
    void separate();
    std::string out_;
    bool first_ = true;
};

}  // namespace klarsyn
