#include "web/http.h"

#include <gtest/gtest.h>

#include "web/metrics.h"

namespace klarsyn {
namespace {

TEST(Http, TargetsAreDecodedOnceAndStrictly) {
    Request request;
    request.target = "/f/current/a%2Fb?where=queue%3Dx+y&where=z&empty&lang=da";
    ASSERT_TRUE(parse_target(request));
    EXPECT_EQ(request.path, "/f/current/a/b");
    EXPECT_EQ(request.all("where"), (std::vector<std::string>{"queue=x y", "z"}));
    EXPECT_EQ(request.find("empty"), "");
    EXPECT_FALSE(request.find("none"));
    for (const char* bad : {"", "*", "http://x/", "/%", "/%2", "/%zz", "/%00", "/a?b=%00", "/a?%zz"}) {
        request.target = bad;
        EXPECT_FALSE(parse_target(request)) << bad;
    }
}

TEST(Http, EncodingReadsBack) {
    const std::string odd = "a b&c=d/\xC3\xA6+%\"<";
    EXPECT_EQ(url_decode(url_encode(odd), true), odd);
    EXPECT_EQ(parse_query(build_query({{"k", odd}, {"l", ""}}).substr(1)),
              (Pairs{{"k", odd}, {"l", ""}}));
    EXPECT_EQ(build_query({}), "");
}

TEST(Http, CookiesAreFoundByTheirWholeName) {
    Request request;
    request.headers = {{"cookie", "xklarsyn=1; klarsyn=two; klarsyn_form=3"}};
    EXPECT_EQ(request.cookie("klarsyn"), "two");
    EXPECT_EQ(request.cookie("klarsyn_form"), "3");
    EXPECT_EQ(request.cookie("klar"), "");
}

TEST(Http, HeadHoldsNoForeignLine) {
    Response response;
    response.headers.emplace_back("Location", "/x\r\nSet-Cookie: evil=1");
    response.body = "abc";
    const std::string head = response_head(response, AfterAnswer::close, 784111777);
    EXPECT_EQ(head,
              "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
              "Content-Type: text/html; charset=utf-8\r\nLocation: /xSet-Cookie: evil=1\r\n"
              "Content-Length: 3\r\nConnection: close\r\n\r\n");
    response.next_piece = [](WorkerTools&) { return Result<std::string>(std::string()); };
    EXPECT_NE(response_head(response, AfterAnswer::keep_open, 0).find("Transfer-Encoding: chunked"),
              std::string::npos);
}

TEST(Metrics, HistogramsCountUpToInfinityAndNamesAreEscaped) {
    Metrics metrics;
    metrics.request("GET", "/f/{edition}/{figure}", 200, 0.002);
    metrics.request("GET", "/f/{edition}/{figure}", 404, 99);
    const std::string text = metrics.text();
    const auto has = [&](const std::string& line) {
        return text.find(line + "\n") != std::string::npos;
    };
    EXPECT_TRUE(has("# TYPE klarsyn_http_requests counter"));
    EXPECT_TRUE(has("klarsyn_http_requests_total{method=\"GET\",route=\"/f/{edition}/{figure}\","
                    "status=\"2xx\"} 1"));
    const std::string bucket =
        "klarsyn_http_request_duration_seconds_bucket{route=\"/f/{edition}/{figure}\",le=";
    EXPECT_TRUE(has(bucket + "\"0.001\"} 0"));
    EXPECT_TRUE(has(bucket + "\"0.0025\"} 1"));
    EXPECT_TRUE(has(bucket + "\"10.0\"} 1"));
    EXPECT_TRUE(has(bucket + "\"+Inf\"} 2"));
    EXPECT_EQ(gauge_text("a", "Help.", {{{{"source", "x\"\\\n"}}, 1.5}}),
              "# TYPE a gauge\n# HELP a Help.\na{source=\"x\\\"\\\\\\n\"} 1.5\n");
}

}  // namespace
}  // namespace klarsyn
