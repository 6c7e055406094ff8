#include "reports/markdown.h"

#include <array>

namespace klarsyn {

Error section_error(std::string_view file, int line, std::string key, TextArgs args,
                    std::string field) {
    Error error = make_error(ErrorCode::invalid_input, std::move(key), std::move(args));
    error.file = std::string(file);
    error.line = line;
    error.field = std::move(field);
    return error;
}

namespace {

std::string_view trim(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r'))
        text.remove_suffix(1);
    return text;
}

// The words of a directive; "two words" in quotation marks are one, also after an equals sign.
std::vector<std::string> directive_words(std::string_view text) {
    std::vector<std::string> words;
    std::string word;
    bool quoted = false;
    for (const char c : text) {
        if (c == '"') {
            quoted = !quoted;
        } else if (c == ' ' && !quoted) {
            if (!word.empty()) words.push_back(std::move(word));
            word.clear();
        } else {
            word += c;
        }
    }
    if (!word.empty()) words.push_back(std::move(word));
    return words;
}

Result<InlineSpec> parse_directive(std::string_view file, int line, std::string_view body) {
    InlineSpec item;
    const auto words = directive_words(trim(body));
    const TextArgs shown = {{"directive", std::string(trim(body))}};
    if (words.size() == 1 && words[0] == "period") {
        item.period = true;
        return item;
    }
    if (words.size() < 2 || words[0] != "figure")
        return section_error(file, line, "report.error.directive_unknown", shown);
    item.span.kind = Span::Kind::figure;
    item.figure.emplace();
    item.figure->figure = words[1];
    item.figure->line = line;
    for (std::size_t i = 2; i < words.size(); ++i) {
        const auto equals = words[i].find('=');
        if (equals == std::string::npos || equals == 0 || equals + 1 == words[i].size())
            return section_error(file, line, "report.error.directive_filter", shown, words[i]);
        item.figure->where.push_back({words[i].substr(0, equals), words[i].substr(equals + 1)});
    }
    return item;
}

bool safe_address(std::string_view address) {
    for (const std::string_view start : {"https://", "http://", "mailto:", "/", "#"})
        if (address.starts_with(start)) return true;
    return false;
}

class InlineParser {
public:
    InlineParser(std::string_view file, int line, std::string_view text)
        : file_(file), line_(line), text_(text) {}

    Result<std::vector<InlineSpec>> run() {
        while (at_ < text_.size()) {
            KL_TRY(const bool taken, take_marked());
            if (!taken) plain_ += text_[at_++];
        }
        flush();
        return std::move(items_);
    }

private:
    struct Mark {
        std::string_view open, close;
        Span::Kind kind;
    };

    Result<bool> take_marked() {
        if (rest().starts_with("{{")) return take_directive();
        if (rest().starts_with("[")) return take_link();
        static constexpr std::array<Mark, 3> kMarks = {{{"**", "**", Span::Kind::strong},
                                                        {"*", "*", Span::Kind::emphasis},
                                                        {"`", "`", Span::Kind::code}}};
        for (const Mark& mark : kMarks) {
            if (!rest().starts_with(mark.open)) continue;
            const auto end = text_.find(mark.close, at_ + mark.open.size());
            if (end == std::string_view::npos)
                return section_error(file_, line_, "report.error.mark_open",
                                     {{"mark", std::string(mark.open)}});
            const auto begin = at_ + mark.open.size();
            push(mark.kind, text_.substr(begin, end - begin));
            at_ = end + mark.close.size();
            return true;
        }
        return false;
    }

    Result<bool> take_directive() {
        const auto end = text_.find("}}", at_);
        if (end == std::string_view::npos)
            return section_error(file_, line_, "report.error.mark_open", {{"mark", "{{"}});
        flush();
        KL_TRY(InlineSpec item,
               parse_directive(file_, line_, text_.substr(at_ + 2, end - at_ - 2)));
        items_.push_back(std::move(item));
        at_ = end + 2;
        return true;
    }

