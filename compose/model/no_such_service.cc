#include "compose/model/no_such_service.h"

#include <vector>

#include "base/suggest.h"

namespace stack::compose {

Error no_such_service(const Project& project, const std::string& name) {
  constexpr std::size_t kListed = 12;
  std::vector<std::string_view> names;
  for (const auto* services : {&project.services, &project.disabled}) {
    for (const auto& [known, service] : *services) names.emplace_back(known);
  }
  Error error{ErrorKind::not_found, "no such service: " + name};
  std::string remedy = did_you_mean(name, names);
  if (remedy.empty() && !names.empty() && names.size() <= kListed) {
    for (const auto known : names) (remedy += remedy.empty() ? "the services are " : ", ") += known;
  }
  if (!remedy.empty()) error.remedy(std::move(remedy));
  return error;
}

}  // namespace stack::compose
