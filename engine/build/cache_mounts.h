// The folders of RUN --mount=type=cache: one an id, shared, in turns, or a further one for each that comes meanwhile.
//
// Loop thread; the folders outlive the builds, and engines.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "base/async/event.h"
#include "base/dockerfile/run_mount.h"

namespace stack::build {

class CacheMounts {
 public:
  CacheMounts(boost::asio::io_context& loop, std::filesystem::path root) : root_(std::move(root)), changed_(loop) {}

  // A folder in use; released when it is destroyed, on the loop.
  class Lease {
   public:
    Lease(CacheMounts& mounts, std::string name) : mounts_(mounts), name_(std::move(name)) {}
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease();
    [[nodiscard]] std::filesystem::path folder() const { return mounts_.root_ / name_; }

   private:
    CacheMounts& mounts_;
    std::string name_;
  };

  // Waits while a step that has locked the id runs, or while others use it and this one wants it locked. The folder may not exist yet.
  boost::asio::awaitable<std::shared_ptr<Lease>> take(std::string id, dockerfile::CacheSharing sharing);
  [[nodiscard]] bool is_used(const std::string& name) const { return used_.contains(name); }

 private:
  const std::filesystem::path root_;
  async::Event changed_;
  std::map<std::string, int> used_;  // by folder name
  std::set<std::string> locked_;
};

}  // namespace stack::build
