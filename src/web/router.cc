#include "web/routes.h"

namespace klarsyn {
namespace {

std::string_view take_segment(std::string_view& path) {
    if (!path.empty() && path.front() == '/') path.remove_prefix(1);
    const std::size_t end = path.find('/');
    const std::string_view segment = path.substr(0, end);
    path = end == std::string_view::npos ? std::string_view() : path.substr(end);
    return segment;
}

}  // namespace

std::optional<Pairs> match_pattern(std::string_view pattern, std::string_view path) {
    Pairs params;
    while (!pattern.empty() || !path.empty()) {
        if (pattern.empty() || path.empty()) return std::nullopt;
        const std::string_view wanted = take_segment(pattern);
        const std::string_view given = take_segment(path);
        const std::size_t open = wanted.find('{');
        if (open == std::string_view::npos) {
            if (wanted != given) return std::nullopt;
            continue;
        }
        // "{edition}.pdf": the rest of the segment after the name must stand there as it is.
        const std::size_t close = wanted.find('}');
        const std::string_view suffix = wanted.substr(close + 1);
        if (given.size() <= suffix.size() || !given.ends_with(suffix)) return std::nullopt;
        params.emplace_back(wanted.substr(open + 1, close - open - 1),
                            given.substr(0, given.size() - suffix.size()));
    }
    return params;
}

Match match_route(std::span<const Route> table, std::string_view method, std::string_view path) {
    Match match;
    match.status = 404;
    std::size_t fixed_best = 0;
    for (const Route& route : table) {
        auto params = match_pattern(route.pattern, path);
        if (!params) continue;
        if (route.method != method) {
            if (match.route == nullptr) match.status = 405;
            continue;
        }
        // Fewer and shorter parameters first: "/figures.csv" before "/{name}".
        std::size_t fixed = 1 + path.size();
        for (const auto& [name, value] : *params) fixed -= value.size();
        if (match.route != nullptr && fixed <= fixed_best) continue;
        fixed_best = fixed;
        match = {&route, 200, std::move(*params)};
    }
    return match;
}

}  // namespace klarsyn
