#include "protocols/multipart.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <fstream>

namespace klarsyn {
namespace {

std::string unescape(std::string_view line) {
    std::string out;
    for (std::size_t at = 0; at < line.size(); ++at) {
        if (line[at] != '\\' || at + 1 == line.size()) {
            out += line[at];
            continue;
        }
        switch (line[++at]) {
            case 'r': out += '\r'; break;
            case 'n': out += '\n'; break;
            case 'x':
                out +=
                    static_cast<char>(std::stoi(std::string(line.substr(at + 1, 2)), nullptr, 16));
                at += 2;
                break;
            default: out += line[at];
        }
    }
    return out;
}

struct Sample {
    std::string parts, body;
};

std::vector<Sample> corpus() {
    std::ifstream file(KLARSYN_SOURCE_DIR "/tests/data/files/multipart.txt");
    std::vector<Sample> all;
    std::string line;
    while (std::getline(file, line)) {
        if (line.starts_with("#")) continue;
        const auto tab = line.find('\t');
        all.push_back({line.substr(0, tab), unescape(line.substr(tab + 1))});
    }
    return all;
}

TEST(Multipart, CorpusIsReadOrRefused) {
    const auto samples = corpus();
    EXPECT_GT(samples.size(), 35u);
    for (const Sample& sample : samples) {
        const auto parsed = parse_multipart(sample.body, "B");
        const std::string got = parsed.ok() ? std::to_string(parsed->size()) : "bad";
        EXPECT_EQ(got, sample.parts) << sample.body;
        if (!parsed.ok()) {
            EXPECT_EQ(parsed.error().key, "error.multipart.damaged") << sample.body;
        }
    }
}

TEST(Multipart, FieldsAndFilesComeAsSent) {
    const std::string body =
        "--x y\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nPrinter\r\n"
        "--x y\r\nContent-Type: image/png\r\n"
        "Content-Disposition: form-data; name=\"file\"; filename=\"a;\\\"b.png\"\r\n\r\n"
        "\x89PNG\r\n\r\n--x z\r\n--x y--\r\n";
    const auto fields = parse_multipart(body, "x y").take();
    ASSERT_EQ(fields.size(), 2u);
    EXPECT_EQ(fields[0].name, "title");
    EXPECT_FALSE(fields[0].is_file);
    EXPECT_EQ(fields[0].bytes, "Printer");
    EXPECT_TRUE(fields[1].is_file);
    EXPECT_EQ(fields[1].file_name, "a;\"b.png");
    EXPECT_EQ(fields[1].type, "image/png");
    EXPECT_EQ(fields[1].bytes, "\x89PNG\r\n\r\n--x z");
}

TEST(Multipart, LimitsHold) {
    auto part = [](const std::string& bytes) {
        return "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n" + bytes + "\r\n";
    };
    std::string many;
    for (int i = 0; i < 65; ++i) many += part("x");
    EXPECT_EQ(parse_multipart(many + "--B--", "B").error().key, "error.multipart.too_much");
    EXPECT_EQ(parse_multipart(part(std::string(300'000, 'x')) + "--B--", "B").error().key,
              "error.multipart.too_much");
    const std::string long_header = "--B\r\nX: " + std::string(5000, 'x') + "\r\n\r\nx\r\n--B--";
    EXPECT_EQ(parse_multipart(long_header, "B").error().key, "error.multipart.too_much");
    const std::string file =
        "--B\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x\"\r\n\r\n" +
        std::string(1'000'000, '\r') + "\r\n--B--";
    EXPECT_EQ(parse_multipart(file, "B").take().front().bytes.size(), 1'000'000u);
}

TEST(Multipart, BoundaryIsTakenFromTheType) {
    auto boundary = [](std::string_view type) {
        auto found = multipart_boundary(type);
        return found.ok() ? *found : found.error().key;
    };
    EXPECT_EQ(boundary("multipart/form-data; boundary=----WebKitFormBoundaryx1"),
              "----WebKitFormBoundaryx1");
    EXPECT_EQ(boundary("Multipart/Form-Data; charset=utf-8; boundary=\"a b\""), "a b");
    for (const char* type :
         {"", "multipart/form-data", "multipart/mixed; boundary=x",
          "multipart/form-data; boundary=", "multipart/form-data; boundary=\"x \"",
          "multipart/form-data; boundary=\"x\r\ny\"", "multipart/form-data; boundary=x; boundary=y",
          "multipart/form-data; boundary=æ"}) {
        EXPECT_EQ(boundary(type), "error.multipart.type") << type;
    }
    EXPECT_EQ(boundary("multipart/form-data; boundary=" + std::string(71, 'x')),
              "error.multipart.type");
}

// Bodies of the corpus with bytes changed, put in, taken out and cut off: refused or read, and what
// is read lies inside the body.
TEST(MultipartProperty, NoBodyBreaksIt) {
    const auto samples = corpus();
    EXPECT_TRUE(rc::check("fuzz", [&] {
        std::string body = (*rc::gen::elementOf(samples)).body;
        const int changes = *rc::gen::inRange(0, 6);
        for (int i = 0; i < changes && !body.empty(); ++i) {
            const auto at = *rc::gen::inRange<std::size_t>(0, body.size());
            switch (*rc::gen::inRange(0, 4)) {
                case 0: body[at] = *rc::gen::arbitrary<char>(); break;
                case 1: body.erase(at, *rc::gen::inRange<std::size_t>(1, 5)); break;
                case 2:
                    body.insert(at,
                                *rc::gen::element<std::string>("\r\n", "--B", "\"", ";", "=",
                                                               "\r\n\r\n", "\r\n--B--", ":", "\\"));
                    break;
                default: body.resize(at);
            }
        }
        const auto parsed = parse_multipart(body, "B");
        if (!parsed.ok()) return;
        for (const MultipartField& field : *parsed) {
            RC_ASSERT(!field.name.empty());
            if (field.bytes.empty()) continue;
            RC_ASSERT(field.bytes.data() >= body.data());
            RC_ASSERT(field.bytes.data() + field.bytes.size() <= body.data() + body.size());
            RC_ASSERT(field.bytes.find("\r\n--B") == std::string_view::npos);
        }
    }));
}

TEST(MultipartProperty, ACutOffBodyIsRefused) {
    for (const Sample& sample : corpus()) {
        if (sample.parts == "bad") continue;
        const auto end = sample.body.rfind("--B--");
        for (std::size_t size = 0; size < end + 5; ++size)
            EXPECT_FALSE(parse_multipart(sample.body.substr(0, size), "B").ok()) << size;
    }
}

}  // namespace
}  // namespace klarsyn
