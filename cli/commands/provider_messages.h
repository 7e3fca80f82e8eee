// What the program of a `provider` says: a JSON object a line on standard output, and what it tells of its options (Compose's provider
// protocol). Values.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stack::cli {

enum class ProviderWord { info, error, set_env, raw_set_env, debug, get_service_config };
struct ProviderMessage {
  ProviderWord word = ProviderWord::info;
  std::string text;
};

// Throws stack::Error(invalid) for what is no message, with the line in it.
ProviderMessage parse_provider_message(std::string_view line);

struct ProviderParameter {
  std::string name;
  bool required = false;
};
// The parameters of its verbs. Without `known` the program tells nothing, and gets every option.
struct ProviderMetadata {
  bool known = false;
  std::vector<ProviderParameter> up, down;
  std::optional<std::vector<ProviderParameter>> stop;  // unset: there is no such verb
};

// What `metadata` printed; without `known` for what is no such object.
ProviderMetadata parse_provider_metadata(std::string_view text);

// The address of `docker-model status --json`, and the tags of `docker-model ls --json`. Throw stack::Error(invalid).
std::string parse_model_endpoint(std::string_view text);
std::vector<std::string> parse_model_tags(std::string_view text);

}  // namespace stack::cli
