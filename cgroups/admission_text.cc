#include "cgroups/admission.h"
#include "cgroups/amount.h"
#include "cgroups/wide.h"

namespace croft::cgroups {
namespace {

std::string term_text(Unit unit, const Term& term) {
  std::string text = shown(unit, term.value) + " " + term.name;
  if (term.given > 0) text += " (" + shown(unit, term.given) + " of it given out)";
  return text;
}

std::string terms_text(const Sum& sum, Unit unit) {
  std::string text;
  std::uint64_t rest = 0;
  for (std::size_t i = 0; i < sum.terms.size(); ++i) {
    if (i >= kShownTerms) {
      rest = plus(rest, sum.terms[i].value);
    } else {
      text += (i > 0 ? " + " : "") + term_text(unit, sum.terms[i]);
    }
  }
  if (sum.terms.size() > kShownTerms)
    text += " + " + shown(unit, rest) + " of " + std::to_string(sum.terms.size() - kShownTerms) + " more";
  if (sum.reserve > 0) text += (text.empty() ? "" : " + ") + shown(unit, sum.reserve) + " host reserve";
  return text.empty() ? shown(unit, 0) : text;
}

// "3.5G of 3G"; to the last unit where rounding would make them look alike.
std::string total_text(const Sum& sum, Unit unit) {
  const std::uint64_t total = plus(sum.total, sum.reserve);
  if (!sum.capacity) return shown(unit, total);
  const bool alike = total != *sum.capacity && shown(unit, total) == shown(unit, *sum.capacity);
  const auto form = alike ? shown_exactly : shown;
  const std::string_view name = unit == Unit::kMilliCpu         ? " cores"
                                : alike && unit == Unit::kBytes ? " bytes"
                                                                : "";
  return form(unit, total) + " of " + form(unit, *sum.capacity) + std::string(name);
}

std::string lead_text(const Sum& sum) {
  const std::string resource(to_text(sum.resource));
  const bool host = sum.within.empty();
  if (sum.fits()) return resource + (host ? "" : " of " + sum.within);
  if (!sum.capacity) return resource + " cannot be promised before it is stated how much of it there is";
  if (!sum.cpus.empty()) return "more cpu is promised than there is on CPUs " + sum.cpus;
  return "more " + resource + " is promised than " + (host ? "there is" : sum.within + " may use");
}

}  // namespace

std::string to_text(const Sum& sum) {
  const Unit unit = unit_of(sum.resource);
  return lead_text(sum) + ": " + terms_text(sum, unit) + " = " + total_text(sum, unit);
}

}  // namespace croft::cgroups
