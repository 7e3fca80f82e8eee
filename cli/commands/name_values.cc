#include "cli/commands/name_values.h"

#include "base/error.h"
#include "base/moment.h"
#include "cli/commands/flag_error.h"
#include "engine/client/engine_error.h"

namespace stack::cli {

Filters parse_filters(const std::vector<std::string>& words) {
  Filters filters;
  for (const std::string& word : words) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos) throw FlagError("filter", word, "bad format of filter (expected name=value)");
    filters.emplace_back(word.substr(0, equals), word.substr(equals + 1));
  }
  return filters;
}

std::map<std::string, std::string> pairs_of(const std::vector<std::string>& words) {
  std::map<std::string, std::string> pairs;
  for (const std::string& word : words) {
    const std::size_t equals = word.find('=');
    pairs[word.substr(0, equals)] = equals == std::string::npos ? "" : word.substr(equals + 1);
  }
  return pairs;
}

Wall parse_until(const std::string& text) { return parse_moment(text, SystemClock{}.wall()); }

bool parse_truth(const std::string& name, const std::string& text) {
  if (text == "true" || text == "1") return true;
  if (text == "false" || text == "0") return false;
  throw client::EngineError(
      Error(ErrorKind::invalid, "invalid filter '" + name + "=[" + text + "]'").remedy("write true or false"));
}

}  // namespace stack::cli
