// One version of a tariff: which use costs how much, from when to when. A file of it never changes once it
// was used; what is to be different is its next version. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/rating/metered.h"
#include "ctl/rating/zone.h"
#include "ctl/spec/keys.h"

namespace croft::rating {

using ctl::Json;

inline constexpr std::size_t kMaxTariffBytes = std::size_t{1} << 20;
inline constexpr std::size_t kMaxTariffs = 4096;
inline constexpr std::size_t kMaxSkus = 1024;
inline constexpr std::size_t kMaxTiers = 64;
inline constexpr std::size_t kMaxSelected = 1024;
inline constexpr std::size_t kMaxHours = 32;

// All prices are scaled by kPriceDigits, quantities by kQuantityDigits.
enum class Model : std::uint8_t {
  kEach,       // so much a unit
  kGraduated,  // each tier's units at its own price
  kTiered,     // all units at the price of the tier that the quantity reaches
  kPackage,    // so much for each package that is begun
  kFlat,       // so much a container, however long it was there
  kProrated,   // so much a container and month, for the part of it that it was there
};
std::string_view to_text(Model model);

struct Tier {
  std::optional<Wide> to;  // the quantity that it ends with, inclusive; the last one has none
  Wide each = 0;
};

// Part of the week, in the customer's time zone; minutes since midnight.
struct Hours {
  int first_day = 0, last_day = 6;  // 0 is Monday
  int from = 0, to = 24 * 60;
};

struct Selection {
  std::vector<std::string> plans, tenants, templates;  // empty: any; of tenants also those below them
};

struct Sku {
  std::string id, text;
  Metered metered;
  Unit unit;
  Model model = Model::kEach;
  std::vector<Tier> tiers;          // of kEach, kPackage, kFlat and kProrated the one
  Wide package = 0;                 // units in one
  Wide free = 0;                    // units that cost nothing, before all else
  std::optional<Wide> least, most;  // of a line, in the smallest coin
  bool per_tenant = false;          // one line for all containers, with their parts of it
  Selection selection;
  std::vector<Hours> hours;  // empty: always
};

struct Tariff {
  std::string name;
  int version = 0;
  std::string currency;
  int digits = 2;  // of the currency
  std::string text;
  std::string issuer = "Croft";  // who asks for the money
  Date from;
  std::optional<Date> to;  // the first day on which it does not hold any more
  std::vector<Sku> skus;
  std::string digest;  // SHA-256 of its file, in hexadecimal

  [[nodiscard]] std::string id() const { return name + "-" + std::to_string(version); }
};

// The text of the file ID.json. Throws Error with every wrong field, as "standard-2.json: skus[3].free".
Tariff parse_tariff(std::string_view id, std::string_view text);

// The texts of ID.json by ID.
using TariffTexts = std::map<std::string, std::string, std::less<>>;

struct Tariffs {
  std::map<std::string, Tariff, std::less<>> by_id;
  ctl::FieldErrors errors;  // of all files, in order
};
// All that can be read. What cannot is told in `errors`, as is what is wrong between files: validities of one
// tariff that overlap or go back, another currency, and, of `used` (digest by ID), what was changed or taken
// away since.
Tariffs read_all(const TariffTexts& texts, const std::map<std::string, std::string>& used);

}  // namespace croft::rating
