// The few answers of a registry that are JSON but no manifests.
#pragma once

#include <string>
#include <string_view>

namespace stack::image {

// "code: message; ..." of an error's body, as the distribution specification has it; empty when it says nothing.
std::string parse_registry_errors(std::string_view body);
// The bearer token of a token server's answer; throws stack::Error(invalid).
std::string parse_token(std::string_view body);

}  // namespace stack::image
