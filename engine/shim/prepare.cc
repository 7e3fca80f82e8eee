#include "engine/shim/prepare.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sys/syscalls.h"
#include "engine/sandbox/child_files.h"
#include "engine/sandbox/plan_op.h"
#include "engine/sandbox/project_quota.h"

namespace stack::shim {
namespace {

using sandbox::FlatStep;
using sandbox::FlatView;
using sandbox::Op;
using sandbox::Span;
using sandbox::Stage;

constexpr std::size_t kPathMax = 4096;
constexpr int kRemoveRounds = 50;
constexpr int kRemovePauseMs = 10;

struct Path {
  char text[kPathMax];
  Path(const char* folder, const char* name) noexcept { std::snprintf(text, sizeof text, "%s/%s", folder, name); }
};

int write_text(const char* path, const char* data, std::size_t size) noexcept {
  const UniqueFd fd{::open(path, O_WRONLY | O_CLOEXEC)};
  if (!fd) return errno;
  const ssize_t n = ::write(fd.get(), data, size);
  return n == static_cast<ssize_t>(size) ? 0 : (n < 0 ? errno : EIO);
}

ssize_t read_text(const char* path, char* to, std::size_t room) noexcept {
  const UniqueFd fd{::open(path, O_RDONLY | O_CLOEXEC)};
  if (!fd) return -1;
  const ssize_t n = ::read(fd.get(), to, room - 1);
  to[n > 0 ? n : 0] = '\0';
  return n;
}

int make_folder(const char* path, mode_t mode) noexcept {
  return ::mkdir(path, mode) == 0 || errno == EEXIST ? 0 : errno;
}

int replace_file(const FlatView& plan, const FlatStep& step) noexcept {
  const char* path = plan.text(step.a);
  const auto mode = static_cast<mode_t>(step.number);
  // The file stays the same one: it may be bound into the container of an earlier run.
  const UniqueFd fd{::open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, mode)};
  if (!fd) return errno;
  const char* data = plan.text(step.b);
  std::size_t left = step.b.count;
  while (left > 0) {
    const ssize_t n = ::write(fd.get(), data, left);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return n < 0 ? errno : EIO;
    data += n;
    left -= static_cast<std::size_t>(n);
  }
  return 0;
}

int make_group(const char* path) noexcept {
  if (::mkdir(path, 0755) == 0 || errno == EEXIST) return 0;
  return errno == ENOENT ? sandbox::make_host_folders(path) : errno;
}

int inherit_cpuset(const char* folder) noexcept {
  for (const char* name : {"cpuset.cpus", "cpuset.mems"}) {
    char value[kPathMax];
    if (read_text(Path(folder, name).text, value, sizeof value) < 0) return errno;
    if (value[std::strspn(value, " \n")] != '\0') continue;
    char above[kPathMax];
    std::snprintf(above, sizeof above, "%s/../%s", folder, name);
    const ssize_t n = read_text(above, value, sizeof value);
    if (n < 0) return errno;
    if (const int err = write_text(Path(folder, name).text, value, static_cast<std::size_t>(n))) return err;
  }
  return 0;
}

int limit_storage(const FlatView& plan, const FlatStep& step) noexcept {
  return sandbox::bound_layer(plan.text(step.a), plan.text(step.b), static_cast<std::uint32_t>(step.flags),
                              static_cast<std::uint64_t>(step.number));
}

int play(const FlatView& plan, const FlatStep& step) noexcept {
  const char* a = plan.text(step.a);
  switch (static_cast<Op>(step.op)) {
    case Op::make_folder:
      return make_folder(a, static_cast<mode_t>(step.number));
    case Op::write_file:
      return replace_file(plan, step);
    case Op::cgroup_folder:
      return make_group(a);
    case Op::cgroup_cpuset:
      return inherit_cpuset(a);
    case Op::cgroup_write: {
      const int err = write_text(a, plan.text(step.b), step.b.count);
      return (step.flags & sandbox::kOptional) != 0 ? 0 : err;
    }
    case Op::storage_limit:
      return limit_storage(plan, step);
    default:
      return EPROTO;
  }
}

// Calls visit(folder) for each of the container's groups.
template <class Visit>
void each_group(const FlatView& plan, Visit&& visit) noexcept {
  const Span v1 = plan.head().cgroup_v1;
  for (std::uint32_t i = 0; i < v1.count; ++i) visit(plan.text(plan.array<Span>(v1)[i]));
  if (plan.head().cgroup_v2.count > 0) visit(plan.text(plan.head().cgroup_v2));
}

void kill_listed(const char* folder) noexcept {
  char text[8192];
  if (read_text(Path(folder, "cgroup.procs").text, text, sizeof text) <= 0) return;
  for (const char* at = text; *at != '\0';) {
    const int pid = std::atoi(at);
    if (pid > 1) ::kill(pid, SIGKILL);
    at = std::strchr(at, '\n');
    if (at == nullptr) break;
    ++at;
  }
}

// What was to be made or set; of a limit its file's name and the value, since the folder is only the container's id.
const char* detail_of(const FlatView& plan, const FlatStep& step) noexcept {
  static char detail[256];
  const char* path = plan.text(step.a);
  if (static_cast<Op>(step.op) != Op::cgroup_write) return path;
  const char* name = std::strrchr(path, '/');
  std::snprintf(detail, sizeof detail, "%s to %s", name != nullptr ? name + 1 : path, plan.text(step.b));
  return detail;
}

}  // namespace

