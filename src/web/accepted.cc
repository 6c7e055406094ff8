#include "web/accepted.h"

#include <algorithm>
#include <cstdlib>
#include <string>

namespace klarsyn {
namespace {

constexpr std::size_t kHeaderMax = 1000;

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

// "en-GB;q=0.8": its weight from 0 to 1000; 1000 where it gives none, 0 for nonsense.
int weight_of(std::string_view range) {
    const std::size_t at = range.find(';');
    if (at == range.npos) return 1000;
    const std::string_view given = trimmed(range.substr(at + 1));
    if (!given.starts_with("q=") && !given.starts_with("Q=")) return 0;
    const double weight = std::strtod(std::string(given.substr(2)).c_str(), nullptr);
    return weight >= 0 && weight <= 1 ? static_cast<int>(weight * 1000) : 0;
}

std::string primary_of(std::string_view range) {
    std::string primary(trimmed(range.substr(0, std::min(range.find(';'), range.size()))));
    primary.resize(std::min(primary.find('-'), primary.size()));
    for (char& c : primary)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return primary;
}

}  // namespace

Language accepted_language(std::string_view header) {
    std::string first;
    int most = 0;
    for (header = header.substr(0, kHeaderMax); !header.empty();) {
        const std::size_t end = std::min(header.find(','), header.size());
        const std::string_view range = header.substr(0, end);
        header.remove_prefix(std::min(end + 1, header.size()));
        if (const int weight = weight_of(range); weight > most) {
            most = weight;
            first = primary_of(range);
        }
    }
    return first == "en" ? Language::en : Language::da;
}

}  // namespace klarsyn
