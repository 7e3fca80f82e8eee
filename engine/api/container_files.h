// What the API asks about the files of containers. engine/service implements it.
//
// Calls come and answer on the loop's thread; answers come by callback, exactly once, possibly before the call returns. What they throw
// at once is what cannot begin. A container is meant by its name (a slash may stand in front), its id, or the unique beginning of that;
// not_found is "No such container: x". Paths are those of the container's processes; a relative one begins at the root.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/model/image_config.h"
#include "base/unique_fd.h"
#include "engine/api/backend.h"

namespace stack::api {

struct PathStat {
  std::string name;  // the path's last part
  std::int64_t size = 0;
  std::uint32_t mode = 0;  // as stat(2) has it
  Wall modified{};
  std::string link_target;  // of a symbolic link: where it leads to in the container, resolved as far as that exists
};

struct ArchiveUpload {
  std::string container, path;
  bool keep_kind = false;    // no file takes a folder's place, and no folder a file's
  bool users_owner = false;  // everything belongs to the container's user, when its configuration names one
  UniqueFd archive;          // plain or compressed
};

struct FileChange {
  std::string path;
  int kind = 0;  // 0 modified, 1 added, 2 deleted
};

struct CommitRequest {
  std::string container;
  std::string reference;  // empty: an image without a name
  std::string author, comment;
  bool pause = true;                 // while its files are read
  std::vector<std::string> changes;  // instructions of a Dockerfile
  // Instead of the container's own; what it leaves out is still the container's.
  std::optional<model::ImageConfig> config;
};

class ContainerFiles {
 public:
  virtual ~ContainerFiles() = default;
  // Fails with not_found "Could not find the file PATH in container NAME".
  virtual void stat(const std::string& container, const std::string& path, Answer<PathStat> answer) = 0;
  // An archive of what is at the path. Exactly one of `open` and `fail` is called; a failure after that ends the archive without its end
  // mark.
  virtual void read(const std::string& container, const std::string& path,
                    std::function<std::shared_ptr<ByteStream>(const PathStat&)> open,
                    std::function<void(const Error&)> fail) = 0;
  // Unpacks the archive into the folder at the path. Fails with not_found, invalid (no folder, read-only).
  virtual void write(ArchiveUpload upload, Answer<std::monostate> answer) = 0;
  // Removes what is at these paths, folders with all that is in them; symbolic links are removed, not followed. What is missing is no
  // failure. What can be removed is, before a failure is told.
  virtual void remove(const std::string& container, std::vector<std::string> paths, Answer<std::monostate> answer) = 0;
  virtual void changes(const std::string& container, Answer<std::vector<FileChange>> answer) = 0;
  // The image's id.
  virtual void commit(CommitRequest request, Answer<std::string> answer) = 0;
};

}  // namespace stack::api
