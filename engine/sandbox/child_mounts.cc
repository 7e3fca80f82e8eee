#include "engine/sandbox/child_mounts.h"

#include <cerrno>
#include <cstdio>
#include <cstring>

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "base/sys/syscalls.h"
#include "engine/sandbox/child_files.h"
#include "engine/sandbox/plan_op.h"

namespace stack::sandbox {
namespace {

// From <sys/mount.h>, which cannot stand beside <linux/mount.h>.
constexpr int kDetach = 2;
constexpr unsigned long kReadOnlyMount = 1;
constexpr unsigned kRecursive = 0x8000;  // AT_RECURSIVE
constexpr std::uint64_t kQuiet = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
constexpr std::size_t kFdPathMax = 40;
constexpr std::size_t kPathBytesMax = 4096;
constexpr unsigned kOnFds = MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH;

struct FdPath {
  char text[kFdPathMax];
  explicit FdPath(BorrowedFd fd) noexcept { std::snprintf(text, sizeof text, "/proc/self/fd/%d", fd.get()); }
};

// The options of an overlayfs. Folders are handed to it as numbers of descriptors below /proc/self/fd, which are open while this lives:
// short enough for any number of layers, and no character of a path needs an escape. One at a time.
class LayerList {
 public:
  explicit LayerList(const Reporter& reporter) noexcept : reporter_(reporter) { data_[0] = '\0'; }
  LayerList(const LayerList&) = delete;
  LayerList& operator=(const LayerList&) = delete;
  ~LayerList() {
    for (std::size_t i = 0; i < count_; ++i) folders_[i].reset();
  }

  void add(const char* prefix, const char* path) noexcept {
    if (count_ == kSlotsMax + 2) reporter_.fail(Stage::layer, E2BIG, path);
    auto fd = open_path(path, O_PATH | O_DIRECTORY);
    if (!fd) reporter_.fail(Stage::layer, fd.err(), path);
    char number[16];
    std::snprintf(number, sizeof number, "%d", fd->get());
    append(prefix, number);
    folders_[count_++] = std::move(*fd);
  }
  void add_text(const char* options) noexcept { append(",", options); }
  [[nodiscard]] const char* data() const noexcept { return data_; }

 private:
  void append(const char* first, const char* second) noexcept {
    used_ += static_cast<std::size_t>(std::snprintf(data_ + used_, sizeof data_ - used_, "%s%s", first, second));
    if (used_ >= sizeof data_) reporter_.fail(Stage::layer, E2BIG, second);
  }

  const Reporter& reporter_;
  std::size_t used_ = 0, count_ = 0;
  static inline UniqueFd folders_[kSlotsMax + 2];
  static inline char data_[4000];
};

class RootPlayer {
 public:
  RootPlayer(const FlatView& plan, Lenders lenders, const Reporter& reporter) noexcept
      : plan_(plan), lenders_(lenders), reporter_(reporter) {}

  UniqueFd play() noexcept {
    const Span span = plan_.head().root;
    const auto* steps = plan_.array<FlatStep>(span);
    for (std::uint32_t i = 0; i < span.count; ++i) {
      step_ = &steps[i];
      one();
    }
    return std::move(terminal_);
  }

 private:
  [[nodiscard]] const char* a() const noexcept { return plan_.text(step_->a); }
  [[nodiscard]] const char* b() const noexcept { return plan_.text(step_->b); }
  [[nodiscard]] const char* c() const noexcept { return plan_.text(step_->c); }
  [[nodiscard]] bool has(std::uint64_t flag) const noexcept { return (step_->flags & flag) != 0; }

  [[noreturn]] void fail(int err, const char* detail) const noexcept {
    reporter_.fail(static_cast<Stage>(step_->stage), err, detail);
  }
  void must(sys::Status status, const char* detail) const noexcept {
    if (!status) fail(status.err(), detail);
  }
  UniqueFd must(sys::Result<UniqueFd> result, const char* detail) const noexcept {
    if (!result) fail(result.err(), detail);
    return std::move(*result);
  }

