#include <cerrno>
#include <cstring>
#include <span>

#include <fcntl.h>
#include <sys/mman.h>

#include "base/file.h"
#include "base/sys/syscalls.h"
#include "engine/sandbox/flat_plan.h"
#include "engine/sandbox/launch_plan.h"

namespace stack::sandbox {
namespace {

class Block {
 public:
  Block() : bytes_(sizeof(FlatPlan)) {}

  Span text(const std::string& value) { return raw(value.data(), value.size(), 1); }
  Span bytes(std::span<const std::byte> value) { return raw(value.data(), value.size(), 8); }
  template <class T>
  Span array(const std::vector<T>& values) {
    Span span = raw(values.data(), values.size() * sizeof(T), 8);
    span.count = static_cast<std::uint32_t>(values.size());
    return span;
  }
  Span texts(const std::vector<std::string>& values) {
    std::vector<Span> spans;
    for (const std::string& value : values) spans.push_back(text(value));
    return array(spans);
  }
  Span table(const std::vector<std::string>& values, std::size_t zeros) {
    std::vector<std::uint64_t> entries;
    for (const std::string& value : values) entries.push_back(text(value).offset);
    entries.resize(values.size() + zeros);
    Span span = array(entries);
    span.count = static_cast<std::uint32_t>(values.size());
    return span;
  }
  Span steps(const std::vector<Step>& values) {
    std::vector<FlatStep> flat;
    for (const Step& step : values) {
      FlatStep one;
      one.op = static_cast<std::uint16_t>(step.op);
      one.stage = static_cast<std::uint16_t>(step.stage);
      one.flags = step.flags;
      one.number = step.number;
      one.a = text(step.a);
      one.b = text(step.b);
      one.c = text(step.c);
      flat.push_back(one);
    }
    return array(flat);
  }
  Span messages(const std::vector<model::PatchedMessage>& values) {
    std::vector<FlatMessage> flat;
    for (const model::PatchedMessage& message : values) {
      std::vector<FlatPatch> patches;
      for (const auto& patch : message.patches) {
        patches.push_back({patch.offset, static_cast<std::uint32_t>(patch.word), text(patch.interface)});
      }
      FlatMessage one;
      one.bytes = bytes(message.bytes);
      one.patches = array(patches);
      one.ignore_exists = message.ignore_exists ? 1 : 0;
      flat.push_back(one);
    }
    return array(flat);
  }

  std::vector<std::byte> finish(FlatPlan head) {
    if (bytes_.size() > kPlanBytesMax) {
      throw Error(ErrorKind::invalid, "the container's command, environment and files are larger than 8 MB");
    }
    head.size = static_cast<std::uint32_t>(bytes_.size());
    std::memcpy(bytes_.data(), &head, sizeof head);
    return std::move(bytes_);
  }

 private:
  // Every piece is followed by a zero, so that each can be read as a text.
  Span raw(const void* data, std::size_t size, std::size_t alignment) {
    while (bytes_.size() % alignment != 0) bytes_.push_back(std::byte{0});
    const Span span{static_cast<std::uint32_t>(bytes_.size()), static_cast<std::uint32_t>(size)};
    const auto* from = static_cast<const std::byte*>(data);
    bytes_.insert(bytes_.end(), from, from + size);
    bytes_.push_back(std::byte{0});
    return span;
  }

  std::vector<std::byte> bytes_;
};

void check_texts(const std::vector<Step>& steps) {
  for (const Step& step : steps) {
    if (step.a.find('\0') != std::string::npos || step.c.find('\0') != std::string::npos) {
      throw Error(ErrorKind::invalid, "a path of the container contains a zero byte");
    }
  }
}

}  // namespace

std::vector<std::byte> encode(const LaunchPlan& plan) {
  check_texts(plan.prepare);
  check_texts(plan.root);
  Block block;
  FlatPlan head;
  const Identity& identity = plan.identity;
  head.flags = plan.flags;
  head.clone_flags = plan.clone_flags;
  head.capabilities = identity.capabilities;
  head.last_capability = identity.last_capability;
  head.log_max_bytes = plan.log.max_bytes;
  head.log_max_files = plan.log.max_files;
  head.log_compress = plan.log.compress ? 1 : 0;
  head.log_buffer_bytes = plan.log.buffer_bytes;
  head.join_network_pid = plan.join_network_pid;
  head.join_pid_pid = plan.join_pid_pid;
  head.join_ipc_pid = plan.join_ipc_pid;
  head.terminal_rows = plan.terminal_rows;
  head.terminal_columns = plan.terminal_columns;
  head.cgroup_clone_into = plan.cgroup.clone_into ? 1 : 0;
  head.prepare = block.steps(plan.prepare);
  head.root = block.steps(plan.root);
  std::vector<Step> sysctls;
  for (const auto& [path, value] : plan.network.sysctls)
    sysctls.push_back({Op::sysctl, Stage::sysctl, 0, 0, path, value});
  check_texts(sysctls);
  head.interface_sysctls = block.steps(sysctls);
  head.argv = block.table(identity.argv, 1);
  head.envp = block.table(identity.env, 2);
  head.layers = block.texts(plan.layers);
  head.groups = block.texts(identity.groups);
  head.cgroup_v1 = block.texts(plan.cgroup.v1);
  std::vector<FlatRlimit> limits;
  for (const Rlimit& limit : identity.rlimits) limits.push_back({limit.resource, 0, limit.soft, limit.hard});
  head.rlimits = block.array(limits);
  head.seccomp = block.bytes(identity.seccomp);
  head.device_filter = block.bytes(plan.device_filter);
  head.host_route = block.messages(plan.network.host_route);
  head.child_route = block.messages(plan.network.child_route);
  head.child_netfilter = block.messages(plan.network.child_netfilter);
  head.upper = block.text(plan.upper);
  head.work = block.text(plan.work);
  head.rootfs = block.text(plan.rootfs);
  head.container_dir = block.text(plan.container_dir);
  head.socket_path = block.text(plan.socket_path);
  head.hostname = block.text(plan.hostname);
  head.domainname = block.text(plan.domainname);
  head.cgroup_v2 = block.text(plan.cgroup.v2);
  head.user = block.text(identity.user);
  head.working_dir = block.text(identity.working_dir);
  head.apparmor = block.text(identity.apparmor);
  return block.finish(head);
}

UniqueFd seal_plan(const LaunchPlan& plan) {
  const std::vector<std::byte> bytes = encode(plan);
  auto file = sys::memfd("stack-plan", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (!file) throw Error::from_errno(file.err(), "making the launch plan");
  write_all(*file, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  if (::fcntl(file->get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) != 0) {
    throw Error::from_errno(errno, "sealing the launch plan");
  }
  return std::move(*file);
}

}  // namespace stack::sandbox
