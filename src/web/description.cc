#include "web/description.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <cstdio>
#include <cstdlib>

#include "core/text.h"

namespace klarsyn {
namespace {

namespace json = boost::json;

constexpr std::string_view kBase = "web/openapi/openapi.json";

bool is_fragment(std::string_view path) {
    return path != kBase && path.find("/openapi/") != std::string_view::npos &&
           path.ends_with(".json");
}

Error fault(std::string_view key, std::string_view file, std::string name = "") {
    return make_error(ErrorCode::invalid_input, std::string(key),
                      {{"file", std::string(file)}, {"name", std::move(name)}});
}

Result<json::object> parse_file(const EmbeddedFile& file) {
    json::error_code error;
    json::value value = json::parse(file.text, error);
    if (error || !value.is_object()) return fault("web.description.no_object", file.path);
    return std::move(value.as_object());
}

// Adds the members of `from`, `levels` deep; the same name twice at the last level is a fault.
Result<void> add(json::object& into, const json::object& from, int levels, std::string_view file) {
    for (const auto& [name, value] : from) {
        json::value* known = into.if_contains(name);
        if (known == nullptr) {
            into.emplace(name, value);
        } else if (levels > 1 && known->is_object() && value.is_object()) {
            KL_CHECK(add(known->as_object(), value.as_object(), levels - 1, file));
        } else {
            return fault("web.description.twice", file, std::string(name));
        }
    }
    return {};
}

Result<void> add_fragment(json::object& document, const EmbeddedFile& file) {
    KL_TRY(const json::object fragment, parse_file(file));
    for (const auto& [name, value] : fragment)
        if ((name != "paths" && name != "components") || !value.is_object())
            return fault("web.description.other", file.path, std::string(name));
    return add(document, fragment, 3, file.path);  // paths, path, method; components, kind, name
}

}  // namespace

Result<json::object> merge_description(std::span<const EmbeddedFile> files) {
    json::object document;
    for (const EmbeddedFile& file : files) {
        if (file.path != kBase) continue;
        KL_TRY(document, parse_file(file));
    }
    if (document.empty()) return fault("web.description.no_object", kBase);
    for (const EmbeddedFile& file : files) {
        if (is_fragment(file.path)) KL_CHECK(add_fragment(document, file));
    }
    return document;
}

const std::string& description_text(std::span<const EmbeddedFile> files) {
    static const std::string kText = [&] {
        const auto merged = merge_description(files);
        if (!merged.ok()) {
            std::fprintf(stderr, "%s\n", describe(merged.error(), Language::en).c_str());
            std::abort();
        }
        return json::serialize(*merged) + "\n";
    }();
    return kText;
}

}  // namespace klarsyn
