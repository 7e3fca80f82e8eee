#include "engine/build/copy_player.h"

#include <array>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/sys/syscalls.h"
#include "engine/build/content_digest.h"
#include "engine/build/path_in_root.h"
#include "engine/image/copy_file.h"
#include "engine/image/file_attributes.h"

namespace stack::build {
namespace {

constexpr mode_t kUmask = 0022;
constexpr std::size_t kLinkFoldersMax = 4096;  // descriptors for files with several names

Error failed(const std::string& doing) { return Error::from_errno(errno, doing); }

std::optional<struct stat> look(BorrowedFd folder, const std::string& name) {
  struct stat about {};
  if (::fstatat(folder.get(), name.c_str(), &about, AT_SYMLINK_NOFOLLOW) == 0) return about;
  if (errno == ENOENT) return std::nullopt;
  throw failed("looking at " + name);
}

// What is in the way of something that is not a folder.
void clear(BorrowedFd folder, const std::string& name) {
  const auto there = look(folder, name);
  if (!there) return;
  if (S_ISDIR(there->st_mode)) {
    throw Error(ErrorKind::invalid, "cannot replace the folder \"" + name + "\" by a file")
        .remedy("end the destination with a slash to copy into the folder");
  }
  if (::unlinkat(folder.get(), name.c_str(), 0) != 0) throw failed("replacing " + name);
}

UniqueFd open_at(BorrowedFd folder, const std::string& name, int flags, mode_t mode = 0) {
  UniqueFd fd{::openat(folder.get(), name.c_str(), flags | O_NOFOLLOW | O_CLOEXEC, mode)};
  if (!fd) throw failed("opening " + name);
  return fd;
}

bool same_moment(const struct stat& a, const struct stat& b) {
  return a.st_ino == b.st_ino && a.st_size == b.st_size && a.st_mtim.tv_sec == b.st_mtim.tv_sec &&
         a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::string{} : path.substr(0, slash);
}

std::string last_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

Owner CopyPlayer::owner_of(const FileTree& tree, const FileTree::Entry& from) const {
  if (rules_.owner) return *rules_.owner;
  if (tree.owners() == FileTree::Owners::ignored) return {};
  return {from.about.st_uid, from.about.st_gid, {}};
}

mode_t CopyPlayer::mode_of(const FileTree& tree, const FileTree::Entry& from) const {
  const mode_t mode = copied_mode(tree, from);
  return rules_.mode ? rules_.mode->apply(mode, S_ISDIR(mode)) : mode & 07777;
}

// Owner first: changing it takes rights away. Times last.
void CopyPlayer::settle(const FileTree& tree, const FileTree::Entry& from, BorrowedFd source, BorrowedFd made) {
  const Owner owner = owner_of(tree, from);
  if (::fchown(made.get(), owner.user, owner.group) != 0) throw failed("setting the owner of " + from.path);
  if (::fchmod(made.get(), mode_of(tree, from)) != 0) throw failed("setting the mode of " + from.path);
  // As with BuildKit, those of a client's files stay with the client.
  if (tree.owners() == FileTree::Owners::kept)
    image::copy_attributes(source, made, rules_.unpacked ? "security.capability" : "");
  const std::array<timespec, 2> times{from.about.st_atim, from.about.st_mtim};
  if (::futimens(made.get(), times.data()) != 0) throw failed("setting the times of " + from.path);
}

// --- the destination -------------------------------------------------------------------------------------------------------------------

UniqueFd CopyPlayer::open_or_make(const std::string& path) {
  UniqueFd at{::openat(root_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!at) throw failed("opening the root");
  const Owner owner = rules_.owner.value_or(Owner{});
  // As with BuildKit, an octal mode is theirs too, as far as the usual umask lets it.
  const mode_t mode = (rules_.mode && rules_.mode->octal() ? *rules_.mode->octal() : 0755) & 0777 & ~kUmask;
  for (std::size_t begin = 0; begin < path.size();) {
    const std::size_t slash = std::min(path.find('/', begin), path.size());
    const std::string name = path.substr(begin, slash - begin);
    begin = slash + 1;
    const bool made = ::mkdirat(at.get(), name.c_str(), mode) == 0;
    if (!made && errno != EEXIST) throw failed("making the folder /" + path);
    UniqueFd next{::openat(at.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
    if (!next && errno == ENOTDIR)
      throw Error(ErrorKind::invalid, "\"/" + path.substr(0, slash) + "\" is not a folder");
    if (!next) throw failed("opening /" + path.substr(0, slash));
    if (made && (::fchown(next.get(), owner.user, owner.group) != 0 || ::fchmod(next.get(), mode) != 0))
      throw failed("setting the owner of /" + path.substr(0, slash));
    at = std::move(next);
  }
  return at;
}

void CopyPlayer::make_folder(const std::string& path) { static_cast<void>(open_or_make(path_in_root(root_, path))); }

CopyPlayer::Target CopyPlayer::target_of(const CopySource& source, const std::string& destination) {
  std::string path = path_in_root(root_, destination);
  bool into = destination.ends_with('/') || path.empty();
  if (!source.parents.empty()) {
    path = joined(path, source.parents);
    into = true;
  }
  if (into) static_cast<void>(open_or_make(path));
  const auto there = sys::open_in_root_no_links(root_, path.empty() ? "." : path.c_str(), O_PATH | O_NOFOLLOW, 0);
  struct stat about {};
  const bool folder = there && ::fstat(there->get(), &about) == 0 && S_ISDIR(about.st_mode);
  // A folder's content goes into the folder; a file, and with --parents a folder too, keeps its name there.
  if (folder && (!source.is_folder() || !source.parents.empty())) path = joined(path, source.name);
  if (source.is_folder()) static_cast<void>(open_or_make(path));
  return {open_or_make(parent_of(path)), last_of(path)};
}

// --- what is copied --------------------------------------------------------------------------------------------------------------------

void CopyPlayer::copy(const FileTree& tree, const CopySource& source, const std::string& destination) {
  links_.clear();
  link_folders_.clear();
  top_ = source.path;
  Target target = target_of(source, destination);
  const FileTree::Entry from{source.path, source.about, {}};
  if (target.name.empty()) target.name = ".";
  entry(tree, from, target.folder, target.name, false);
}

void CopyPlayer::unpack(const FileTree& tree, const CopySource& source, const std::string& destination) {
  CopyRules rules = rules_;
  rules.mode.reset();
  rules.unpacked = true;
  CopyPlayer{root_, rules}.copy(tree, source, destination);
}

void CopyPlayer::write(const InlineFile& file, const std::string& destination) {
  struct stat about {};
  about.st_mode = S_IFREG | 0644;
  const Target target = target_of({file.name, file.name, {}, about}, destination);
  clear(target.folder, target.name);
  const UniqueFd made = open_at(target.folder, target.name, O_WRONLY | O_CREAT | O_EXCL, 0600);
  write_all(made, file.content, "writing " + file.name);
  const Owner owner = rules_.owner.value_or(Owner{});
  const mode_t mode = rules_.mode ? rules_.mode->apply(0644, false) : 0644;
  if (::fchown(made.get(), owner.user, owner.group) != 0) throw failed("setting the owner of " + file.name);
  if (::fchmod(made.get(), mode) != 0) throw failed("setting the mode of " + file.name);
}

void CopyPlayer::entry(const FileTree& tree, const FileTree::Entry& from, BorrowedFd to, const std::string& name,
                       bool nested) {
  if (rules_.check) rules_.check();
  if (S_ISDIR(from.about.st_mode)) return folder(tree, from, to, name, nested);
  clear(to, name);
  if (S_ISREG(from.about.st_mode)) return file(tree, from, to, name);
  special(tree, from, to, name);
}

// Whether something below a folder that is left out is not left out itself.
bool CopyPlayer::holds_exception(const FileTree& tree, const FileTree::Entry& left_out) const {
  if (!S_ISDIR(left_out.about.st_mode) || !rules_.excludes->has_exceptions()) return false;
  bool holds = false;
  tree.walk(left_out.path, [&](const FileTree::Entry& found) {
    holds = holds || !rules_.excludes->ignores(found.path.substr(top_.empty() ? 0 : top_.size() + 1));
    return !holds;
  });
  return holds;
}

void CopyPlayer::folder(const FileTree& tree, const FileTree::Entry& from, BorrowedFd to, const std::string& name,
                        bool nested) {
  const auto there = name == "." ? std::nullopt : look(to, name);
  if (there && !S_ISDIR(there->st_mode))
    throw Error(ErrorKind::invalid,
                "cannot copy the folder \"" + from.path + "\" over \"" + name + "\", which is not a folder");
  if (name != "." && !there && ::mkdirat(to.get(), name.c_str(), 0700) != 0) throw failed("making the folder " + name);
  const UniqueFd target = open_at(to, name, O_RDONLY | O_DIRECTORY);
  for (const FileTree::Entry& found : tree.list(from.path)) {
    const std::string below = found.path.substr(top_.empty() ? 0 : top_.size() + 1);
    if (rules_.excludes != nullptr && rules_.excludes->ignores(below) && !holds_exception(tree, found)) continue;
    entry(tree, found, target, last_of(found.path), true);
  }
  // The destination itself is not the source, unless that is asked for.
  if (nested || rules_.keep_folder) settle(tree, from, tree.open(from.path), target);
}

void CopyPlayer::file(const FileTree& tree, const FileTree::Entry& from, BorrowedFd to, const std::string& name) {
  const std::pair<dev_t, ino_t> inode{from.about.st_dev, from.about.st_ino};
  if (from.about.st_nlink > 1) {
    const auto first = links_.find(inode);
    if (first != links_.end()) {
      if (::linkat(first->second.first, first->second.second.c_str(), to.get(), name.c_str(), 0) == 0) return;
      throw failed("linking " + from.path);
    }
  }
  const UniqueFd source = tree.open(from.path);
  const UniqueFd made = open_at(to, name, O_WRONLY | O_CREAT | O_EXCL, 0600);
  image::copy_content(source, made, from.about.st_size, from.path);
  struct stat now {};
  if (::fstat(source.get(), &now) != 0 || !same_moment(from.about, now)) {
    throw Error(ErrorKind::conflict, "\"" + from.path + "\" changed while it was copied").remedy("build again");
  }
  settle(tree, from, source, made);
  if (from.about.st_nlink > 1 && link_folders_.size() < kLinkFoldersMax) {
    link_folders_.push_back(open_at(to, ".", O_RDONLY | O_DIRECTORY));
    links_[inode] = {link_folders_.back().get(), name};
  }
}

void CopyPlayer::special(const FileTree& tree, const FileTree::Entry& from, BorrowedFd to, const std::string& name) {
  const Owner owner = owner_of(tree, from);
  if (S_ISLNK(from.about.st_mode)) {
    if (::symlinkat(from.link.c_str(), to.get(), name.c_str()) != 0) throw failed("making the link " + from.path);
  } else {
    const bool device = S_ISCHR(from.about.st_mode) || S_ISBLK(from.about.st_mode);
    if (device && tree.owners() == FileTree::Owners::ignored) {
      throw Error(ErrorKind::unsupported, "\"" + from.path + "\" of the build context is a device")
          .remedy("leave it out with .dockerignore");
    }
    if (::mknodat(to.get(), name.c_str(), (from.about.st_mode & S_IFMT) | 0600, from.about.st_rdev) != 0)
      throw failed("making " + from.path);
    if (::fchmodat(to.get(), name.c_str(), mode_of(tree, from), 0) != 0)
      throw failed("setting the mode of " + from.path);
  }
  if (::fchownat(to.get(), name.c_str(), owner.user, owner.group, AT_SYMLINK_NOFOLLOW) != 0)
    throw failed("setting the owner of " + from.path);
  const std::array<timespec, 2> times{from.about.st_atim, from.about.st_mtim};
  if (::utimensat(to.get(), name.c_str(), times.data(), AT_SYMLINK_NOFOLLOW) != 0)
    throw failed("setting the times of " + from.path);
}

}  // namespace stack::build