  void one() noexcept {
    switch (static_cast<Op>(step_->op)) {
      case Op::self_write:
        return self_write();
      case Op::bind_source:
        return bind_source();
      case Op::shm_source:
        return shm_source();
      case Op::proc_source:
        return proc_source();
      case Op::overlay_root:
        return overlay_root();
      case Op::mount_new:
        return mount_new();
      case Op::attach:
        return attach();
      case Op::tmpfs:
        return tmpfs();
      case Op::make_node:
        return make_node();
      case Op::make_link:
        return make_link();
      case Op::keep_null:
        return keep_null();
      case Op::mask:
        return mask();
      case Op::read_only_path:
        return read_only_path();
      case Op::sysctl:
        return sysctl();
      case Op::working_folder:
        return working_folder();
      case Op::terminal:
        return terminal();
      case Op::root_read_only:
        return must(sys::mount_setattr(root_, MOUNT_ATTR_RDONLY, 0, false), "/");
      case Op::pivot:
        return pivot();
      case Op::put_file:
        return put_file();
      case Op::image_source:
        return image_source();
      default:
        fail(EPROTO, "unknown step");
    }
  }

  void self_write() noexcept {
    const UniqueFd self = must(open_path("/proc/self", O_PATH | O_DIRECTORY), "/proc/self");
    const int err = write_value(self, a(), b());
    if (err == 0) return;
    char detail[64];
    std::snprintf(detail, sizeof detail, "%s to %s", a(), b());
    fail(err, detail);
  }

  // A detached copy of what is to be bound, taken before this namespace becomes a slave: a mount that shall be shared
  // keeps its peers on the host that way.
  void bind_source() noexcept {
    if (has(kCreate)) {
      const int err = make_host_folders(a());
      if (err != 0) fail(err, a());
    }
    UniqueFd from = must(open_path(a(), O_PATH), a());
    if (*b() != '\0') from = must(sys::open_in_root(from, b(), O_PATH, 0), b());
    const unsigned below = has(kAlone) ? 0 : kRecursive;
    slot() = must(sys::open_tree(from, "", OPEN_TREE_CLONE | AT_EMPTY_PATH | below), a());
  }

  // Mounted where nobody of the host sees it, and taken from there.
  void image_source() noexcept {
    LayerList layers{reporter_};
    char path[kPathBytesMax];
    for (const char* at = c(); *at != '\0';) {
      const char* end = std::strchr(at, '\n');
      const std::size_t size = end != nullptr ? static_cast<std::size_t>(end - at) : std::strlen(at);
      if (size >= sizeof path) fail(ENAMETOOLONG, at);
      std::memcpy(path, at, size);
      path[size] = '\0';
      layers.add(at == c() ? "lowerdir=" : ":", path);
      at += size + (end != nullptr ? 1 : 0);
    }
    if (::chdir("/proc/self/fd") != 0) fail(errno, "/proc/self/fd");
    must(sys::mount("overlay", a(), "overlay", kReadOnlyMount, layers.data()), a());
    const UniqueFd whole = must(open_path(a(), O_PATH | O_DIRECTORY), a());
    UniqueFd from{::fcntl(whole.get(), F_DUPFD_CLOEXEC, 3)};
    if (*b() != '\0') from = must(sys::open_in_root(whole, b(), O_PATH, 0), b());
    slot() = must(sys::open_tree(from, "", OPEN_TREE_CLONE | AT_EMPTY_PATH), a());
    must(sys::umount(a(), kDetach), a());
    if (::fchdir(root_.get()) != 0) fail(errno, "/");
  }

  void shm_source() noexcept { slot() = borrow(lenders_.ipc); }

  // A copy of the mount at the step's path in the mount namespace of the process behind `lender`.
  UniqueFd borrow(BorrowedFd lender) const noexcept {
    const UniqueFd own = must(open_path("/proc/self/ns/mnt", O_RDONLY), "/proc/self/ns/mnt");
    const UniqueFd root = must(open_path("/", O_PATH | O_DIRECTORY), "/");
    must(sys::setns(lender, kNewMounts), a());
    auto tree = sys::open_tree(BorrowedFd{AT_FDCWD}, a(), OPEN_TREE_CLONE);
    // Back where paths mean what they meant: the engine's root need not be its namespace's.
    must(sys::setns(own, kNewMounts), a());
    if (::fchdir(root.get()) != 0 || ::chroot(".") != 0) fail(errno, "/");
    return must(std::move(tree), a());
  }

