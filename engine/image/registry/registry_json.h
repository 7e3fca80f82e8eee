// The few answers of a registry that are JSON but no manifests.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace stack::image {

// "code: message; ..." of an error's body, as the distribution specification has it; empty when it says nothing.
std::string parse_registry_errors(std::string_view body);
// The tags of a page of a repository's list; throws stack::Error(invalid) for what is none, and for what cannot be a tag.
std::vector<std::string> parse_tags(std::string_view body);
// The bearer token of a token server's answer; throws stack::Error(invalid).
std::string parse_token(std::string_view body);

}  // namespace stack::image
