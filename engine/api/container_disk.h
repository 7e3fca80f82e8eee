// What the API asks of the files of containers: how large they are, and that those of stopped ones go. engine/service implements it; loop
// thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/api/backend.h"

namespace stack::api {

struct ContainerSizes {
  std::uint64_t writable_bytes = 0;  // what it has changed of its image's files
  std::uint64_t root_bytes = 0;      // with the image
};
using SizesById = std::map<std::string, ContainerSizes>;

struct ContainerPruneFilter {
  std::optional<Wall> until;                    // created before
  std::vector<std::string> labels, not_labels;  // "name" or "name=value"; all have to be there, none of the others
};
struct ContainerRemoval {
  std::vector<std::string> deleted;  // ids
  std::uint64_t freed_bytes = 0;
};

class ContainerDisk {
 public:
  virtual ~ContainerDisk() = default;
  // Reads the folders of these; ids that are gone are left out.
  virtual void sizes(std::vector<std::string> ids, Answer<SizesById> answer) = 0;
  // Removes what does not run and fits; volumes stay. What cannot be removed stays, and the log says why.
  virtual void prune(ContainerPruneFilter filter, Answer<ContainerRemoval> answer) = 0;
};

}  // namespace stack::api
