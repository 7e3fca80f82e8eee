// What a client asks of the Dockerfile frontend, read from its options: words of BuildKit's in, a BuildSpec and where its files come from
// out. Pure; any thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/model/build_spec.h"
#include "engine/buildkit/cache_entries.h"

namespace stack::buildkit {

// Files of the client's, by way of its session.
struct ClientFolder {
  std::string name;     // what the client calls it
  std::string session;  // empty: the build's own
  bool operator==(const ClientFolder&) const = default;
};
// A tar stream of the client's, by way of its session.
struct ClientUpload {
  std::string path;  // "/ID"
  bool operator==(const ClientUpload&) const = default;
};
// The result of another build of the same client: the image that it gave.
struct EarlierResult {
  std::string input;  // its name among the inputs of the request
  bool operator==(const EarlierResult&) const = default;
};
using ContextSource =
    std::variant<ClientFolder, ClientUpload, EarlierResult, model::BuildGit, model::BuildUrl, model::BuildImage>;

struct FrontendRequest {
  model::BuildSpec spec;  // without contexts, text of the Dockerfile, tags, secrets
  ContextSource context = ClientFolder{};
  std::map<std::string, ContextSource> named_contexts;
  // Where the Dockerfile lies; nothing: in the main context.
  std::optional<ClientFolder> dockerfile_folder;
  std::string call;                   // "" builds; "lint", "outline", "targets" only ask
  std::vector<std::string> warnings;  // options that have no effect

  // One that the build reads; a client may name it more than once. Throws like cache_source_of.
  void add_cache(CacheEntry entry);
};

using Options = std::map<std::string, std::string>;

// Throws stack::Error: invalid for a value that is none, unsupported for what the builder cannot do; both name the option.
FrontendRequest read_frontend_request(const Options& options, const std::vector<std::string>& entitlements);

}  // namespace stack::buildkit