    Result<bool> take_link() {
        const auto middle = text_.find("](", at_);
        if (middle == std::string_view::npos) return false;
        const auto end = text_.find(')', middle);
        if (end == std::string_view::npos)
            return section_error(file_, line_, "report.error.mark_open", {{"mark", "]("}});
        const std::string_view address = text_.substr(middle + 2, end - middle - 2);
        if (!safe_address(address))
            return section_error(file_, line_, "report.error.address",
                                 {{"address", std::string(address)}});
        push(Span::Kind::link, text_.substr(at_ + 1, middle - at_ - 1));
        items_.back().span.href = std::string(address);
        at_ = end + 1;
        return true;
    }

    void push(Span::Kind kind, std::string_view text) {
        flush();
        InlineSpec item;
        item.span.kind = kind;
        item.span.text = std::string(text);
        items_.push_back(std::move(item));
    }
    void flush() {
        if (plain_.empty()) return;
        InlineSpec item;
        item.span.text = std::move(plain_);
        items_.push_back(std::move(item));
        plain_.clear();
    }
    std::string_view rest() const { return text_.substr(at_); }

    std::string_view file_;
    int line_;
    std::string_view text_;
    std::size_t at_ = 0;
    std::string plain_;
    std::vector<InlineSpec> items_;
};

class BlockParser {
public:
    BlockParser(std::string_view file, Language language) : file_(file), language_(language) {}

    Result<void> line(int number, std::string_view raw) {
        const std::string_view text = trim(raw);
        if (text.empty()) return close();
        if (text.starts_with("#")) return heading(number, text);
        if (text.starts_with("- ")) {
            KL_CHECK(open(TextSpec::Kind::bullet_list, number));
            pieces_.push_back({number, std::string(text.substr(2))});
            return {};
        }
        if (pieces_.empty() || block_.kind == TextSpec::Kind::heading) {
            KL_CHECK(open(TextSpec::Kind::paragraph, number));
            pieces_.push_back({number, std::string(text)});
        } else {
            pieces_.back().text += ' ';
            pieces_.back().text += text;
        }
        return {};
    }

    Result<void> close() {
        if (pieces_.empty()) return {};
        for (const Piece& piece : pieces_) {
            KL_TRY(auto spans, parse_inline(file_, piece.line, piece.text));
            block_.items.push_back(std::move(spans));
        }
        blocks_.push_back(std::move(block_));
        block_ = {};
        pieces_.clear();
        return {};
    }

    std::vector<TextSpec> take() { return std::move(blocks_); }

private:
    struct Piece {
        int line = 0;
        std::string text;
    };

    Result<void> open(TextSpec::Kind kind, int number) {
        if (!pieces_.empty() && block_.kind == kind) return {};
        KL_CHECK(close());
        block_.kind = kind;
        block_.language = language_;
        block_.line = number;
        return {};
    }

    Result<void> heading(int number, std::string_view text) {
        KL_CHECK(close());
        std::size_t marks = 0;
        while (marks < text.size() && text[marks] == '#') ++marks;
        if (marks < 2 || marks > 3 || marks >= text.size() || text[marks] != ' ')
            return section_error(file_, number, "report.error.heading");
        KL_CHECK(open(TextSpec::Kind::heading, number));
        block_.level = static_cast<int>(marks) + 1;  // the section's own title is level 2
        pieces_.push_back({number, std::string(trim(text.substr(marks)))});
        return close();
    }

    std::string_view file_;
    Language language_;
    TextSpec block_;
    std::vector<Piece> pieces_;
    std::vector<TextSpec> blocks_;
};

}  // namespace

Result<std::vector<InlineSpec>> parse_inline(std::string_view file, int line,
                                             std::string_view text) {
    return InlineParser(file, line, text).run();
}

Result<std::vector<TextSpec>> parse_markdown(std::string_view file, int first_line,
                                             std::string_view text, Language language) {
    BlockParser parser(file, language);
    int number = first_line;
    while (!text.empty()) {
        const auto end = text.find('\n');
        KL_CHECK(parser.line(number++, text.substr(0, end)));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    KL_CHECK(parser.close());
    return parser.take();
}

}  // namespace klarsyn
