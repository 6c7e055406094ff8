#include "protocols/html_text.h"

#include <libxml/HTMLparser.h>
#include <libxml/tree.h>

#include <algorithm>
#include <array>
#include <climits>
#include <memory>

namespace klarsyn {
namespace {

constexpr std::size_t kHtmlBytesMax = 4 << 20;

constexpr std::array<std::string_view, 9> kSilent = {"script", "style",  "head",  "template", "noscript",
                                                     "object", "iframe", "title", "svg"};
constexpr std::array<std::string_view, 24> kBlocks = {
    "p",  "div", "br", "tr", "li",      "ul",     "ol",     "table",   "h1",      "h2",     "h3",   "h4",
    "h5", "h6",  "hr", "dd", "article", "header", "footer", "section", "pre",     "dt",     "form", "blockquote"};

std::string_view name_of(const xmlNode* node) {
    return node->name != nullptr ? reinterpret_cast<const char*>(node->name) : "";
}

template <std::size_t Size>
bool is_in(const std::array<std::string_view, Size>& list, std::string_view name) {
    return std::find(list.begin(), list.end(), name) != list.end();
}

// Words with one space between them; a break ends the line, never more than one line stays empty.
class Lines {
public:
    explicit Lines(std::size_t most) : most_(most) {}
    void words(std::string_view text) {
        for (const char c : text) {
            if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f') {
                space_ = true;
                continue;
            }
            if (space_ && !text_.empty() && text_.back() != '\n') text_ += ' ';
            space_ = false;
            text_ += c;
        }
    }
    void line_break() {
        space_ = false;
        if (!text_.empty() && !text_.ends_with("\n\n")) text_ += '\n';
    }
    bool full() const { return text_.size() > most_; }
    std::string take() {
        while (text_.ends_with('\n')) text_.pop_back();
        return std::move(text_);
    }

private:
    std::string text_;
    std::size_t most_;
    bool space_ = false;
};

// Walks without recursion: depth costs no stack.
void walk(const xmlNode* root, Lines& lines) {
    const xmlNode* node = root;
    while (node != nullptr && !lines.full()) {
        const bool element = node->type == XML_ELEMENT_NODE;
        if ((node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE) && node->content != nullptr)
            lines.words(reinterpret_cast<const char*>(node->content));
        if (element && is_in(kBlocks, name_of(node))) lines.line_break();
        const bool enter = node->children != nullptr && (!element || !is_in(kSilent, name_of(node))) &&
                           node->type != XML_ENTITY_REF_NODE && node->type != XML_DTD_NODE;
        if (enter) {
            node = node->children;
            continue;
        }
        while (node != root && node->next == nullptr) {
            node = node->parent;
            if (node->type == XML_ELEMENT_NODE && is_in(kBlocks, name_of(node))) lines.line_break();
        }
        node = node == root ? nullptr : node->next;
    }
}

}  // namespace

std::string html_to_text(std::string_view html, std::size_t bytes_max) {
    html = html.substr(0, std::min(html.size(), kHtmlBytesMax));
    struct Free {
        void operator()(xmlDoc* document) const { xmlFreeDoc(document); }
    };
    const std::unique_ptr<xmlDoc, Free> document(
        htmlReadMemory(html.data(), static_cast<int>(html.size()), nullptr, "utf-8",
                       HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING |
                           HTML_PARSE_NONET));
    if (!document) return "";
    Lines lines(bytes_max);
    for (const xmlNode* node = document->children; node != nullptr && !lines.full(); node = node->next)
        walk(node, lines);
    return lines.take();
}

}  // namespace klarsyn
