// What must hold between keys of one specification.
#pragma once

#include "ctl/spec/keys.h"
#include "ctl/spec/spec.h"

namespace croft::ctl {

// Adds one error per broken rule.
void check_rules(const Spec& spec, FieldErrors& errors);

// Labels of something that has no specification (a tenant), checked as label.KEY is: an object of texts.
// Throws Error with all that is wrong.
void check_labels(const Json& labels);

}  // namespace croft::ctl