Failure play_prepare(const FlatView& plan) noexcept {
  // Rules for devices are many writes to one file.
  UniqueFd same;
  const char* same_path = "";
  const auto* steps = plan.array<FlatStep>(plan.head().prepare);
  for (std::uint32_t i = 0; i < plan.head().prepare.count; ++i) {
    int err = 0;
    if (static_cast<Op>(steps[i].op) == Op::cgroup_write && steps[i].flags == 0) {
      const char* path = plan.text(steps[i].a);
      if (!same || std::strcmp(path, same_path) != 0) same.reset(::open(path, O_WRONLY | O_CLOEXEC));
      same_path = path;
      const ssize_t n = same ? ::write(same.get(), plan.text(steps[i].b), steps[i].b.count) : -1;
      if (n != static_cast<ssize_t>(steps[i].b.count)) err = n < 0 ? errno : EIO;
    } else {
      err = play(plan, steps[i]);
    }
    if (err != 0) return {static_cast<Stage>(steps[i].stage), err, detail_of(plan, steps[i])};
  }
  return {};
}

Failure open_group(const FlatView& plan, UniqueFd& out) noexcept {
  const sandbox::FlatPlan& head = plan.head();
  if (head.cgroup_clone_into == 0) return {};
  const char* path = plan.text(head.cgroup_v2);
  auto folder = sandbox::open_path(path, O_RDONLY | O_DIRECTORY);
  if (!folder) return {Stage::cgroup_create, folder.err(), path};
  if (head.device_filter.count > 0) {
    auto status = sys::attach_device_filter(*folder, plan.text(head.device_filter), head.device_filter.count / 8);
    if (!status) return {Stage::device_filter, status.err(), path};
  }
  out = std::move(*folder);
  return {};
}

Failure join_groups(const FlatView& plan, int pid) noexcept {
  char text[16];
  const int size = std::snprintf(text, sizeof text, "%d", pid);
  Failure failure;
  each_group(plan, [&](const char* folder) {
    if (failure || (plan.head().cgroup_clone_into != 0)) return;
    const int err = write_text(Path(folder, "cgroup.procs").text, text, static_cast<std::size_t>(size));
    if (err != 0) failure = {Stage::cgroup_join, err, folder};
  });
  return failure;
}

bool oom_killed(const FlatView& plan) noexcept {
  bool found = false;
  each_group(plan, [&](const char* folder) {
    char text[4096];
    for (const char* name : {"memory.events", "memory.oom_control"}) {
      if (read_text(Path(folder, name).text, text, sizeof text) <= 0) continue;
      const char* at = std::strstr(text, "oom_kill ");
      if (at != nullptr && std::atoll(at + std::strlen("oom_kill ")) > 0) found = true;
    }
  });
  return found;
}

void kill_group(const FlatView& plan) noexcept {
  each_group(plan, [&](const char* folder) {
    // A frozen process of version 1 dies only once it is let go; the file exists only there.
    (void)write_text(Path(folder, "freezer.state").text, "THAWED", 6);
    if (write_text(Path(folder, "cgroup.kill").text, "1", 1) != 0) kill_listed(folder);
  });
}

void remove_groups(const FlatView& plan) noexcept {
  for (int round = 0; round < kRemoveRounds; ++round) {
    bool busy = false;
    each_group(plan, [&](const char* folder) {
      if (::rmdir(folder) != 0 && errno == EBUSY) busy = true;
    });
    if (!busy) return;
    kill_group(plan);
    ::poll(nullptr, 0, kRemovePauseMs);
  }
}

}  // namespace stack::shim
