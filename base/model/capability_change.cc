#include "base/model/capability_change.h"

#include "base/letter_case.h"

namespace stack::model {
namespace {

std::set<std::string> in_full(const std::vector<std::string>& words) {
  std::set<std::string> names;
  for (const std::string& word : words) {
    std::string name = upper(word);
    if (name != "ALL" && !name.starts_with("CAP_")) name.insert(0, "CAP_");
    names.insert(std::move(name));
  }
  return names.contains("ALL") ? std::set<std::string>{"ALL"} : names;
}

}  // namespace

CapabilityChange capability_change(const std::vector<std::string>& added, const std::vector<std::string>& dropped) {
  CapabilityChange change{in_full(added), in_full(dropped)};
  for (const std::string& name : change.added) change.dropped.erase(name);
  return change;
}

}  // namespace stack::model
