// Every output of the shipped plans for made-up figures, byte for byte. `make golden` writes the
// files again (KLARSYN_GOLDEN=write); a difference is then read in the diff.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "reports/render.h"
#include "reports/report_fake.h"

namespace klarsyn {
namespace {

std::string golden_path(const std::string& name) {
    return std::string(KLARSYN_SOURCE_DIR) + "/tests/golden/reports/" + name;
}

void expect_golden(const std::string& name, const std::string& bytes) {
    const char* mode = std::getenv("KLARSYN_GOLDEN");
    if (mode && std::string(mode) == "write") {
        std::ofstream(golden_path(name), std::ios::binary) << bytes;
        return;
    }
    std::ifstream in(golden_path(name), std::ios::binary);
    ASSERT_TRUE(in) << golden_path(name);
    const std::string expected{std::istreambuf_iterator<char>(in),
                               std::istreambuf_iterator<char>()};
    EXPECT_TRUE(bytes == expected) << name << " differs; run make golden and read the difference";
}

void expect_outputs(const std::string& plan, const std::string& period) {
    FakeFigures figures;
    const Document document = fake_document(plan, *parse_period(period), figures);
    const std::string& style = shipped_library().standalone_style();
    EXPECT_FALSE(style.empty());
    expect_golden(plan + ".da.html", render_html(document, Language::da, "/* style */\n"));
    expect_golden(plan + ".en.html", render_html(document, Language::en, "/* style */\n"));
    expect_golden(plan + ".da.csv", render_csv(document, Language::da));
    expect_golden(plan + ".excel-da.csv", render_csv(document, Language::da, CsvDialect::excel_da));
    expect_golden(plan + ".json", render_json(document));
}

TEST(Golden, OperationsStatus) { expect_outputs("operations_status", "2013-04"); }
TEST(Golden, HospitalOperations) { expect_outputs("hospital_operations", "2013-04"); }
TEST(Golden, PlatformQuarter) { expect_outputs("platform_quarter", "2018-Q1"); }

}  // namespace
}  // namespace klarsyn
