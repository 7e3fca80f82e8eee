// Names of capabilities as Docker's clients send them. Pure.
#pragma once

#include <set>
#include <string>
#include <vector>

namespace stack::model {

struct CapabilityChange {
  std::set<std::string> added, dropped;  // "CAP_SYS_TIME", "ALL"
};
// Of "sys_time", "CAP_SYS_TIME" and "all". ALL makes the others of its list needless; what is both added and dropped is added.
CapabilityChange capability_change(const std::vector<std::string>& added, const std::vector<std::string>& dropped);

}  // namespace stack::model