  // Of whom /proc tells is decided by the pid namespace of the process that mounts it, and this one stays outside of the
  // one that it makes a container for (child_birth.h). So it takes the lender's, once it is sure what that is: its owner
  // may have mounted what it likes there.
  void proc_source() noexcept {
    if (own_pids_lent()) {
      const UniqueFd fs = must(sys::fsopen("proc"), a());
      must(sys::fsconfig_create(fs), a());
      slot() = must(sys::fsmount(fs, kQuiet), a());
      return;
    }
    UniqueFd tree = borrow(lenders_.pids);
    struct statfs file_system {};
    struct stat info {};
    if (::fstatfs(tree.get(), &file_system) != 0 || ::fstat(tree.get(), &info) != 0) fail(errno, a());
    const bool whole = file_system.f_type == PROC_SUPER_MAGIC && info.st_ino == kProcRootInode;
    char self[16];
    // One that knows this process is the host's.
    if (!whole || ::readlinkat(tree.get(), "self", self, sizeof self) >= 0) fail(EPERM, a());
    slot() = std::move(tree);
  }

  // Whether the lender of pids lives in the pid namespace of this process.
  [[nodiscard]] bool own_pids_lent() const noexcept {
    char path[48];
    std::snprintf(path, sizeof path, "/proc/%d/ns/pid", plan_.head().join_pid_pid);
    struct stat theirs {
    }, ours{};
    if (::stat(path, &theirs) != 0) fail(errno, path);
    if (::stat("/proc/self/ns/pid", &ours) != 0) fail(errno, "/proc/self/ns/pid");
    return theirs.st_dev == ours.st_dev && theirs.st_ino == ours.st_ino;
  }

  UniqueFd& slot() const noexcept {
    static UniqueFd slots[kSlotsMax];
    if (step_->number < 0 || step_->number >= static_cast<std::int64_t>(kSlotsMax)) fail(EPROTO, "slot");
    return slots[step_->number];
  }

  void overlay_root() noexcept {
    LayerList layers{reporter_};
    must(sys::mount(nullptr, "/", nullptr, kSlave | kMountRecursive, nullptr), "/");
    const Span span = plan_.head().layers;
    if (span.count == 0 || span.count > kSlotsMax) fail(EPROTO, "layers");
    for (std::uint32_t i = 0; i < span.count; ++i) {
      layers.add(i == 0 ? "lowerdir=" : ":", plan_.text(plan_.array<Span>(span)[i]));
    }
    layers.add(",upperdir=", plan_.text(plan_.head().upper));
    layers.add(",workdir=", plan_.text(plan_.head().work));
    if (*b() != '\0') layers.add_text(b());
    if (::chdir("/proc/self/fd") != 0) fail(errno, "/proc/self/fd");
    must(sys::mount("overlay", a(), "overlay", 0, layers.data()), a());
    root_ = must(open_path(a(), O_PATH | O_DIRECTORY), a());
    if (::fchdir(root_.get()) != 0) fail(errno, a());
  }

  UniqueFd target(const char* path, bool folder) noexcept {
    auto fd = make_target(root_, path, folder, has(kSystem) || has(kInProc));
    if (!fd) reporter_.fail(Stage::mount_target, fd.err(), path);
    // A link in the image may have led into /proc, where a mount would replace what guards the container.
    if (!has(kSystem) && !has(kInProc) && in_own_proc(*fd)) reporter_.fail(Stage::mount_target, EPERM, path);
    return std::move(*fd);
  }

