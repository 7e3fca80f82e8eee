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

struct BuilderLsFlags {
  std::string format;  // empty: table
};
int builder_ls(Session& session, const BuilderLsFlags& flags);
struct BuilderInspectFlags {
  std::string name;  // empty: the one there is
};
int builder_inspect(Session& session, const BuilderInspectFlags& flags);
struct BuilderVersionFlags {};
int builder_version(Session& session, const BuilderVersionFlags& flags);

struct BuilderHistoryLsFlags {
  std::string format = "table";
  bool quiet = false, no_trunc = false;
};
int builder_history_ls(Session& session, const BuilderHistoryLsFlags& flags);
struct BuilderHistoryInspectFlags {
  std::string id;  // empty: the newest
  std::string format = "pretty";
};
int builder_history_inspect(Session& session, const BuilderHistoryInspectFlags& flags);
struct BuilderHistoryRmFlags {
  std::vector<std::string> ids;
  bool all = false;
};
int builder_history_rm(Session& session, const BuilderHistoryRmFlags& flags);

}  // namespace stack::cli
