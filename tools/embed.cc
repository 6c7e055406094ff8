// embed: turns data files into a C++ source that the binary carries.
//
//   embed assets ROOT LIST OUT.cc    the raw bytes of every file
//   embed texts  ROOT LIST OUT.cc    the text catalogue of every text/da.toml and text/en.toml
//
// LIST holds one path per line, below ROOT. A fault in a text file ends with exit code 1 and names
// the file and the key, so that the build fails there.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <toml++/toml.h>

namespace {

struct Source {
    std::string path;  // relative to the root
    std::string text;
};

std::string read_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) throw std::runtime_error(path + ": cannot be read");
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::vector<Source> read_sources(const std::string& root, const std::string& list) {
    std::vector<Source> sources;
    std::ifstream in(list);
    if (!in) throw std::runtime_error(list + ": cannot be read");
    for (std::string line; std::getline(in, line);) {
        if (!line.empty()) sources.push_back({line, read_file(root + "/" + line)});
    }
    std::sort(sources.begin(), sources.end(),
              [](const Source& a, const Source& b) { return a.path < b.path; });
    return sources;
}

// A string literal, cut into short pieces so that no line grows without bound.
std::string literal(std::string_view text) {
    std::string out = "\"";
    std::size_t column = 0;
    for (unsigned char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
            out += static_cast<char>(c);
        } else if (c == '\n') {
            out += "\\n";
        } else if (c < 32 || c > 126 || c == '?') {  // '?' could begin a trigraph
            char octal[5];
            std::snprintf(octal, sizeof octal, "\\%03o", static_cast<unsigned>(c));
            out += octal;
        } else {
            out += static_cast<char>(c);
        }
        if (++column % 100 == 0) out += "\"\n\"";
    }
    return out + "\"";
}

// The length is written out, because a file may hold NUL bytes.
std::string view(std::string_view text) {
    return "{" + literal(text) + ", " + std::to_string(text.size()) + "}";
}

std::string_view below_src(std::string_view path) {
    return path.substr(0, 4) == "src/" ? path.substr(4) : path;
}

std::string assets(std::vector<Source> sources) {
    std::sort(sources.begin(), sources.end(), [](const Source& a, const Source& b) {
        return below_src(a.path) < below_src(b.path);
    });
    std::string out =
        "#include \"core/embedded.h\"\n\nnamespace klarsyn {\nnamespace {\n\n"
        "constexpr EmbeddedFile kFiles[] = {\n";
    for (const Source& source : sources)
        out += "{" + view(below_src(source.path)) + ",\n" + view(source.text) + "},\n";
    out += "{{}, {}}};\nconstexpr std::size_t kCount = " + std::to_string(sources.size()) +
           ";\n\n}  // namespace\n\n"
           "std::vector<EmbeddedFile> embedded_files(std::string_view prefix) {\n"
           "    std::vector<EmbeddedFile> found;\n"
           "    for (std::size_t i = 0; i < kCount; ++i)\n"
           "        if (kFiles[i].path.substr(0, prefix.size()) == prefix)"
           " found.push_back(kFiles[i]);\n"
           "    return found;\n}\n\n}  // namespace klarsyn\n";
    return out;
}

struct Text {
    std::string value;
    std::string file;
};
using Texts = std::map<std::string, Text>;

struct Faults {
    std::vector<std::string> lines;
    void add(const std::string& file, const std::string& key, const std::string& what) {
        lines.push_back(file + ": " + key + ": " + what);
    }
};

void flatten(const toml::table& table, const std::string& prefix, const std::string& file,
             Texts& texts, Faults& faults) {
    for (const auto& [name, node] : table) {
        std::string key =
            prefix.empty() ? std::string(name.str()) : prefix + "." + std::string(name.str());
        if (const toml::table* inner = node.as_table()) {
            flatten(*inner, key, file, texts, faults);
        } else if (const auto* value = node.as_string()) {
            auto [at, added] = texts.try_emplace(key, Text{value->get(), file});
            if (!added) faults.add(file, key, "duplicate key, also in " + at->second.file);
        } else {
            faults.add(file, key, "is not a string");
        }
    }
}

