// The JSON object that came with a request. Fields are taken by name; what is wrong with them is
// remembered with its pointer, so that one answer tells everything. Not thread-safe.
#pragma once

#include <boost/json/object.hpp>

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/text.h"
#include "core/time.h"
#include "web/context.h"
#include "web/http.h"

namespace klarsyn {

struct BodyFault {
    std::string pointer;  // RFC 6901: "/title"
    std::string key;      // text key
    TextArgs args;
};

// A problem answer (400) that names every fault.
Response faults_problem(const Context& context, const std::vector<BodyFault>& faults);

class JsonBody {
public:
    enum class Need { optional, required };
    struct TextRule {
        std::size_t characters_max = 200;
        Need need = Need::optional;
        enum class Lines { one, many } lines = Lines::one;
    };

    // invalid_input for anything but one JSON object of at most 32 levels; web.body.broken names line
    // and character (args line, column). An empty body is an empty object.
    static Result<JsonBody> parse(const Request& request);
    static JsonBody of(boost::json::object object);

    bool has(std::string_view name) const { return object_.contains(name); }
    bool is_null(std::string_view name) const;
    // Trimmed. None where absent, null or faulty; an empty text where one was sent empty.
    std::optional<std::string> text(std::string_view name, TextRule rule);
    std::optional<std::int64_t> integer(std::string_view name, std::int64_t min, std::int64_t max);
    std::optional<bool> flag(std::string_view name);
    std::optional<UtcSecond> time(std::string_view name);  // RFC 3339 with a zone
    // One of the words.
    std::optional<std::string> word(std::string_view name,
                                    std::initializer_list<std::string_view> words);
    std::optional<std::vector<std::string>> texts(std::string_view name, std::size_t max);
    const boost::json::object& object() const { return object_; }

    // Whatever field is not in the list is a fault: nothing that was sent is lost in silence.
    void allow_only(std::initializer_list<std::string_view> names);
    void fault(std::string_view name, std::string key, TextArgs args = {});
    bool ok() const { return faults_.empty(); }
    const std::vector<BodyFault>& faults() const { return faults_; }

private:
    const boost::json::value* find(std::string_view name) const;  // null counts as absent

    boost::json::object object_;
    std::vector<BodyFault> faults_;
};

}  // namespace klarsyn
