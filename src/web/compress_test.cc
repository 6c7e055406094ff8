// What is packed and what is not; tags of packed answers; through the dispatcher as a client sees it.
#include "web/compress.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include "web/web_fixture.h"

namespace klarsyn {
namespace {

std::string unpacked(std::string_view packed) {
    z_stream stream{};
    EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
    std::string out(16 * 1024 * 1024, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    stream.avail_in = static_cast<uInt>(packed.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
    out.resize(stream.total_out);
    inflateEnd(&stream);
    return out;
}

bool takes(const std::string& accepted) {
    Request request;
    request.headers = {{"accept-encoding", accepted}};
    return takes_gzip(request);
}

std::string header(const Response& response, std::string_view name) {
    for (const auto& [key, value] : response.headers)
        if (key == name) return value;
    return "";
}

TEST(Compress, TheClientDecides) {
    EXPECT_TRUE(takes("gzip, deflate, br"));
    EXPECT_TRUE(takes("br;q=1.0, GZIP;q=0.2"));
    EXPECT_TRUE(takes("*"));
    EXPECT_FALSE(takes(""));
    EXPECT_FALSE(takes("br, deflate"));
    EXPECT_FALSE(takes("gzip;q=0"));
    EXPECT_FALSE(takes("gzip; q=0.000, *"));
    EXPECT_FALSE(takes("*;q=0"));
    EXPECT_FALSE(takes("notgzip"));
}

TEST(Compress, OnlyWholeTextsOfSomeSize) {
    Response response;
    response.body = std::string(kCompressFrom, 'x');
    EXPECT_TRUE(compressible(response));
    response.body.pop_back();
    EXPECT_FALSE(compressible(response));
    response.body = std::string(5000, 'x');
    for (const char* type : {"application/pdf", "image/png", "font/woff2", "text/event-stream",
                             "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}) {
        response.type = type;
        EXPECT_FALSE(compressible(response)) << type;
    }
    response.type = "application/problem+json";
    EXPECT_TRUE(compressible(response));
    response.next_piece = [](WorkerTools&) -> Result<std::string> { return std::string(); };
    EXPECT_FALSE(compressible(response));
}

TEST(Compress, RoundTripAndHiddenLength) {
    const std::string text(20'000, 'a');
    const std::string once = gzip(text, 1);
    EXPECT_EQ(unpacked(once), text);
    bool differs = false;
    for (int i = 0; i < 50 && !differs; ++i) differs = gzip(text, 1).size() != once.size();
    EXPECT_TRUE(differs);
    EXPECT_EQ(packed_tag("\"abc\""), "\"abc-gz\"");
}

class CompressTest : public ::testing::Test {
protected:
    Response ask(const std::string& target, const std::string& encoding, const std::string& tag = "") {
        Request request = web_.get(target, Role::admin);
        if (!encoding.empty()) request.headers.emplace_back("accept-encoding", encoding);
        if (!tag.empty()) request.headers.emplace_back("if-none-match", tag);
        return web_.ask(request);
    }
    WebFixture web_;
};

TEST_F(CompressTest, APageIsTheSamePacked) {
    const std::string target = "/api/v1/figures";
    const Response plain = ask(target, "");
    EXPECT_EQ(header(plain, "Content-Encoding"), "");
    EXPECT_EQ(header(plain, "Vary"), "Accept-Encoding");
    const Response packed = ask(target, "gzip");
    EXPECT_EQ(header(packed, "Content-Encoding"), "gzip");
    EXPECT_EQ(header(packed, "Vary"), "Accept-Encoding");
    EXPECT_LT(packed.size(), plain.size() / 2);
    EXPECT_EQ(unpacked(packed.content()), plain.content());
    EXPECT_EQ(header(ask("/livez", "gzip"), "Content-Encoding"), "");  // small
    const Response page = ask("/figures", "gzip");
    EXPECT_NE(unpacked(page.content()).find("</html>"), std::string::npos);
}

TEST_F(CompressTest, AnAssetIsPackedOnceAndHasATagOfItsOwn) {
    const Response plain = ask("/assets/style.css", "");
    const Response packed = ask("/assets/style.css", "gzip");
    EXPECT_EQ(header(packed, "Content-Encoding"), "gzip");
    EXPECT_EQ(unpacked(packed.content()), plain.content());
    EXPECT_EQ(packed.etag, packed_tag(plain.etag));
    EXPECT_NE(packed.etag, plain.etag);
    EXPECT_EQ(ask("/assets/style.css", "gzip").content().data(), packed.content().data());
    const Response known = ask("/assets/style.css", "gzip", packed.etag);
    EXPECT_EQ(known.status, 304);
    EXPECT_TRUE(known.content().empty());
    EXPECT_EQ(known.etag, packed.etag);
    EXPECT_EQ(header(known, "Content-Encoding"), "");
    EXPECT_EQ(header(known, "Vary"), "Accept-Encoding");
    EXPECT_EQ(ask("/assets/style.css", "gzip", plain.etag).status, 200);
    EXPECT_EQ(ask("/assets/style.css", "", plain.etag).status, 304);
    EXPECT_EQ(ask("/assets/style.css", "", packed.etag).status, 200);
}

TEST(Compress, AVersionKeepsItsTag) {
    Request request;
    request.headers = {{"accept-encoding", "gzip"}};
    Response response;
    response.type = "application/json";
    response.body = std::string(5000, 'x');
    response.etag = "\"7\"";
    EXPECT_EQ(choose_packing(request, PackedAssets({}), Where::worker, response), Packing::none);
    EXPECT_EQ(response.etag, "\"7\"");
    response.etag.clear();
    EXPECT_EQ(choose_packing(request, PackedAssets({}), Where::network, response), Packing::none);
    EXPECT_EQ(choose_packing(request, PackedAssets({}), Where::worker, response), Packing::now);
}

}  // namespace
}  // namespace klarsyn
