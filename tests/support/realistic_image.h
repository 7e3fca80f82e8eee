// Images as they are in the world, made from a seed: many layers, whiteouts and opaque folders in every combination, hard links
// within and across layers, holes, pipes, devices, long and odd names, set-user-ID programs, extended attributes, and a configuration
// that says everything; with what a container must see of it all.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/unique_fd.h"

namespace stack::test {

// A tree as text: by path ("etc/passwd"), kind, mode, owner, and what the kind has: size and sum of the content, target, device,
// attributes, the time of what is not a folder. A further name of a file says only "same as" and the first name.
using TreeText = std::map<std::string, std::string>;

struct RealisticOptions {
  std::uint32_t seed = 1;
  unsigned layers = 12;
  unsigned changes = 40;                  // in each layer
  unsigned files = 0;                     // small ones in one layer, beside the changes
  std::uint64_t sparse_bytes = 64 << 20;  // the length of a file that is nearly all hole
  bool attributes = true;                 // user.* and security.capability
  bool whole_config = true;               // HEALTHCHECK, USER and the like too, not only VOLUME
  std::filesystem::path base;             // a tar whose entries are spread over the layers; may be empty
};

// Writes an archive as `docker save` does, with the image under `name`. Returns what a container sees, without the entries of `base`.
TreeText make_realistic_image(const RealisticOptions& options, const std::filesystem::path& archive,
                              const std::string& name);

// What is below `folder`, without it.
TreeText describe_folder(const std::filesystem::path& folder);
// What a tar holds.
TreeText describe_tar(const std::filesystem::path& archive);

// The sum of a content: of its blocks that are not zero, with their places.
class BlockSum {
 public:
  void add(std::uint64_t offset, const char* bytes, std::size_t size);
  [[nodiscard]] std::string text() const;

 private:
  static constexpr std::size_t kBlock = 4096;
  std::map<std::uint64_t, std::string> blocks_;
};

}  // namespace stack::test
