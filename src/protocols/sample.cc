#include "protocols/sample.h"

#include <algorithm>

#include "core/utf8.h"

namespace klarsyn {
namespace {

constexpr std::size_t kLabelsMax = 64;
constexpr std::size_t kBytesMax = 4096;  // of one name or value

}  // namespace

std::string check_labels(Labels& labels) {
    std::erase_if(labels, [](const auto& label) { return label.second.empty(); });
    if (labels.size() > kLabelsMax) return "reject.sample.labels_many";
    std::sort(labels.begin(), labels.end());
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const auto& [name, value] = labels[i];
        if (name.empty()) return "reject.sample.label_unnamed";
        if (name.size() > kBytesMax || value.size() > kBytesMax) return "reject.sample.label_long";
        if (!well_formed_utf8(name) || !well_formed_utf8(value)) return "reject.sample.not_utf8";
        if (i > 0 && labels[i - 1].first == name) return "reject.sample.label_twice";
    }
    return {};
}

std::string_view find_label(const Labels& labels, std::string_view name) {
    const auto found = std::lower_bound(
        labels.begin(), labels.end(), name,
        [](const auto& label, std::string_view wanted) { return label.first < wanted; });
    return found != labels.end() && found->first == name ? std::string_view(found->second)
                                                         : std::string_view();
}

std::string series_text(std::string_view name, const Labels& labels) {
    std::string out(name);
    for (std::size_t i = 0; i < labels.size(); ++i) {
        out += i == 0 ? '{' : ',';
        out += labels[i].first + "=\"";
        for (const char c : labels[i].second) {
            if (c == '\\' || c == '"') out += '\\';
            out += c == '\n' ? std::string("\\n") : std::string(1, c);
        }
        out += '"';
    }
    if (!labels.empty()) out += '}';
    return out;
}

}  // namespace klarsyn
