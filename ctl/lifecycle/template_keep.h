// From a template that was made to its record.
#pragma once

#include <string>

#include "ctl/lifecycle/context.h"
#include "templates/import.h"

namespace croft::ctl {

// A template as the API shows it.
Json template_json(const TemplateRecord& record);
// Throws Error kExists, and kInvalid for what is no name.
void refuse_existing(const Context& context, const std::string& name);
// Records it; the answer of the verb that made it.
Json keep_template(Context& context, const Actor& actor, const templates::Imported& imported);
// How far it is, for the operation that `call` is.
templates::Control control_of(const Call& call);

}  // namespace croft::ctl
