// Reading the settings of a check. The first fault is kept and told by finish(), so that a protocol
// reads all its fields in a row; what follows a fault reads as empty. A field that nobody asked for
// is a fault, too: a misspelt one must not be silently without effect. One thread; the object must
// outlive the reader.
#pragma once

#include <boost/json/object.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace klarsyn {

class Fields {
public:
    // `within`: what stands before the name in an error, e.g. "steps[2]."
    explicit Fields(const boost::json::object& object, std::string within = {})
        : object_(object), within_(std::move(within)) {}

    bool has(std::string_view name);
    // Texts hold no control character but tab and newline, and at most 8,192 bytes.
    std::string text(std::string_view name);  // needed and not empty
    std::string text(std::string_view name, std::string_view otherwise);
    // One of the words; the first is what holds where the field is missing.
    std::string word(std::string_view name, const std::vector<std::string_view>& words);
    // Name or address of a machine, needed: no blank, no slash, at most 253 bytes.
    std::string host(std::string_view name = "host");
    int port(std::string_view name, int otherwise);  // 1..65535; otherwise 0: needed
    std::int64_t number(std::string_view name, std::int64_t least, std::int64_t most,
                        std::optional<std::int64_t> otherwise = {});
    std::vector<std::int64_t> numbers(std::string_view name, std::int64_t least,
                                      std::int64_t most);  // a list; missing: empty
    bool flag(std::string_view name, bool otherwise);
    std::vector<std::string> texts(std::string_view name);            // a list; missing: empty
    std::map<std::string, std::string> table(std::string_view name);  // of texts; missing: empty
    const boost::json::object* object(std::string_view name);         // missing: null
    std::vector<const boost::json::object*> objects(std::string_view name);  // missing: empty
    // The protocol's own fault with a field; `key` is a text key.
    void fault(std::string_view name, std::string_view key);

    // invalid_input with the field: the first fault, or a field that nobody read.
    Result<void> finish();

private:
    const boost::json::value* find(std::string_view name);

    const boost::json::object& object_;
    std::string within_;
    std::set<std::string, std::less<>> read_;
    std::optional<Error> fault_;
};

}  // namespace klarsyn
