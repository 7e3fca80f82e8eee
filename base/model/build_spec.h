// What is to be built: a Dockerfile, the files that it may copy, and everything that flags, a Compose file or an API client say about it.
// The value that every door (stack build, stack image build, up --build, the API) hands to the builder.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/model/build_cache.h"
#include "base/model/container_spec.h"

namespace stack::model {

// Where files come from.
struct BuildFolder {
  std::string path;  // absolute, on the engine's machine; read while the build runs
  // The engine itself has filled or fetched it, with what the build may see: nothing of it is left out. No client can say so: it has no
  // form in JSON.
  bool received = false;
  // By which name what was read of its files is remembered; empty: nothing is, but of a folder that was not received, by its path.
  std::string remembered_as;
  bool operator==(const BuildFolder&) const = default;
};
struct BuildArchive {  // the tar stream that comes with the request, of any compression
  bool operator==(const BuildArchive&) const = default;
};
struct BuildGit {
  std::string url;  // with "#ref:folder" behind, or with "?branch=...&subdir=..."
  bool operator==(const BuildGit&) const = default;
};
struct BuildUrl {  // a file of the web: an archive, or a Dockerfile
  std::string url;
  bool operator==(const BuildUrl&) const = default;
};
struct BuildImage {
  std::string reference;
  bool operator==(const BuildImage&) const = default;
};
struct BuildStage {  // of another Dockerfile that is built first: the image that it gave
  std::string image_id;
  bool operator==(const BuildStage&) const = default;
};
using BuildSource = std::variant<BuildFolder, BuildArchive, BuildGit, BuildUrl, BuildImage, BuildStage>;
// The git repository or the file of the web at an address, as BuildKit tells them apart; nothing for another text. Pure.
std::optional<BuildSource> source_at(const std::string& address);

// What a step may read and no layer, cache key, history or log ever holds.
struct BuildSecret {
  std::string id;
  std::string content;
  bool operator==(const BuildSecret&) const = default;
};
struct BuildSsh {
  std::string id = "default";
  std::string socket;  // an agent's, on the engine's machine
  bool operator==(const BuildSsh&) const = default;
};

enum class BuildOutput : std::uint8_t { image, nothing };

struct BuildSpec {
  BuildSource context = BuildArchive{};
  std::map<std::string, BuildSource> named_contexts;
  // Its path below the context, or on the engine's machine when it is absolute; with `dockerfile_text` only its name in messages.
  std::string dockerfile = "Dockerfile";
  std::optional<std::string> dockerfile_text;

  std::string target;                          // a stage's name; empty: the last one
  std::map<std::string, std::string> args;     // those with a value
  std::map<std::string, std::string> proxies;  // predefined arguments (http_proxy...), as the user's configuration says
  std::vector<std::string> tags;               // references
  Labels labels;                               // beyond those of the Dockerfile
  std::vector<std::string> platforms;          // "linux/amd64"; empty: this machine's
  bool no_cache = false;
  std::vector<std::string> no_cache_stages;
  bool pull = false;                      // ask the registry for newer base images
  std::vector<std::string> cache_images;  // unless empty: the cache serves only when one of these images is here
  std::vector<CachePlace> cache_from;
  std::vector<CacheExport> cache_to;

  std::string network;                   // of RUN: "", "default", "none", "host"
  std::vector<std::string> extra_hosts;  // "host=address"
  std::int64_t shm_size = 0;             // bytes, 0: 64 MiB
  std::map<std::string, Ulimit> ulimits;
  bool privileged = false;  // allows RUN --security=insecure, as the entitlement does; gives nothing by itself
  std::vector<std::string> entitlements;  // "security.insecure", "network.host"
  std::vector<BuildSecret> secrets;
  std::vector<BuildSsh> ssh;
  std::optional<std::int64_t> source_date_epoch;  // seconds

  BuildOutput output = BuildOutput::image;
  std::string builder_of;  // who asks, for messages: "service web of project shop"
  bool operator==(const BuildSpec&) const = default;
};

// A build of a project: which services' image it is, and which builds come before it. A stage of its contexts that is not an id
// ("sha256:...") is the reference of one of those.
struct ProjectBuild {
  std::vector<std::string> services;  // sorted; the first one gives it its name
  std::string reference;              // the first of the spec's tags
  std::vector<std::string> needs;     // references
  BuildSpec spec;
  bool operator==(const ProjectBuild&) const = default;
};

}  // namespace stack::model
