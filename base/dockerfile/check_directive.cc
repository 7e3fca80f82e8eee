#include "base/dockerfile/check_directive.h"

#include <algorithm>
#include <array>

#include "base/dockerfile/runes.h"
#include "base/error.h"

namespace stack::dockerfile {
namespace {

bool boolean_of(std::string_view option, std::string_view value) {
  static constexpr std::array<std::string_view, 6> kTrue{"1", "t", "T", "TRUE", "true", "True"};
  static constexpr std::array<std::string_view, 6> kFalse{"0", "f", "F", "FALSE", "false", "False"};
  if (std::ranges::find(kTrue, value) != kTrue.end()) return true;
  if (std::ranges::find(kFalse, value) != kFalse.end()) return false;
  throw Error(ErrorKind::invalid, "failed to parse check option \"" + std::string{option} +
                                      "\": strconv.ParseBool: parsing \"" + std::string{value} + "\": invalid syntax");
}

void read_rules(std::string_view list, std::set<std::string, std::less<>>& names, bool& all) {
  names.clear();
  all = trim_space(list) == "all";
  while (!all && !list.empty()) {
    const std::size_t end = std::min(list.find(','), list.size());
    names.emplace(trim_space(list.substr(0, end)));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
}

}  // namespace

bool CheckDirective::wants(const CheckRule& rule) const {
  if (rule.experimental) return experimental_all || experimental.contains(rule.name);
  return !skip_all && !skip.contains(rule.name);
}

CheckDirective read_check_directive(std::string_view text) {
  CheckDirective result;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(';'), text.size());
    const std::string_view option = trim_space(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t equals = option.find('=');
    const std::string_view name = trim_space(option.substr(0, equals));
    const std::string_view value =
        equals == std::string_view::npos ? std::string_view{} : trim_space(option.substr(equals + 1));
    if (equals != std::string_view::npos && name == "skip") {
      read_rules(value, result.skip, result.skip_all);
    } else if (equals != std::string_view::npos && name == "experimental") {
      read_rules(value, result.experimental, result.experimental_all);
    } else if (equals != std::string_view::npos && name == "error") {
      result.error = boolean_of(option, value);
    } else {
      throw Error(ErrorKind::invalid, "invalid check option \"" + std::string{name} + "\"");
    }
  }
  return result;
}

}  // namespace stack::dockerfile
