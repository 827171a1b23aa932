// What the commands on invoices and quotes share.
#pragma once

#include <string>

#include "ctl/cli/columns.h"
#include "ctl/cli/figures.h"
#include "ctl/cli/invoice_page.h"

namespace croft::ctl {

// Lines, adjustments and total of `rated`.
inline std::string invoice_table(const Json& rated, const std::string& tenant, const std::string& currency,
                                 bool with_head, bool colour) {
  std::vector<Row> rows;
  for (const Json& line : at_path(rated, {"lines"})) {
    const Json price = at_path(line, {"price"});
    rows.push_back({{text_at(price, "text")},
                    {whose_text(line, tenant)},
                    {text_at(line, "quantity")},
                    {text_at(price, "unit")},
                    {price_text(price, currency)},
                    {text_at(line, "amount")}});
  }
  for (const Json& row : at_path(rated, {"adjustments"}))
    rows.push_back({{text_at(row, "text")}, {}, {}, {}, {text_at(row, "kind")}, {text_at(row, "amount")}});
  rows.push_back({{"Total"}, {}, {}, {}, {}, {text_at(rated, "total")}});
  return format_table({{"ITEM"}, {"CONTAINER"}, {"QUANTITY", true}, {"UNIT"}, {"PRICE"}, {currency, true}},
                      rows, with_head, colour);
}

}  // namespace croft::ctl
