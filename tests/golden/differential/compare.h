// Sets our answer beside the real one's. A difference is explained by a rule, each of which docs/differences.md lists as
// well, or it is a mistake of ours.
#pragma once

#include <set>
#include <span>
#include <string>
#include <string_view>

#include "sample.h"

namespace stack::compose {

struct Rule {
  std::string_view name;
  std::string_view reason;  // a sentence
};
std::span<const Rule> all_rules();

struct Comparison {
  std::set<std::string> rules;  // that explain differences
  std::string unexplained;      // what is left; empty: nothing
};
Comparison compare(const Sample& sample, const LoadedSample& ours, const Outcome& theirs);

}  // namespace stack::compose
