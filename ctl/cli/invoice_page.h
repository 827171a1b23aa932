// An invoice as a page of HTML: one file without anything from elsewhere, for reading and for paper. Pure.
#pragma once

#include <string>

#include "ctl/client/client.h"

namespace croft::ctl {

// `invoice` as GET /v1/invoices/{name} answers.
std::string invoice_page(const Json& invoice);

// What a line's price is, in words: "0.01 EUR/GB", "5.00 EUR/month".
std::string price_text(const Json& price, const std::string& currency);
// Of a line: the one container that it is of, or how many.
std::string whose_text(const Json& line, const std::string& tenant);

}  // namespace croft::ctl
