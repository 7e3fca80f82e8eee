// What the API asks registries for its clients, beside pulls and pushes; nothing is kept. engine/service implements it; loop thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/model/credentials.h"
#include "engine/api/backend.h"

namespace stack::api {

struct RegistryImage {
  struct Platform {
    std::string architecture, os, variant;
  };
  std::string media_type, digest;  // of the manifest, or of the index
  std::uint64_t size = 0;
  std::vector<Platform> platforms;
};

struct FoundRepository {
  std::string name, description;
  std::int64_t stars = 0;
  bool official = false, automated = false;
};

class RegistryQuery {
 public:
  virtual ~RegistryQuery() = default;
  // What the registry says that the name leads to.
  virtual void image(std::string reference, model::Credentials credentials, Answer<RegistryImage> answer) = 0;
  // What the registry in front of the term, else Docker Hub, finds, `limit` at most. Fails with unsupported when it cannot search.
  virtual void search(std::string term, int limit, model::Credentials credentials,
                      Answer<std::vector<FoundRepository>> answer) = 0;
};

}  // namespace stack::api
