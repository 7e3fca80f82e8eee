#include "base/engine_tree.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/unique_fd.h"

namespace stack::tree {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kModeBits = 07777;
constexpr std::array<Row, 43> kRows = {{
    {Place::root, "", Kind::folder, 0700, "nobody but the engine walks in"},
    {Place::root, "state.db", Kind::file, 0600, "environments, passwords, contents of secrets"},
    {Place::root, "state.db-wal", Kind::file, 0600, "the same, written last"},
    {Place::root, "state.db-shm", Kind::file, 0600, "its index"},
    {Place::root, "ballast", Kind::file, 0600, "room on a full disk for what the state notes"},
    {Place::root, "engine.lock", Kind::file, 0600, "the engine that uses the root holds it"},
    {Place::root, "stackd.log", Kind::file, 0600, "the engine's own log names commands and paths"},
    {Place::root, "stackd.1.log", Kind::file, 0600, "older ones"},
    {Place::root, "stackd.2.log", Kind::file, 0600, "older ones"},
    {Place::root, "containers", Kind::folder, 0700, "a folder for each container"},
    {Place::root, "containers/*", Kind::folder, 0700, "its writable layer, injected files, logs, exit record"},
    {Place::root, "containers/*/log", Kind::folder, 0700, "what it has written to its streams"},
    {Place::root, "containers/*/work", Kind::folder, 0700, "overlayfs's own"},
    {Place::root, "containers/*/rootfs", Kind::folder, 0700, "where its root is mounted in its own namespace"},
    {Place::root, "removed", Kind::folder, 0700, "containers that are being deleted"},
    {Place::root, "skeleton", Kind::folder, 0755, "every container's lowest layer: it shows in them"},
    {Place::root, "docker-init", Kind::file, 0755, "the init of containers: it shows in them"},
    {Place::root, "images", Kind::folder, 0700, "the image store"},
    {Place::root, "images/images.json", Kind::file, 0600, "its table"},
    {Place::root, "images/ballast", Kind::file, 0600, "room on a full disk for that table"},
    {Place::root, "images/blobs", Kind::folder, 0700, "configurations, which hold environments, and manifests"},
    {Place::root, "images/layers", Kind::folder, 0700, "unpacked layers, setuid programs among them"},
    {Place::root, "images/incoming", Kind::folder, 0700, "layers that are being unpacked"},
    {Place::root, "images/discarded", Kind::folder, 0700, "layers that are being deleted"},
    {Place::root, "build", Kind::folder, 0700, "the build cache"},
    {Place::root, "build/steps", Kind::folder, 0700, "what its steps were made of"},
    {Place::root, "build/mounts", Kind::folder, 0700, "what RUN --mount=type=cache keeps"},
    {Place::root, "build/history.json", Kind::file, 0600, "what was built: names, steps, failures"},
    {Place::root, "build/contexts", Kind::folder, 0700, "digests of the files of build contexts"},
    {Place::root, "volumes", Kind::folder, 0700, "a folder for each volume"},
    {Place::root, "volumes/*", Kind::folder, 0700,
     "its _data shows in containers and keeps the mode that they give it"},
    {Place::run, "", Kind::folder, 0755, "members of the group stack reach the socket"},
    {Place::run, "stackd.sock", Kind::socket, 0660, "root and the group stack"},
    {Place::run, "stackd.pid", Kind::file, 0644, "for who wants to know which process it is"},
    {Place::run, "apparmor", Kind::file, 0600, "the profile that has been loaded"},
    {Place::run, "start.lock", Kind::file, 0600, "held by who starts the engine"},
    {Place::run, "execs", Kind::file, 0600, "commands and environments of execs, for the next engine"},
    {Place::run, "secrets", Kind::folder, 0700, "secrets of builds that run"},
    {Place::run, "secrets/*", Kind::folder, 0700, "those of one command"},
    {Place::run, "sockets", Kind::folder, 0700, "what containers with a part of the API have mounted"},
    {Place::run, "sockets/*", Kind::socket, 0666, "every user of such a container"},
    {Place::run, "shims", Kind::folder, 0700, "the shims' sockets"},
    {Place::run, "shims/*", Kind::socket, 0600, "who connects runs programs in the container"},
}};

bool is(const struct stat& info, Kind kind) {
  switch (kind) {
    case Kind::folder:
      return S_ISDIR(info.st_mode);
    case Kind::file:
      return S_ISREG(info.st_mode);
    case Kind::socket:
      return S_ISSOCK(info.st_mode);
  }
  return false;
}

// By a descriptor, so that what is changed is what was looked at.
void correct_one(const fs::path& path, const Row& row, bool follow, std::vector<std::string>& wrong) {
  const auto failed = [&](const char* step) {
    wrong.push_back(path.string() + ": " + step + ": " + std::strerror(errno));
  };
  const UniqueFd fd{::open(path.c_str(), O_PATH | O_CLOEXEC | (follow ? 0 : O_NOFOLLOW))};
  if (!fd) {
    if (errno != ENOENT && errno != ENOTDIR) failed("opening");
    return;
  }
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return failed("reading its mode");
  if (!is(info, row.kind)) return;  // a stranger's, which nothing here uses
  const std::string by_number = "/proc/self/fd/" + std::to_string(fd.get());
  if (row.path.empty() && (info.st_mode & S_ISVTX) != 0) return;
  if (info.st_uid != 0 && ::chown(by_number.c_str(), 0, static_cast<gid_t>(-1)) != 0) failed("giving it to root");
  if ((info.st_mode & kModeBits) != row.mode && ::chmod(by_number.c_str(), row.mode) != 0) failed("setting its mode");
}

// `rest` is what of the row's path is not yet part of `path`.
void correct_below(const fs::path& path, std::string_view rest, const Row& row, bool follow,
                   std::vector<std::string>& wrong) {
  const std::size_t star = rest.find('*');
  if (star == std::string_view::npos) return correct_one(rest.empty() ? path : path / rest, row, follow, wrong);
  const fs::path folder = path / rest.substr(0, star);
  rest.remove_prefix(star + 1);
  if (rest.starts_with('/')) rest.remove_prefix(1);
  std::error_code missing;
  for (const fs::directory_entry& entry : fs::directory_iterator{folder, missing}) {
    correct_below(entry.path(), rest, row, false, wrong);
  }
}

}  // namespace

