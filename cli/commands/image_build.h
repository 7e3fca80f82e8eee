// `stack image build`: docker build, and `stack builder`: its cache.
#pragma once

#include <string>
#include <vector>

#include "cli/commands/session.h"

namespace stack::cli {

struct ImageBuildFlags {
  std::string context;  // PATH, URL or "-"
  std::string file, target, network, shm_size, iidfile, metadata_file, call = "build", progress, builder;
  std::string provenance, sbom, cgroup_parent;
  std::vector<std::string> tags, build_args, labels, no_cache_filter, add_hosts, ulimits, platforms, secrets, ssh,
      build_contexts, outputs, cache_from, cache_to, allow, annotations, attests;
  bool no_cache = false, pull = false, quiet = false, check = false, push = false;
};
// Prints the image's id with --quiet. 1 when a check finds something.
int image_build(Session& session, const ImageBuildFlags& flags);

struct BuilderDuFlags {
  bool verbose = false;
  std::vector<std::string> filters;  // id=, kind=
};
int builder_du(Session& session, const BuilderDuFlags& flags);

struct BuilderPruneFlags {
  bool all = false, force = false, verbose = false;
  std::vector<std::string> filters;  // until=, id=
  std::string keep_storage, reserved_space, max_used_space, min_free_space;
};
int builder_prune(Session& session, const BuilderPruneFlags& flags);

}  // namespace stack::cli