  // The container's own: one of the host that is bound somewhere is a file system like any other.
  [[nodiscard]] bool in_own_proc(BorrowedFd place) const noexcept {
    struct statfs file_system {};
    if (::fstatfs(place.get(), &file_system) != 0) return true;
    if (file_system.f_type != PROC_SUPER_MAGIC) return false;
    const auto own = sys::open_in_root_no_links(root_, "/proc", O_PATH | O_DIRECTORY, 0);
    struct stat ours {
    }, there{};
    return !own || ::fstat(own->get(), &ours) != 0 || ::fstat(place.get(), &there) != 0 || ours.st_dev == there.st_dev;
  }

  void mount_new() noexcept {
    const UniqueFd where = target(b(), true);
    const char* type = std::strcmp(a(), "shm") == 0 ? "tmpfs" : a();
    must(sys::mount(a(), FdPath(where).text, type, static_cast<unsigned long>(step_->number), c()), b());
  }

  void attach() noexcept {
    UniqueFd& tree = slot();
    struct stat info {};
    if (::fstat(tree.get(), &info) != 0) fail(errno, a());
    const UniqueFd where = target(a(), S_ISDIR(info.st_mode));
    struct stat covered {};
    if (::fstat(where.get(), &covered) != 0) fail(errno, a());
    if (S_ISDIR(info.st_mode) != S_ISDIR(covered.st_mode)) fail(S_ISDIR(info.st_mode) ? ENOTDIR : EISDIR, a());
    std::uint64_t attributes = has(kReadOnly) ? MOUNT_ATTR_RDONLY : 0;
    if (has(kSystem)) attributes |= kQuiet;
    attributes |= (has(kNoSuid) ? MOUNT_ATTR_NOSUID : 0) | (has(kNoDev) ? MOUNT_ATTR_NODEV : 0) |
                  (has(kNoExec) ? MOUNT_ATTR_NOEXEC : 0);
    const char* wish = b();
    const bool recursive = *wish == '\0' || *wish == 'r';
    const char* kind = *wish == 'r' ? wish + 1 : wish;
    const std::uint64_t propagation = std::strcmp(kind, "shared") == 0  ? kShared
                                      : std::strcmp(kind, "slave") == 0 ? kSlave
                                                                        : kPrivate;
    if (has(kTopOnly)) {
      must(sys::mount_setattr(tree, 0, propagation, recursive), a());
      must(sys::mount_setattr(tree, attributes, 0, false), a());
    } else {
      must(sys::mount_setattr(tree, attributes, propagation, recursive), a());
    }
    if (!recursive && attributes != 0 && !has(kTopOnly)) must(sys::mount_setattr(tree, attributes, 0, true), a());
    must(sys::move_mount(tree, "", where, "", kOnFds), a());
    tree.reset();
  }

  void tmpfs() noexcept {
    struct stat before {};
    auto old = sys::open_in_root(root_, a(), O_PATH | O_DIRECTORY, 0);
    const bool keep = old && ::fstat(old->get(), &before) == 0 && std::strstr(c(), "mode=") == nullptr;
    const UniqueFd where = target(a(), true);
    // As an option, so that it is one of the file system and seen among its options.
    char data[kPathBytesMax];
    const char* join = *c() == '\0' ? "" : ",";
    const int size = keep ? std::snprintf(data, sizeof data, "%s%smode=%o", c(), join, before.st_mode & 07777U)
                          : std::snprintf(data, sizeof data, "%s", c());
    if (size < 0 || static_cast<std::size_t>(size) >= sizeof data) fail(E2BIG, a());
    must(sys::mount("tmpfs", FdPath(where).text, "tmpfs", static_cast<unsigned long>(step_->number), data), a());
  }

  void make_node() noexcept {
    unsigned uid = 0, gid = 0;
    if (std::sscanf(b(), "%u:%u", &uid, &gid) != 2) fail(EPROTO, a());
    char name[256];
    const UniqueFd parent = parent_of(a(), name, sizeof name);
    if (::unlinkat(parent.get(), name, 0) != 0 && errno != ENOENT) fail(errno, a());
    const auto mode = static_cast<mode_t>(step_->flags);
    if (::mknodat(parent.get(), name, mode, static_cast<dev_t>(step_->number)) != 0) fail(errno, a());
    if ((uid != 0 || gid != 0) && ::fchownat(parent.get(), name, uid, gid, AT_SYMLINK_NOFOLLOW) != 0) fail(errno, a());
  }