std::span<const Row> rows() { return kRows; }

void make_folder(const fs::path& path, mode_t mode) {
  std::error_code failed;
  fs::create_directories(path.parent_path(), failed);
  if (::mkdir(path.c_str(), mode) != 0 && errno != EEXIST) throw Error::from_errno(errno, "making " + path.string());
  if (::chmod(path.c_str(), mode) != 0) throw Error::from_errno(errno, "setting the mode of " + path.string());
}

void make_private_file(const fs::path& path) {
  const UniqueFd fd{::open(path.c_str(), O_RDONLY | O_CREAT | O_NONBLOCK | O_CLOEXEC, kPrivateFile)};
  if (!fd) throw Error::from_errno(errno, "opening " + path.string());
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) throw Error::from_errno(errno, "looking at " + path.string());
  if (!S_ISREG(info.st_mode)) throw Error(ErrorKind::invalid, path.string() + " is not a file");
  if (::fchmod(fd.get(), kPrivateFile) != 0) throw Error::from_errno(errno, "setting the mode of " + path.string());
}

bool is_root(const fs::path& folder) {
  std::error_code missing;
  return fs::exists(folder / kRootMark, missing) || fs::exists(folder / "state.db", missing);
}

bool may_be_root(const fs::path& folder) {
  std::error_code missing;
  if (is_root(folder)) return true;
  for (const fs::directory_entry& entry : fs::directory_iterator{folder, missing}) {
    const std::string name = entry.path().filename().string();
    const auto known = [&](const Row& row) {
      return row.place == Place::root && row.path.substr(0, row.path.find('/')) == name;
    };
    if (name != "lost+found" && std::ranges::none_of(kRows, known)) return false;
  }
  return true;
}

std::vector<std::string> correct(const fs::path& root, const fs::path& run) {
  std::vector<std::string> wrong;
  for (const Row& row : kRows) correct_below(row.place == Place::root ? root : run, row.path, row, true, wrong);
  return wrong;
}

}  // namespace stack::tree
