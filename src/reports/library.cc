#include "reports/plan.h"

#include "reports/markdown.h"

namespace klarsyn {

namespace {

std::string base64(std::string_view bytes) {
    static constexpr char kLetters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const auto at = [&](std::size_t k) -> unsigned {
            return i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0U;
        };
        const unsigned word = at(0) << 16 | at(1) << 8 | at(2);
        out += kLetters[word >> 18];
        out += kLetters[word >> 12 & 63];
        out += i + 1 < bytes.size() ? kLetters[word >> 6 & 63] : '=';
        out += i + 2 < bytes.size() ? kLetters[word & 63] : '=';
    }
    return out;
}

// A file has no server to fetch its fonts from: it carries them.
void carry_fonts(std::string& style, const std::vector<EmbeddedFile>& files) {
    for (const EmbeddedFile& file : files) {
        constexpr std::string_view kFolder = "ui/dist/";
        if (!file.path.starts_with(kFolder) || !file.path.ends_with(".woff2")) continue;
        const std::string address = "/assets/" + std::string(file.path.substr(kFolder.size()));
        const auto place = style.find(address);
        if (place != std::string::npos)
            style.replace(place, address.size(), "data:font/woff2;base64," + base64(file.text));
    }
}

}  // namespace

Result<ReportLibrary> ReportLibrary::load(const std::vector<EmbeddedFile>& files) {
    ReportLibrary library;
    std::string report_style;
    for (const EmbeddedFile& file : files) {
        if (file.path == "ui/dist/klarsyn.css") {
            library.style_ = std::string(file.text);
        } else if (file.path.starts_with("report_plans/") && file.path.ends_with(".css")) {
            report_style += file.text;
        } else if (file.path.starts_with("report_plans/") && file.path.ends_with(".toml")) {
            KL_TRY(ReportPlan plan, parse_plan(file.path, file.text));
            library.plans_.push_back(std::move(plan));
        } else if (!section_id(file.path).empty()) {
            KL_TRY(SectionSpec section, parse_section(file.path, file.text));
            library.sections_.push_back(std::move(section));
        }
    }
    library.style_ += report_style;
    library.standalone_style_ = library.style_;
    carry_fonts(library.standalone_style_, files);
    for (const ReportPlan& plan : library.plans_)
        for (const std::string& id : plan.sections)
            if (!library.section(id))
                return section_error("report_plans/" + plan.id + ".toml", 0,
                                     "report.error.section_unknown", {{"section", id}}, "sections");
    return library;
}

Result<const ReportPlan*> ReportLibrary::plan(std::string_view id) const {
    std::string known;
    for (const ReportPlan& plan : plans_) {
        if (plan.id == id) return &plan;
        known += (known.empty() ? "" : ", ") + plan.id;
    }
    return make_error(ErrorCode::not_found, "report.error.plan_unknown",
                      {{"plan", std::string(id)}, {"known", known}});
}

const SectionSpec* ReportLibrary::section(std::string_view id) const {
    for (const SectionSpec& section : sections_)
        if (section.id == id) return &section;
    return nullptr;
}

}  // namespace klarsyn
