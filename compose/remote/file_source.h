// Where loading reads from: files by path, and standard input. The one way in which loading touches the world, so that
// tests give it a map instead.
#pragma once

#include <cstddef>
#include <string>

namespace stack::compose {

enum class FileStatus { ok, missing, folder, unreadable };

struct FileText {
  FileStatus status = FileStatus::missing;
  std::string text;      // ok: the content
  std::string reason;    // unreadable: why
  std::string remedy{};  // unreadable: what to do, where that is known
};

struct RemoteReference;

// What a remote reference became: the path of a local file or folder, or, when that is empty, why not.
struct Fetched {
  std::string path, reason, remedy;
};

class FileSource {
 public:
  virtual ~FileSource() = default;
  // `path` is absolute, or "-" for standard input, which can be read once and then again.
  virtual FileText read(const std::string& path) = 0;
  // A folder's status is `folder`.
  virtual FileStatus status(const std::string& path) = 0;
  // Absolute; the way that the user came by, which may lead over symbolic links.
  virtual std::string working_dir() = 0;
  // `path` without symbolic links; as it is when it has none or does not exist.
  virtual std::string real_path(const std::string& path) { return path; }
  // Brings a git repository, or the project of an oci:// reference, here. `reference` has no problem.
  virtual Fetched fetch(const RemoteReference&) { return {{}, "files of other places cannot be had here", {}}; }

  static constexpr std::size_t kMaxFileBytes = std::size_t{16} << 20U;
};

}  // namespace stack::compose
