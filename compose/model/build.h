// How to make a service's image (Compose build specification). A plain value with absolute paths, except `dockerfile`,
// which is relative to the context.
#pragma once

#include "compose/model/values.h"

namespace stack::compose {

// Id to the path of a key or an agent's socket; "default" has an empty path.
struct SshKeys : Mapping {
  bool operator==(const SshKeys&) const = default;
};

struct Build {
  std::string context;
  std::string dockerfile;
  std::string dockerfile_inline;
  Strings entitlements;
  Environment args;
  std::string provenance, sbom;
  SshKeys ssh;
  Mapping labels;
  Strings cache_from, cache_to;
  bool no_cache = false;
  Strings no_cache_filter;
  Mapping additional_contexts;
  bool pull = false;
  ExtraHosts extra_hosts;
  std::string isolation;
  std::string network;
  std::string target;
  std::vector<FileGrant> secrets;
  Bytes shm_size;
  Strings tags;
  Ulimits ulimits;
  Strings platforms;
  bool privileged = false;
  Extensions extensions;
  bool operator==(const Build&) const = default;
};

}  // namespace stack::compose
