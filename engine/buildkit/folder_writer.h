// The disk's half of receiving a folder: makes what the sender's stats describe below a folder, and writes the contents. What lies there
// already from an earlier time and looks as described (kind, mode, size, time) stays; what the sender does not name is removed.
//
// The sender is not trusted: paths are relative, clean, in the order of fsutil (folder by folder), each below a folder that was announced
// before it, so that no link is ever followed; devices and sockets are left out. Owners are not kept: everything is root's, as in every
// context. Blocks on the disk: for the pool, one call at a time. Throws stack::Error.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/unique_fd.h"

namespace stack::buildkit {

struct FileStat {
  std::string path;
  std::uint32_t mode = 0;     // bits of Go's os.FileMode
  std::int64_t size = 0;      // bytes
  std::int64_t modified = 0;  // nanoseconds since 1970
  std::string link;
};

class FolderWriter {
 public:
  static constexpr std::size_t kEntriesMax = 2'000'000;
  static constexpr std::size_t kNamesMax = std::size_t{128} << 20;   // bytes of paths and of where links lead
  static constexpr std::size_t kDepthMax = 256;                      // folders in one another
  static constexpr std::int64_t kBytesMax = std::int64_t{64} << 30;  // of all contents
  static constexpr std::size_t kOpenMax = 64;                        // files that are being written

  explicit FolderWriter(UniqueFd root);

  // Makes it, unless it is there. True when its contents have to be asked for.
  bool add(const FileStat& stat);
  // All stats have come.
  void end_stats();
  // Of all files that the sender has named.
  [[nodiscard]] std::uint64_t size() const { return size_; }
  void open(std::uint32_t id, const FileStat& stat);
  void write(std::uint32_t id, std::string_view bytes);
  void close(std::uint32_t id);

 private:
  struct Folder {
    UniqueFd fd;
    std::string path;
    std::int64_t modified = 0;
    bool was_there = false;
    std::set<std::string, std::less<>> names{};  // what the sender has named in it, where it was there
  };
  struct File {
    UniqueFd fd;
    std::string path;
    std::int64_t modified = 0, written = 0, size = 0;
  };
  void check(const FileStat& stat);
  void leave_folders(std::string_view path);
  static void remove_unnamed(const Folder& folder);
  // Whether it lies there as described. What lies there otherwise is removed, but for a folder that stays one.
  bool settle(const FileStat& stat, const std::string& name);
  void make(const FileStat& stat, const std::string& name);
  void enter(const FileStat& stat, const std::string& name, bool is_there);
  void make_link(const FileStat& stat, const std::string& name);

  std::vector<Folder> folders_;  // those that the last path lies in; the first is the root
  std::map<std::uint32_t, File> files_;
  std::string last_;
  std::size_t entries_ = 0, name_bytes_ = 0;
  std::uint64_t size_ = 0;
  std::int64_t bytes_ = 0;
};

}  // namespace stack::buildkit
