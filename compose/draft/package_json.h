// What a package.json says of how its program is started and what it needs. Pure.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace stack::compose {

struct PackageJson {
  std::string main;
  std::set<std::string> scripts, dependencies;  // names; those for development included
};
// What is not JSON, or has another shape, says nothing.
PackageJson parse_package_json(std::string_view text);

}  // namespace stack::compose