  void make_link() noexcept {
    char name[256];
    const UniqueFd parent = parent_of(a(), name, sizeof name);
    if (::symlinkat(b(), parent.get(), name) != 0 && errno != EEXIST) fail(errno, a());
  }

  // Takes the place of what is there, as an archive that is unpacked does.
  void put_file() noexcept {
    unsigned uid = 0, gid = 0;
    if (std::sscanf(c(), "%u:%u", &uid, &gid) != 2) fail(EPROTO, a());
    if (has(kIfMissing) && sys::open_in_root(root_, a(), O_PATH, 0)) return;
    char name[256];
    const UniqueFd parent = parent_of(a(), name, sizeof name);
    if (::unlinkat(parent.get(), name, 0) != 0 && errno != ENOENT) fail(errno, a());
    const UniqueFd file{::openat(parent.get(), name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)};
    if (!file) fail(errno, a());
    const char* data = b();
    for (std::size_t left = step_->b.count; left > 0;) {
      const ssize_t n = ::write(file.get(), data, left);
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) fail(n < 0 ? errno : EIO, a());
      data += n;
      left -= static_cast<std::size_t>(n);
    }
    if (::fchown(file.get(), uid, gid) != 0) fail(errno, a());
    if (::fchmod(file.get(), static_cast<mode_t>(step_->number)) != 0) fail(errno, a());
  }

  UniqueFd parent_of(const char* path, char* name, std::size_t room) noexcept {
    char folder[4096];
    const char* last = std::strrchr(path, '/');
    const std::size_t size = last != nullptr ? static_cast<std::size_t>(last - path) : 0;
    if (last == nullptr || size >= sizeof folder || std::strlen(last + 1) >= room || last[1] == '\0') {
      fail(ENAMETOOLONG, path);
    }
    std::memcpy(folder, path, size);
    folder[size] = '\0';
    std::strcpy(name, last + 1);
    auto fd = make_target(root_, size == 0 ? "/" : folder, true, false);
    if (!fd) fail(fd.err(), path);
    return std::move(*fd);
  }

  void keep_null() noexcept {
    null_ = must(sys::open_in_root_no_links(root_, a(), O_PATH, 0), a());
    struct stat info {};
    if (::fstat(null_.get(), &info) != 0 || !S_ISCHR(info.st_mode)) fail(ENODEV, a());
  }

  // What hides a folder: one empty, read-only file system for all of them.
  UniqueFd empty_folder() noexcept {
    if (!empty_) {
      const UniqueFd fs = must(sys::fsopen("tmpfs"), "tmpfs");
      must(sys::fsconfig_string(fs, "nr_inodes", "1"), "tmpfs");
      must(sys::fsconfig_string(fs, "size", "4k"), "tmpfs");
      must(sys::fsconfig_create(fs), "tmpfs");
      empty_ = must(sys::fsmount(fs, MOUNT_ATTR_RDONLY), "tmpfs");
      return UniqueFd{::fcntl(empty_.get(), F_DUPFD_CLOEXEC, 3)};
    }
    return must(sys::open_tree(empty_, "", OPEN_TREE_CLONE | AT_EMPTY_PATH), "tmpfs");
  }

  void mask() noexcept {
    auto where = sys::open_in_root(root_, a(), O_PATH, 0);
    if (!where) {
      if (where.err() == ENOENT || where.err() == ENOTDIR) return;
      fail(where.err(), a());
    }
    struct stat info {};
    if (::fstat(where->get(), &info) != 0) fail(errno, a());
    const UniqueFd cover = S_ISDIR(info.st_mode)
                               ? empty_folder()
                               : must(sys::open_tree(null_, "", OPEN_TREE_CLONE | AT_EMPTY_PATH), "/dev/null");
    must(sys::move_mount(cover, "", *where, "", kOnFds), a());
  }

