#include "reports/render.h"

namespace klarsyn {

Result<std::string> output_format(std::string_view file) {
    for (const std::string_view format : {"html", "pdf", "xlsx", "csv", "json"})
        if (file.size() > format.size() + 1 && file.ends_with(format) &&
            file[file.size() - format.size() - 1] == '.')
            return std::string(format);
    return make_error(ErrorCode::not_found, "report.error.format_unknown",
                      {{"file", std::string(file)}});
}

Result<std::string> render(const Document& document, std::string_view format, Language language,
                           std::string_view style, CsvDialect dialect) {
    if (format == "html") return render_html(document, language, style);
    if (format == "fragment") return render_html_fragment(document, language);
    if (format == "csv") return render_csv(document, language, dialect);
    if (format == "json") return render_json(document);
    if (format == "xlsx") return render_xlsx(document, language);
    if (format == "pdf") return print_pdf(render_html(document, language, style));
    return make_error(ErrorCode::not_found, "report.error.format_unknown",
                      {{"file", std::string(format)}});
}

}  // namespace klarsyn
