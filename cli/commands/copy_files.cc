#include "cli/commands/copy_files.h"

#include <array>
#include <exception>
#include <filesystem>
#include <functional>
#include <future>
#include <iostream>
#include <thread>

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/path_text.h"
#include "base/tar/tree_extract.h"
#include "base/tar/tree_pack.h"
#include "cli/commands/archive_output.h"
#include "cli/commands/archive_pipe.h"
#include "cli/commands/copy_paths.h"

namespace stack::cli {
namespace {

constexpr int kLinksMax = 10;

std::string local_path(const std::string& path) {
  return ending_like(absolute_path(std::filesystem::current_path().string(), path), path);
}

[[noreturn]] void refuse(int err, const std::string& path) { throw Error::from_errno(err, "lstat " + path); }

struct stat look(const std::string& path, bool follow) {
  struct stat about {};
  if ((follow ? ::stat(path.c_str(), &about) : ::lstat(path.c_str(), &about)) != 0) refuse(errno, path);
  return about;
}

std::string resolved(const std::string& path) {
  const std::unique_ptr<char, void (*)(void*)> real{::realpath(path.c_str(), nullptr), std::free};
  if (!real) refuse(errno, path);
  return real.get();
}

// Links on the way are followed, the last part only when it says so by its ending or `follow` does; it keeps its name.
CopySource local_source(const std::string& word, bool follow) {
  const std::string path = local_path(word);
  look(path, follow);
  CopySource source;
  if (follow || asserts_folder(path)) {
    source.path = ending_like(resolved(path), path);
    if (last_part(path) != last_part(source.path)) source.called = last_part(path);
  } else {
    const PathParts parts = parts_of(path);
    const std::string folder = resolved(parts.folder);
    source.path = parts.name == "/" ? "/" : folder + (folder.ends_with('/') ? "" : "/") + parts.name;
  }
  source.is_folder = S_ISDIR(look(source.path, false).st_mode);
  return source;
}

// What docker's command line refuses to write to.
void check_output(const std::string& path) {
  const std::string folder = parent_path(clean_path(path));
  struct stat about {};
  if (::stat(folder.c_str(), &about) != 0 && errno == ENOENT)
    throw Error(ErrorKind::invalid, "invalid output path: directory \"" + folder + "\" does not exist");
  if (::stat(path.c_str(), &about) != 0) {
    if (errno == ENOENT) return;
    throw Error(Error::from_errno(errno, "stat " + path).message());
  }
  if (!S_ISDIR(about.st_mode) && !S_ISREG(about.st_mode))
    throw Error(ErrorKind::invalid, "invalid output path: \"" + path + "\" must be a directory or a regular file");
}

// A link is followed by hand: what it leads to need not exist.
CopyTarget local_target(const std::string& word) {
  CopyTarget target{.path = local_path(word)};
  check_output(target.path);
  struct stat about {};
  int failed = ::lstat(target.path.c_str(), &about) == 0 ? 0 : errno;
  for (int links = 0; failed == 0 && S_ISLNK(about.st_mode); ++links) {
    if (links > kLinksMax) throw Error(ErrorKind::invalid, "too many symbolic links: " + word);
    std::error_code unread;
    const std::string link = std::filesystem::read_symlink(target.path, unread).string();
    if (unread) throw Error::from_errno(unread.value(), "reading the link " + target.path);
    target.path = target_path(target.path, link);
    failed = ::lstat(target.path.c_str(), &about) == 0 ? 0 : errno;
  }
  if (failed != 0 && failed != ENOENT) refuse(failed, target.path);
  target.exists = failed == 0;
  target.is_folder = target.exists && S_ISDIR(about.st_mode);
  if (!target.exists && !S_ISDIR(look(parts_of(target.path).folder, true).st_mode))
    throw Error(ErrorKind::invalid, "not a directory: \"" + parts_of(target.path).folder + "\"");
  return target;
}

// In a container a link that is the target is followed once, which its path already says whole.
CopyTarget container_target(client::EngineClient& engine, const std::string& container, const std::string& path) {
  CopyTarget target{.path = path};
  auto stat = engine.path_stat(container, path);
  if (stat && S_ISLNK(stat->mode)) {
    target.path = target_path(path, stat->link_target);
    stat = engine.path_stat(container, target.path);
  }
  target.exists = stat.has_value();
  target.is_folder = stat && S_ISDIR(stat->mode);
  if (stat && !S_ISDIR(stat->mode) && !S_ISREG(stat->mode) && !S_ISLNK(stat->mode))
    throw Error(ErrorKind::invalid,
                "destination \"" + container + ":" + path + "\" must be a directory or a regular file");
  return target;
}

// With `follow`, a source that is a link is replaced by what it leads to, and keeps its name.
CopySource container_source(client::EngineClient& engine, const std::string& container, const std::string& path,
                            bool follow) {
  CopySource source{.path = path};
  const auto stat = follow ? engine.path_stat(container, path) : std::nullopt;
  if (!stat || !S_ISLNK(stat->mode)) return source;
  source.path = ending_like(target_path(path, stat->link_target), path);
  if (last_part(path) != last_part(source.path)) source.called = last_part(path);
  return source;
}

void upload(client::EngineClient& engine, const std::string& container, const std::string& folder, BorrowedFd archive,
            const CopyOptions& options) {
  engine.write_files({.container = container, .folder = folder, .keep_kind = true, .users_owner = options.archive},
                     archive);
}

}  // namespace

void copy_into(client::EngineClient& engine, const std::string& container, const std::string& source,
               const std::string& target, const CopyOptions& options) {
  const CopyTarget to = container_target(engine, container, target);
  const CopySource from = local_source(source, options.follow_link);
  const Landing landing = landing_of(from, to);
  const PathParts parts = parts_of(from.path);
  const UniqueFd folder{::open(parts.folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
  if (!folder) throw Error::from_errno(errno, "opening " + parts.folder);
  const std::string name = parts.name == "/" ? "." : parts.name;
  through_pipe([&](BorrowedFd pipe) { tar::pack(folder, name, landing.name, pipe); },
               [&](BorrowedFd pipe) { upload(engine, container, landing.folder, pipe, options); });
}

void unpack_into(client::EngineClient& engine, const std::string& container, BorrowedFd input,
                 const std::string& target, const CopyOptions& options) {
  const CopyTarget to = container_target(engine, container, target);
  if (!to.is_folder)
    throw Error(ErrorKind::invalid, "destination \"" + container + ":" + target + "\" must be a directory");
  upload(engine, container, to.path, input, options);
}

void copy_out(client::EngineClient& engine, const std::string& container, const std::string& source,
              const std::string& target, const CopyOptions& options) {
  CopyTarget to = local_target(target);
  CopySource from = container_source(engine, container, source, options.follow_link);
  std::promise<api::PathStat> known;
  auto stat = known.get_future();
  const auto receive = [&](BorrowedFd pipe) {
    bool told = false;
    try {
      engine.read_files(
          container, from.path,
          [&](const api::PathStat& about) {
            told = true;
            known.set_value(about);
          },
          pipe);
    } catch (...) {
      if (!told) known.set_exception(std::current_exception());
      throw;
    }
  };
  const auto unpack = [&](BorrowedFd pipe) {
    const api::PathStat about = stat.get();
    from.is_folder = S_ISDIR(about.mode);
    const Landing landing = landing_of(from, to);
    const UniqueFd folder{::open(landing.folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
    if (!folder) throw Error::from_errno(errno, "opening " + landing.folder);
    tar::Stream archive{tar::source_of(pipe)};
    tar::extract(
        archive, folder,
        {.keep_owner = false,
         .keep_kind = true,
         .devices = false,
         .place = landing.folder,
         .rename = [&](const std::string& entry) { return renamed_entry(entry, about.name, landing.name); },
         .left_out =
             [](const std::string& path) { std::cerr << "warning: " << path << " is a device and is not copied\n"; }});
  };
  through_pipe(receive, unpack);
}

void pack_out(client::EngineClient& engine, const std::string& container, const std::string& source,
              const CopyOptions& options) {
  const CopySource from = container_source(engine, container, source, options.follow_link);
  write_archive("", [&](BorrowedFd to) {
    engine.read_files(
        container, from.path, [](const api::PathStat&) {}, to);
  });
}

}  // namespace stack::cli