// The names in {braces}. A brace that is no placeholder is a fault: it would be printed as it is.
std::set<std::string> placeholders(const std::string& key, const Text& text, Faults& faults) {
    std::set<std::string> names;
    const std::string& value = text.value;
    for (std::size_t at = 0; (at = value.find_first_of("{}", at)) != std::string::npos;) {
        std::size_t end = value.find('}', at);
        std::string name = end == std::string::npos ? "" : value.substr(at + 1, end - at - 1);
        bool plain =
            value[at] == '{' && !name.empty() &&
            name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos;
        if (!plain) {
            faults.add(text.file, key, "a brace that is no {placeholder}");
            return names;
        }
        names.insert(name);
        at = end + 1;
    }
    return names;
}

bool ends_with(std::string_view text, std::string_view end) {
    return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

void check_pair(const std::string& key, const Text& da, const Text& en, Faults& faults) {
    std::set<std::string> in_da = placeholders(key, da, faults);
    std::set<std::string> in_en = placeholders(key, en, faults);
    if (ends_with(key, ".one")) {  // "én kanal", "1 channel": the number may be a word
        in_da.erase("count");
        in_en.erase("count");
    }
    if (in_da != in_en)
        faults.add(en.file, key, "the {placeholders} differ from those in " + da.file);
}

void check_plural(const std::string& key, const Texts& texts, const Text& text, Faults& faults) {
    auto wants = [&](std::string_view have, const std::string& need) {
        if (!ends_with(key, have)) return;
        std::string other = key.substr(0, key.size() - have.size()) + need;
        if (texts.find(other) == texts.end()) faults.add(text.file, key, "without " + other);
    };
    wants(".one", ".other");
}

// "src/web/text/da.toml" with "en" -> "src/web/text/en.toml".
std::string sibling(const std::string& path, const std::string& language) {
    return path.substr(0, path.size() - 7) + language + ".toml";
}

std::string texts(const std::vector<Source>& sources) {
    Texts da, en;
    Faults faults;
    for (const Source& source : sources) {
        bool danish = ends_with(source.path, "/da.toml");
        if (!danish && !ends_with(source.path, "/en.toml"))
            throw std::runtime_error(source.path + ": texts are da.toml and en.toml");
        toml::table table = toml::parse(std::string_view(source.text), source.path);
        flatten(table, "", source.path, danish ? da : en, faults);
    }
    for (const auto& [key, text] : da) {
        auto other = en.find(key);
        if (other == en.end())
            faults.add(sibling(text.file, "en"), key, "missing (it is in " + text.file + ")");
        else
            check_pair(key, text, other->second, faults);
        check_plural(key, da, text, faults);
    }
    for (const auto& [key, text] : en) {
        if (da.find(key) == da.end())
            faults.add(sibling(text.file, "da"), key, "missing (it is in " + text.file + ")");
    }
    if (!faults.lines.empty()) {
        for (const std::string& line : faults.lines) std::cerr << line << '\n';
        throw std::runtime_error(std::to_string(faults.lines.size()) +
                                 " faults in the text catalogue");
    }
    std::string out =
        "#include \"core/text_catalogue.h\"\n\nnamespace klarsyn {\nnamespace {\n\n"
        "constexpr CatalogueText kTexts[] = {\n";
    for (const auto& [key, text] : da)
        out += "{" + view(key) + ", " + view(text.value) + ",\n" + view(en.at(key).value) + "},\n";
    out +=
        "{{}, {}, {}}};\n\n}  // namespace\n\n"
        "std::span<const CatalogueText> text_catalogue() {\n    return {kTexts, " +
        std::to_string(da.size()) + "};\n}\n\n}  // namespace klarsyn\n";
    return out;
}

int run(int argc, char** argv) {
    std::string mode = argc == 5 ? argv[1] : "";
    if (mode != "assets" && mode != "texts") {
        std::cerr << "usage: embed assets|texts ROOT LIST OUT.cc\n";
        return 2;
    }
    std::vector<Source> sources = read_sources(argv[2], argv[3]);
    std::string out = mode == "texts" ? texts(sources) : assets(std::move(sources));
    std::ofstream file(argv[4], std::ios::binary | std::ios::trunc);
    file << out;
    file.close();
    if (!file) throw std::runtime_error(std::string(argv[4]) + ": cannot be written");
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const toml::parse_error& fault) {
        std::cerr << *fault.source().path << ":" << fault.source().begin.line << ": "
                  << fault.description() << '\n';
    } catch (const std::exception& fault) {
        std::cerr << "embed: " << fault.what() << '\n';
    }
    return 1;
}
