// HTML that we wrote ourselves, as trees of elements.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "modules/board/board.h"

namespace klarsyn::board {
namespace {

namespace json = boost::json;

struct Entity {
    std::string_view name, text;
};
constexpr Entity kEntities[] = {{"&amp;", "&"},   {"&lt;", "<"},  {"&gt;", ">"},
                                {"&quot;", "\""}, {"&#39;", "'"}, {"&#x27;", "'"}};

std::string plain(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const Entity* found = nullptr;
        for (const Entity& one : kEntities)
            if (text.starts_with(one.name)) found = &one;
        out += found != nullptr ? found->text : text.substr(0, 1);
        text.remove_prefix(found != nullptr ? found->name.size() : 1);
    }
    return out;
}

class Reader {
public:
    explicit Reader(std::string_view html) : rest_(html) {}

    // What stands until the end, or until the element that holds it is closed.
    json::array nodes() {
        json::array list;
        while (!rest_.empty()) {
            if (rest_.starts_with("</")) {
                rest_.remove_prefix(std::min(rest_.find('>'), rest_.size() - 1) + 1);
                return list;
            }
            if (rest_.front() == '<')
                list.push_back(element());
            else
                list.push_back(json::value(plain(until('<'))));
        }
        return list;
    }

private:
    std::string_view until(char end) {
        const std::string_view part = rest_.substr(0, rest_.find(end));
        rest_.remove_prefix(part.size());
        return part;
    }

    json::array element() {
        rest_.remove_prefix(1);
        std::string_view tag = rest_.substr(0, rest_.find('>'));
        rest_.remove_prefix(std::min(tag.size() + 1, rest_.size()));
        const bool closed = tag.ends_with('/');
        if (closed) tag.remove_suffix(1);
        const std::string_view name = tag.substr(0, tag.find(' '));
        tag.remove_prefix(name.size());
        json::array node = {name, attributes(tag)};
        if (closed || name == "br" || name == "input") return node;
        for (json::value& child : nodes()) node.push_back(std::move(child));
        return node;
    }

    static json::object attributes(std::string_view text) {
        json::object all;
        while (true) {
            const std::size_t begin = text.find_first_not_of(' ');
            if (begin == std::string_view::npos) return all;
            text.remove_prefix(begin);
            const std::size_t end = std::min(text.find_first_of(" ="), text.size());
            const std::string_view name = text.substr(0, end);
            text.remove_prefix(end);
            std::string_view value;
            if (text.starts_with("=\"")) {
                text.remove_prefix(2);
                value = text.substr(0, text.find('"'));
                text.remove_prefix(std::min(value.size() + 1, text.size()));
            }
            all[name] = plain(value);
        }
    }

    std::string_view rest_;
};

}  // namespace

std::string tree_json(std::string_view html) { return json::serialize(Reader(html).nodes()); }

}  // namespace klarsyn::board