  void read_only_path() noexcept {
    auto where = sys::open_in_root(root_, a(), O_PATH, 0);
    if (!where) {
      if (where.err() == ENOENT || where.err() == ENOTDIR) return;
      fail(where.err(), a());
    }
    const UniqueFd tree = must(sys::open_tree(*where, "", OPEN_TREE_CLONE | AT_EMPTY_PATH | kRecursive), a());
    must(sys::mount_setattr(tree, MOUNT_ATTR_RDONLY | kQuiet, 0, true), a());
    must(sys::move_mount(tree, "", *where, "", kOnFds), a());
  }

  void sysctl() noexcept {
    const UniqueFd base = must(sys::open_in_root_no_links(root_, "/proc/sys", O_PATH | O_DIRECTORY, 0), "/proc/sys");
    const int err = write_value(base, a(), b());
    if (err == 0) return;
    char detail[kSysctlTextMax];
    describe_sysctl(a(), b(), detail, sizeof detail);
    fail(err, detail);
  }

  void working_folder() noexcept {
    auto fd = make_target(root_, a(), true, false);
    if (!fd) fail(fd.err(), a());
  }

  void terminal() noexcept {
    terminal_ = open_terminal(root_, plan_, reporter_);
    const UniqueFd where = target("/dev/console", false);
    const UniqueFd tree = must(sys::open_tree(terminal_, "", OPEN_TREE_CLONE | AT_EMPTY_PATH), "/dev/console");
    must(sys::move_mount(tree, "", where, "", kOnFds), "/dev/console");
  }

  // What is pivoted has to be the namespace's own root, which is not this process's when the engine runs below a chroot:
  // the host would stay where ".." leads from a container's root, and be what joining the namespace shows. Entering the
  // namespace that one is in already makes its root one's own.
  void pivot() noexcept {
    {
      const UniqueFd own = must(open_path("/proc/self/ns/mnt", O_RDONLY), "/proc/self/ns/mnt");
      must(sys::setns(own, kNewMounts), "/proc/self/ns/mnt");
    }
    if (::fchdir(root_.get()) != 0) fail(errno, "/");
    must(sys::pivot_root(".", "."), "/");
    // The old root lies on top of the new one now, and goes.
    must(sys::umount(".", kDetach), "/");
    if (::chdir("/") != 0) fail(errno, "/");
    root_.reset();
    null_.reset();
    empty_.reset();
  }

  static constexpr ino_t kProcRootInode = 1;
  static constexpr int kNewMounts = 0x00020000;  // CLONE_NEWNS
  static constexpr unsigned long kMountRecursive = 0x4000;
  static constexpr unsigned long kPrivate = 1 << 18, kSlave = 1 << 19, kShared = 1 << 20;

  const FlatView& plan_;
  Lenders lenders_;
  const Reporter& reporter_;
  const FlatStep* step_ = nullptr;
  UniqueFd root_, null_, empty_, terminal_;
};

}  // namespace

UniqueFd open_terminal(BorrowedFd root, const FlatView& plan, const Reporter& reporter) noexcept {
  auto outer = sys::open_in_root(root, "/dev/pts/ptmx", O_RDWR | O_NOCTTY, 0);
  if (!outer) reporter.fail(Stage::terminal, outer.err(), "/dev/pts/ptmx");
  int unlocked = 0;
  if (::ioctl(outer->get(), TIOCSPTLCK, &unlocked) != 0) reporter.fail(Stage::terminal, errno, "/dev/pts/ptmx");
  UniqueFd inner{::ioctl(outer->get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC)};
  if (!inner) reporter.fail(Stage::terminal, errno, "/dev/pts/ptmx");
  const winsize size{plan.head().terminal_rows, plan.head().terminal_columns, 0, 0};
  if (size.ws_row != 0 && ::ioctl(inner.get(), TIOCSWINSZ, &size) != 0) reporter.fail(Stage::terminal, errno);
  ChildMessage message;
  message.word = Word::terminal;
  const int fd = outer->get();
  if (!send_word(reporter.socket(), message, &fd, 1)) reporter.fail(Stage::terminal, EPIPE);
  return inner;
}

UniqueFd play_root_steps(const FlatView& plan, Lenders lenders, const Reporter& reporter) noexcept {
  return RootPlayer(plan, lenders, reporter).play();
}

}  // namespace stack::sandbox
