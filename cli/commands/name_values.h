// NAME=VALUE words of the command line: filters, labels, driver options. Pure.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace stack::cli {

// In the order they were written. Throws stack::Error(invalid) for one without "=".
using Filters = std::vector<std::pair<std::string, std::string>>;
Filters parse_filters(const std::vector<std::string>& words);
// By name; of one that is written twice the last counts, and one without "=" has an empty value.
std::map<std::string, std::string> pairs_of(const std::vector<std::string>& words);

// A time: 24h (ago), seconds since 1970, or a date, in UTC. Throws stack::Error(invalid).
Wall parse_until(const std::string& text);
// What --filter `name`=`text` says. Throws stack::Error(invalid).
bool parse_truth(const std::string& name, const std::string& text);

}  // namespace stack::cli
