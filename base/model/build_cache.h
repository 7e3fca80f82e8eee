// Where builds read the caches of other engines and where they leave theirs: what --cache-from and --cache-to say, in buildx's words. Pure
// values.
#pragma once

#include <map>
#include <string>

namespace stack::model {

// A cache outside of the engine: in a registry, or in a folder that is an OCI layout.
struct CachePlace {
  std::string reference;        // of a registry: a cache, or an image that has one inside of it; empty: it is a folder
  std::string folder;           // absolute, on the engine's machine
  std::string name = "latest";  // of a folder, which may hold several
  std::string digest;           // of a folder: this manifest, whatever its name
  bool operator==(const CachePlace&) const = default;
};

struct CacheExport {
  bool in_image = false;  // the image itself carries it, for the steps that it is made of; there is no place
  CachePlace place;
  bool all_steps = false;     // also of stages that the result only copies from (mode=max)
  bool as_index = false;      // an index of the layers, as older builders write it, instead of a manifest
  bool docker_types = false;  // Docker's media types
  bool may_fail = false;      // a failure is a warning
  bool operator==(const CacheExport&) const = default;
};

// Attributes by their names: "type", "ref", "src", "mode"... A type is "registry" when only a reference is given. Throw
// stack::Error(invalid) for attributes that are missing, unknown or have another form, and unsupported for stores that only a cloud has.
CachePlace cache_source(std::map<std::string, std::string> attributes);
CacheExport cache_target(std::map<std::string, std::string> attributes);
// As a person would write it, without what has its default: "type=registry,ref=...".
std::string cache_source_text(const CachePlace& place);
std::string cache_target_text(const CacheExport& target);

}  // namespace stack::model
