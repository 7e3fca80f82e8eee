// An engine in this process that builds: everything that stackd has but the doors. The test program runs in mount and network namespaces of
// its own; everything goes when the engine goes.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "engine/api/build_backend.h"
#include "engine/image/image_store.h"
#include "engine/service/build_service.h"

namespace stack::test {

struct BuildResult {
  std::optional<Error> failure;
  std::string image_id;
  std::vector<api::BuildEvent> events;

  // Names of the steps that were played, and of those that the cache served.
  [[nodiscard]] std::vector<std::string> played() const;
  [[nodiscard]] std::vector<std::string> cached() const;
  // Why the step with this in its name was played.
  [[nodiscard]] std::string cause_of(const std::string& part) const;
  [[nodiscard]] std::string output() const;
  [[nodiscard]] std::vector<std::string> warnings() const;
};

class BuildEngine {
 public:
  // `root` is a folder of the caller's; an engine may be made for it again. `tag`: of an engine of another process.
  explicit BuildEngine(const std::filesystem::path& root, std::string tag = {});
  BuildEngine(const BuildEngine&) = delete;
  BuildEngine& operator=(const BuildEngine&) = delete;
  ~BuildEngine();

  // The archive of a root file system becomes an image, with a PATH of /bin.
  void import(const std::filesystem::path& archive, const std::string& name);
  // An image of the host's static busybox, with /etc/passwd and /etc/group, under this name.
  void import_busybox(const std::string& name);
  BuildResult build(model::BuildSpec spec, UniqueFd archive = {});
  // The same, and `during` is called with each event and may cancel.
  BuildResult build(model::BuildSpec spec,
                    const std::function<void(const api::BuildEvent&, const std::function<void()>&)>& during);
  std::vector<api::BuildCacheEntry> cache();
  api::BuildPruned prune(api::BuildPrune wish);
  std::string check(model::BuildSpec spec);

  image::Store& images();
  // "mode user:group path [size digest | -> target]", one a line in the order of paths; of the whole image.
  std::string tree_of(const std::string& image_id);
  // Processes, mounts and folders that a build has left, one a line.
  std::string leftovers();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace stack::test
