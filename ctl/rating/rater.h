// Rating: records in, an invoice out. What comes out depends on the terms and on which records there are, not
// on their order, the host or the time, so that it can be made again to the same bytes. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "ctl/ledger/about.h"
#include "ctl/rating/account.h"
#include "ctl/rating/measure.h"
#include "ctl/rating/tariff.h"

namespace croft::rating {

struct Terms {
  Account account;
  std::vector<Tariff> versions;  // of the account's tariff, their validities apart
  Month month;
  std::int64_t until = INT64_MAX;  // nothing is known of what comes then
};

// The versions of the account's tariff. Throws Error: kNotFound without any, kInvalid with what is wrong with
// them.
std::vector<Tariff> versions_for(const Tariffs& tariffs, const Account& account);

class Rater {
 public:
  explicit Rater(Terms terms);
  Rater(const Rater&) = delete;
  Rater& operator=(const Rater&) = delete;
  ~Rater() = default;

  [[nodiscard]] const Terms& terms() const { return terms_; }
  // When records that count may begin: those of containers that did not run may have begun before the month.
  [[nodiscard]] ledger::Period reads() const;
  // Of whichever container; those of others are left out.
  void add(const ledger::Record& record);

  // {"tenant","name","address","zone","month","from","to","until","complete","currency","digits","tariffs",
  // "unrated","lines","adjustments","containers","records","account","total"}; croft-rating(7) says what they
  // are.
  // Throws Error: kInvalid for an adjustment that has more digits than the currency, kExhausted for what has
  // more than 128 bits.
  [[nodiscard]] Json invoice() const;

 private:
  // One price of one version, in the time in which it holds.
  struct Place {
    const Tariff* tariff = nullptr;
    const Sku* sku = nullptr;
    ledger::Period span;
    std::vector<ledger::Period> windows;  // when it counts
    Wide factor = 1;
  };
  struct Sum {
    bool matched = false;
    Wide raw = 0;
    std::optional<Samples> samples;
  };
  struct Container {
    std::string uuid, tenant, name;
    std::tuple<std::int64_t, std::uint64_t, std::uint64_t> named{};  // by which record
    Wide existing = 0, unknown = 0, estimated = 0;                   // microseconds
    std::vector<Sum> sums;                                           // of the places
  };
  struct Line {
    const Place* place = nullptr;
    std::string whose;  // uuid, or the account's tenant
    Wide raw = 0;
    std::vector<const Container*> containers;
    std::vector<Wide> weights;
    std::uint64_t samples = 0, missing = 0;
  };

  void make_places();
  [[nodiscard]] std::vector<ledger::Period> windows_of(const Sku& sku, const ledger::Period& span) const;
  void count(const Place& place, const ledger::Record& record, const ledger::About& about, Sum& sum);
  void note(const ledger::Record& record, const ledger::About& about, Container& container) const;
  [[nodiscard]] Wide raw_in(const Place& place, const Sum& sum) const;
  [[nodiscard]] std::vector<const Container*> ordered() const;
  void put_lines(std::size_t index, Json& lines, Wide& total) const;
  void put_line(const Line& line, Json& lines, Wide& total) const;
  [[nodiscard]] Json adjustments(Wide& total) const;
  [[nodiscard]] Json unrated() const;
  [[nodiscard]] Json tariffs() const;
  [[nodiscard]] Json containers() const;

  Terms terms_;
  Zone zone_;
  ledger::Period month_;  // all of it
  ledger::Period span_;   // as far as something is known
  std::vector<Place> places_;
  ledger::Abouts abouts_;
  std::map<std::string, Container> containers_;
  std::uint64_t first_ = 0, last_ = 0, count_ = 0, open_ = 0;
};

// A price as it is in a tariff's file.
Json to_json(const Sku& sku, int digits);

}  // namespace croft::rating
