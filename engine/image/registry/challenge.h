// What a registry asks for before it answers: the header WWW-Authenticate taken apart (RFC 9110, section 11.6.1; Docker's token
// specification). Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace stack::image {

struct Challenge {
  std::string scheme;                             // lower case: "bearer", "basic"
  std::map<std::string, std::string> parameters;  // names in lower case
  bool operator==(const Challenge&) const = default;
};

// In the order given; what is malformed ends the list.
std::vector<Challenge> parse_challenges(std::string_view header);

}  // namespace stack::image
