// Who pays: a customer's name, time zone and tariff, and what is put on his invoices by hand. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ctl/rating/money.h"
#include "ctl/rating/zone.h"

namespace croft::rating {

inline constexpr std::size_t kMaxAdjustments = 10'000;
inline constexpr std::size_t kMaxAddress = 16;

// A credit is a present; a correction puts right what an earlier invoice had wrong, and names its line.
struct Adjustment {
  std::string id, kind, text;
  std::string of;   // the line of an earlier invoice, "2026-10/..."; of a credit it may be empty
  Month month;      // of the invoice that it is put on
  Wide amount = 0;  // scaled by kPriceDigits; less than 0 is to the customer's favour
};

struct Account {
  std::string tenant;
  std::string name;  // on the invoice
  std::vector<std::string> address;
  std::string zone = "UTC";
  std::string tariff = "default";
  std::vector<Adjustment> adjustments;
  std::string digest;  // SHA-256 of its file; empty without one
};

// Of a tenant that has no file.
Account account_without_file(const std::string& tenant);
// The text of TENANT.json. Throws Error with every wrong field.
Account parse_account(const std::string& tenant, std::string_view text);

}  // namespace croft::rating
