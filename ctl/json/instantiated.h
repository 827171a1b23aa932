// nlohmann::json, whose templates are compiled once, in instantiated.cc, and not in each of the hundreds of
// units that use it: those took a third of their time for it. Precompiled for every library of ctl/.
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

extern template class nlohmann::basic_json<>;
extern template class nlohmann::detail::serializer<nlohmann::json>;
extern template class std::vector<nlohmann::json>;

namespace croft::ctl {

using Json = nlohmann::json;

}  // namespace croft::ctl
