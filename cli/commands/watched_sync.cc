#include "cli/commands/watched_sync.h"

#include <algorithm>

#include "base/tar/tree_pack.h"
#include "cli/commands/archive_pipe.h"

namespace stack::cli {
namespace {

constexpr std::size_t kRemovalsAtOnce = 1000;

void remove(client::EngineClient& engine, const std::string& container, const std::vector<std::string>& paths) {
  for (std::size_t at = 0; at < paths.size(); at += kRemovalsAtOnce) {
    const auto first = paths.begin() + static_cast<std::ptrdiff_t>(at);
    const auto count = std::min(kRemovalsAtOnce, paths.size() - at);
    engine.remove_files(container, {first, first + static_cast<std::ptrdiff_t>(count)});
  }
}

void write(client::EngineClient& engine, const std::string& container, const std::vector<tar::PackedFile>& files) {
  through_pipe([&](BorrowedFd pipe) { tar::pack_each(files, pipe); },
               [&](BorrowedFd pipe) {
                 engine.write_files({.container = container, .folder = "/", .keep_kind = true, .users_owner = true},
                                    pipe);
               });
}

}  // namespace

void sync_files(client::EngineClient& engine, const std::string& project, const std::string& service,
                const compose::SyncedPaths& paths) {
  const std::vector<std::string> gone = compose::removals(paths);
  std::vector<tar::PackedFile> files;
  for (const auto& [place, path] : paths) {
    if (path.fate != watch::Fate::removed) files.push_back({.path = path.from, .as = place.substr(1)});
  }
  std::optional<Error> first;
  for (const model::Container& container : engine.containers(project, true)) {
    if (container.spec.service != service || container.spec.one_off) continue;
    try {
      if (!gone.empty()) remove(engine, container.id, gone);
      if (!files.empty()) write(engine, container.id, files);
    } catch (Error& error) {
      if (error.kind() != ErrorKind::not_found && !first) first = error.context("syncing " + container.spec.name);
    }
  }
  if (first) throw *first;
}

}  // namespace stack::cli
