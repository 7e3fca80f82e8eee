// A build, decided: which steps make which file systems, in which order they depend on one another, and what the image says of itself.
// Pure: the same Dockerfile, specification and base images give the same plan, and nothing is read.
//
// Stages become chains of nodes in one list, each behind what it needs. Instructions that only change the configuration make none.
// Only what the target needs is planned.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/dockerfile/dockerfile.h"
#include "base/model/build_spec.h"
#include "base/model/image_config.h"
#include "engine/build/emulation.h"
#include "engine/fetch/fetch_wish.h"
#include "engine/image/image_config_json.h"
#include "engine/image/platform.h"

namespace stack::build {

using NodeId = std::size_t;  // into BuildPlan::nodes

// An image that a build begins with or copies from, as the store has it.
struct BaseImage {
  model::Image image;
  std::vector<image::HistoryStep> history;
};
struct WantedImage {
  std::string reference;  // as the Dockerfile or the specification names it
  image::Platform platform;
  [[nodiscard]] std::string key() const { return reference + " " + platform.text(); }
  bool operator==(const WantedImage&) const = default;
};
using BaseImages = std::map<std::string, BaseImage>;  // by WantedImage::key()

// --- what nodes do ---------------------------------------------------------------------------------------------------------------------
struct FromNothing {
  bool operator==(const FromNothing&) const = default;
};
struct FromImage {
  std::string reference;
  std::vector<std::string> layers;  // diff ids, bottom first
  bool operator==(const FromImage&) const = default;
};
// The folder that WORKDIR needs.
struct MakeFolder {
  std::string path;  // absolute, clean
  std::string user;  // who owns what is new; empty: root
  bool operator==(const MakeFolder&) const = default;
};
// Where files come from: a context by name ("" is the main one), or what another node has made.
using FileSource = std::variant<std::string, NodeId>;
struct InlineFile {
  std::string name, content;
  bool operator==(const InlineFile&) const = default;
};
using Wish = std::variant<fetch::FileWish, fetch::TreeWish>;
// What ADD fetches.
struct RemoteSource {
  Wish what;
  std::size_t before = 0;  // it is copied before the source of the context with this number
  bool operator==(const RemoteSource&) const = default;
};
struct CopyFiles {
  FileSource from;
  std::vector<std::string> sources;  // as written, patterns included
  std::vector<RemoteSource> remotes;
  std::vector<InlineFile> inline_files;
  std::string destination;  // absolute; a slash at the end counts
  std::string chown, chmod;
  std::vector<std::string> excludes;
  bool parents = false;
  bool unpack = false;         // archives of the context are unpacked
  bool unpack_remote = false;  // those that are fetched as well
  bool operator==(const CopyFiles&) const = default;
};
struct Mount {
  dockerfile::RunMount what;  // resolved
  FileSource from;            // of bind and cache
  bool has_source = false;    // a cache without one begins empty
  bool operator==(const Mount&) const = default;
};
struct RunCommand {
  std::vector<std::string> argv;
  std::map<std::string, std::string> environment;
  std::map<std::string, std::string> proxies;  // seen, but no part of what makes steps equal
  std::string user, working_dir;
  std::string network;              // "", "none", "host"
  bool insecure = false;            // --security=insecure
  std::vector<InlineFile> scripts;  // read-only and executable below /dev/pipes
  std::vector<Mount> mounts;
  std::vector<std::string> extra_hosts;
  bool operator==(const RunCommand&) const = default;
};

struct Node {
  std::variant<FromNothing, FromImage, MakeFolder, CopyFiles, RunCommand> what;
  std::optional<NodeId> parent;
  std::string name;         // "[build 2/5] RUN make"
  std::string instruction;  // "RUN make", for reasons and messages
  std::string slot;         // the same in the build before this one, to compare with
  dockerfile::Range range;
  bool no_cache = false;
  bool operator==(const Node&) const = default;
};

struct HistoryEntry {
  std::string created_by;
  std::string author;
  std::optional<NodeId> node;  // that makes its layer; nothing: it has none
  bool operator==(const HistoryEntry&) const = default;
};

struct BuildPlan {
  std::vector<Node> nodes;
  NodeId result = 0;
  model::Image image;                            // without id, layers and times
  std::vector<image::HistoryStep> base_history;  // of the image that the target begins with
  std::vector<HistoryEntry> history;
};

struct Planned {
  std::optional<BuildPlan> plan;  // nothing: there are errors or images are missing
  dockerfile::Problems problems;
  std::vector<WantedImage> missing;  // what has to be in BaseImages, as far as is known
};

// `spec` with a target, arguments, labels and contexts; `machine` says what programs can run. Images that are missing are asked for in
// rounds, because only an image says which triggers it has.
Planned plan_build(const dockerfile::Dockerfile& file, const model::BuildSpec& spec, const BaseImages& images,
                   const RunPlatforms& machine);

// The nodes that the result needs, each behind what it needs.
std::vector<NodeId> needed_nodes(const BuildPlan& plan);
// What a node waits for: its parent and where its files come from.
std::vector<NodeId> inputs_of(const Node& node);

}  // namespace stack::build
