// Outputs of a document. All are pure functions of it (and of the style): the same document gives
// the same bytes. Thread-safe. Only XLSX and PDF can fail.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "core/result.h"
#include "core/text.h"
#include "protocols/csv.h"
#include "reports/document.h"

namespace klarsyn {

// <article class="k-report">: what a page puts into its frame. No scripts, no style attributes.
std::string render_html_fragment(const Document& document, Language language);
// A complete page with `style` inside: for files and for printing. `link_base` stands before every
// link to a figure ("https://klarsyn.example.org"), so that a file's numbers open the right server.
std::string render_html(const Document& document, Language language, std::string_view style,
                        std::string_view link_base = {});
std::string render_csv(const Document& document, Language language,
                       CsvDialect dialect = CsvDialect::rfc4180);
std::string render_json(const Document& document);
Result<std::string> render_xlsx(const Document& document, Language language);

// Prints a complete page as PDF with Chromium, unprivileged, in a directory of its own.
// unavailable where Chromium is not installed or does not finish in time.
Result<std::string> print_pdf(std::string_view html, int timeout_seconds = 60);

// ".html" -> "html"; html pdf xlsx csv json. not_found for another suffix.
Result<std::string> output_format(std::string_view file);
// The document in one of those formats. `style` serves html and pdf.
Result<std::string> render(const Document& document, std::string_view format, Language language,
                           std::string_view style, CsvDialect dialect = CsvDialect::rfc4180);

}  // namespace klarsyn
