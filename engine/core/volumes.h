// The engine's named and anonymous volumes: their rows and folders.
//
// Loop thread only; content is deleted on a pool, after the name is free again: on the threads of `mounts` where a file system may be
// mounted.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "base/model/volume_spec.h"
#include "engine/core/context.h"
#include "engine/core/volume_mounts.h"

namespace stack::core {

class Volumes {
 public:
  explicit Volumes(Context& context);

  // The existing volume of that name, or a new one; anonymous ones are labelled as such. Without driver options.
  const model::Volume& ensure(model::VolumeSpec spec);
  // The same for any options: those that name a folder of the host have it looked at, on a thread that may wait for it.
  boost::asio::awaitable<model::Volume> create(model::VolumeSpec spec);
  // Throws not_found, and conflict while its file system is mounted for somebody. The caller has made sure that no container uses
  // it. The name is free at once; resumes when the content is deleted.
  boost::asio::awaitable<void> remove(std::string name);
  [[nodiscard]] std::optional<std::string> path(const std::string& name) const;
  [[nodiscard]] const std::map<std::string, model::Volume>& by_name() const { return by_name_; }
  void recover(std::vector<model::Volume> rows);
  [[nodiscard]] VolumeMounts& mounts() { return mounts_; }

 private:
  const model::Volume& add(model::Volume volume);
  void tell(const std::string& name, const char* action);

  Context& context_;
  VolumeMounts mounts_;
  std::map<std::string, model::Volume> by_name_;
};

}  // namespace stack::core
