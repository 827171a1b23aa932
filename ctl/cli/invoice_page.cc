#include "ctl/cli/invoice_page.h"

#include "ctl/cli/figures.h"
#include "ctl/cli/text.h"

namespace croft::ctl {
namespace {

constexpr std::size_t kDayText = 10;  // "2026-11-22"

constexpr std::string_view kHead =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n<style>\n"
    "@page { size: A4; margin: 20mm; }\n"
    "body { font: 10pt/1.4 sans-serif; color: #111; max-width: 180mm; margin: 10mm auto; }\n"
    "@media print { body { margin: 0; max-width: none; } }\n"
    "h1 { font-size: 16pt; margin: 8mm 0 4mm; }\n"
    "address { font-style: normal; }\n"
    "table { border-collapse: collapse; width: 100%; }\n"
    "thead { display: table-header-group; }\n"
    "tr { break-inside: avoid; }\n"
    "th { text-align: left; border-bottom: 1pt solid #111; }\n"
    "th, td { padding: 1mm 2mm 1mm 0; vertical-align: top; }\n"
    ".n { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; padding-right: 0; "
    "padding-left: 3mm; }\n"
    "tfoot td { border-top: 1pt solid #111; font-weight: bold; }\n"
    "small { color: #555; }\n</style>\n";

// Nothing of an account or a tariff is markup.
std::string escaped(const std::string& text) {
  std::string safe;
  for (const char c : visible(text)) {
    if (c == '&')
      safe += "&amp;";
    else if (c == '<')
      safe += "&lt;";
    else if (c == '>')
      safe += "&gt;";
    else if (c == '"')
      safe += "&quot;";
    else
      safe += c;
  }
  return safe;
}

std::string cells(const std::vector<std::string>& texts, const std::vector<std::string>& numbers) {
  std::string row = "<tr>";
  for (const std::string& text : texts) row += "<td>" + text + "</td>";
  for (const std::string& number : numbers) row += "<td class=\"n\">" + number + "</td>";
  return row + "</tr>\n";
}

std::string line_row(const Json& line, const Json& invoice) {
  const Json price = at_path(line, {"price"});
  const std::string quantity = text_at(line, "quantity") + " " + text_at(price, "unit");
  return cells({escaped(text_at(price, "text")), escaped(whose_text(line, text_at(invoice, "tenant"))),
                escaped(price_text(price, text_at(invoice, "currency")))},
               {escaped(quantity), escaped(text_at(line, "amount"))});
}

std::string adjustment_row(const Json& row) {
  std::string of = text_at(row, "of");
  if (!of.empty()) of = "<br><small>of " + escaped(of) + "</small>";
  return cells({escaped(text_at(row, "text")) + of, escaped(text_at(row, "kind")), ""},
               {"", escaped(text_at(row, "amount"))});
}

std::string notes(const Json& invoice) {
  std::string text;
  if (at_path(invoice, {"complete"}) != Json(true))
    text += "<p>The month is not over: this is what was used until " + escaped(text_at(invoice, "until")) +
            ".</p>\n";
  for (const Json& part : at_path(invoice, {"unrated"}))
    text += "<p>Without a price: " + escaped(text_at(part, "from")) + " to " + escaped(text_at(part, "to")) +
            ".</p>\n";
  std::string tariffs;
  for (const Json& tariff : at_path(invoice, {"tariffs"}))
    tariffs += (tariffs.empty() ? "" : ", ") + escaped(text_at(tariff, "id")) + " from " +
               escaped(text_at(tariff, "from").substr(0, kDayText));
  return text + "<p><small>Tariff " + tariffs + "; time zone " + escaped(text_at(invoice, "zone")) +
         "; without taxes.</small></p>\n";
}

}  // namespace

std::string price_text(const Json& price, const std::string& currency) {
  const std::string per = " " + currency + "/" + text_at(price, "unit");
  for (const char* model : {"each", "prorated"})
    if (price.contains(model)) return text_at(price, model) + per;
  if (price.contains("flat")) return text_at(price, "flat") + " " + currency;
  if (price.contains("package"))
    return text_at(price["package"], "price") + " " + currency + " for each " +
           text_at(price["package"], "size") + " " + text_at(price, "unit");
  for (const char* model : {"graduated", "tiered"})
    if (price.contains(model)) return model + (" from " + text_at(price[model].at(0), "each")) + per;
  return "";
}

std::string whose_text(const Json& line, const std::string& tenant) {
  const Json parts = at_path(line, {"parts"});
  if (parts.size() != 1) return std::to_string(parts.size()) + " containers";
  const std::string owner = text_at(parts[0], "tenant");
  return (owner == tenant ? "" : owner + "/") + text_at(parts[0], "name");
}

std::string invoice_page(const Json& invoice) {
  const std::string title = text_at(invoice, "name") + ", " + text_at(invoice, "month");
  std::string page(kHead);
  page += "<title>" + escaped(title) + "</title>\n</head>\n<body>\n<address><b>" +
          escaped(text_at(invoice, "name")) + "</b>";
  for (const Json& line : at_path(invoice, {"address"})) page += "<br>" + escaped(plain(line));
  page += "</address>\n<h1>Invoice of " + escaped(text_at(invoice, "issuer")) + " for " +
          escaped(text_at(invoice, "month")) +
          "</h1>\n<table>\n<thead><tr>"
          "<th>Item</th><th>Container</th><th>Price</th><th class=\"n\">Quantity</th><th class=\"n\">" +
          escaped(text_at(invoice, "currency")) + "</th></tr></thead>\n<tbody>\n";
  for (const Json& line : at_path(invoice, {"lines"})) page += line_row(line, invoice);
  for (const Json& row : at_path(invoice, {"adjustments"})) page += adjustment_row(row);
  page +=
      "</tbody>\n<tfoot>" + cells({"Total", "", ""}, {"", escaped(text_at(invoice, "total"))}) + "</tfoot>\n";
  return page + "</table>\n" + notes(invoice) + "</body>\n</html>\n";
}

}  // namespace croft::ctl
