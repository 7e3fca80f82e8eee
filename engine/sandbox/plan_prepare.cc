#include <algorithm>

#include "base/model/log_endpoint.h"
#include "base/model/log_options.h"
#include "engine/cgroup/limits.h"
#include "engine/sandbox/device_filter.h"
#include "engine/sandbox/plan_parts.h"
#include "engine/sandbox/storage_options.h"

namespace stack::sandbox {
namespace {

Step folder(const std::string& path, std::int64_t mode) { return {Op::make_folder, Stage::folder, 0, mode, path}; }

// A name that stays one file in the container's folder.
void check_file_name(const std::string& name) {
  if (name.empty() || name.find('/') != std::string::npos || name == "." || name == "..") {
    throw Error(ErrorKind::invalid, "injected file name \"" + name + "\" is not a plain name");
  }
}

void add_cgroup_v1(const cgroup::Layout& layout, const std::string& path, LaunchPlan& plan) {
  for (const cgroup::Hierarchy& hierarchy : layout.v1) {
    const std::string leaf = hierarchy.mount_point + "/" + path;
    plan.prepare.push_back({Op::cgroup_folder, Stage::cgroup_create, 0, 0, leaf});
    if (std::ranges::find(hierarchy.controllers, "cpuset") != hierarchy.controllers.end()) {
      for (std::size_t at = path.find('/'); at != std::string::npos; at = path.find('/', at + 1)) {
        plan.prepare.push_back(
            {Op::cgroup_cpuset, Stage::cgroup_create, 0, 0, hierarchy.mount_point + "/" + path.substr(0, at)});
      }
      plan.prepare.push_back({Op::cgroup_cpuset, Stage::cgroup_create, 0, 0, leaf});
    }
    plan.cgroup.v1.push_back(leaf);
  }
}

void add_cgroup_v2(const cgroup::Layout& layout, const std::string& path, LaunchPlan& plan) {
  plan.cgroup.v2 = layout.v2 + "/" + path;
  plan.cgroup.clone_into = layout.mode == cgroup::Mode::v2;
  plan.prepare.push_back({Op::cgroup_folder, Stage::cgroup_create, 0, 0, plan.cgroup.v2});
  if (layout.mode != cgroup::Mode::v2) return;
  // Controllers one by one: a kernel without one of them shall not lose the others. A limit that needs it fails below.
  for (std::size_t at = 0; at != std::string::npos;) {
    for (const char* controller : {"+cpu", "+cpuset", "+io", "+memory", "+pids"}) {
      const std::string above = at == 0 ? layout.v2 : layout.v2 + "/" + path.substr(0, at);
      plan.prepare.push_back(
          {Op::cgroup_write, Stage::cgroup_create, kOptional, 0, above + "/cgroup.subtree_control", controller});
    }
    at = path.find('/', at + 1);
  }
}

// The kernel grants real time to a group out of what its parents have, and a new group has none.
void add_realtime_share(const model::Resources& limits, const cgroup::Layout& layout, const std::string& path,
                        LaunchPlan& plan) {
  constexpr const char* kAll = "950000";  // of a second: what the root has unless an administrator says otherwise
  if (limits.realtime_runtime_us == 0 || layout.mode == cgroup::Mode::v2) return;
  for (std::size_t at = path.find('/'); at != std::string::npos; at = path.find('/', at + 1)) {
    const std::string above = layout.folder("cpu", path.substr(0, at));
    if (!above.empty())
      plan.prepare.push_back({Op::cgroup_write, Stage::cgroup_limit, kOptional, 0, above + "/cpu.rt_runtime_us", kAll});
  }
}

}  // namespace

std::string effective_cgroup_path(const LaunchInput& input) {
  std::string path = input.cgroup_path;
  if (!input.spec.cgroup_parent.empty()) {
    const std::size_t at = input.cgroup_path.rfind('/');
    path = input.spec.cgroup_parent + "/" + input.cgroup_path.substr(at == std::string::npos ? 0 : at + 1);
  }
  // What leads above the root of the groups ends there, as with Docker.
  return std::filesystem::path("/" + path).lexically_normal().relative_path().string();
}

std::string image_place(const std::filesystem::path& container_dir) { return (container_dir / "image").string(); }

std::filesystem::path log_folder(const std::filesystem::path& container_dir) { return container_dir / "log"; }

void add_log(const model::LogConfig& log, LaunchPlan& plan) {
  const bool kept = log.driver == "none" || log.driver == "local" || log.driver == "json-file" || log.driver.empty();
  if (!kept && !model::sends_log(log.driver)) {
    // dockerd's words and kind here too.
    throw Error(ErrorKind::invalid,
                "error looking up logging plugin " + log.driver + ": plugin \"" + log.driver + "\" not found")
        .remedy("supported are local, json-file, none, syslog, gelf, fluentd and journald");
  }
  for (const auto& remark : model::judge_log_options(log.driver, log.options)) {
    if (!remark.fault.empty()) throw Error(ErrorKind::invalid, "logging option " + remark.name + ": " + remark.fault);
  }
  plan.log = model::log_settings(log);
}

void add_prepare_steps(const LaunchInput& input, const HostFacts& facts, LaunchPlan& plan) {
  const std::string dir = input.container_dir.string();
  plan.container_dir = dir;
  plan.upper = dir + "/upper";
  plan.work = dir + "/work";
  plan.rootfs = dir + "/rootfs";
  for (const std::string& path : {plan.work, plan.rootfs, log_folder(dir).string()}) {
    plan.prepare.push_back(folder(path, 0700));
  }
  if (!input.image_sources.empty()) plan.prepare.push_back(folder(image_place(dir), 0700));
  plan.prepare.push_back(folder(plan.upper, 0755));
  if (const std::uint64_t bytes = storage_limit(input.spec.storage_options); bytes > 0) {
    plan.prepare.push_back({Op::storage_limit, Stage::folder, storage_project(input.id),
                            static_cast<std::int64_t>(bytes), plan.upper, plan.work});
  }
  for (const InjectedFile& file : input.files) {
    check_file_name(file.name);
    if (!file.folder.empty()) continue;
    plan.prepare.push_back({Op::write_file, Stage::file, 0, 0644, dir + "/" + file.name, file.content});
  }

  const std::string path = effective_cgroup_path(input);
  const cgroup::Layout& layout = facts.cgroups;
  add_cgroup_v1(layout, path, plan);
  if (!layout.v2.empty()) add_cgroup_v2(layout, path, plan);
  add_realtime_share(input.spec.resources, layout, path, plan);
  // Without facts of its devices it is only judged.
  const cgroup::DeviceNumbers* numbers = facts.block_devices.empty() ? nullptr : &facts.block_devices;
  for (const cgroup::Write& write :
       cgroup::limit_writes(input.spec.resources, layout.mode, facts.swap_accounting, numbers)) {
    const std::string where = layout.folder(write.controller, path);
    if (where.empty()) {
      if (write.optional) continue;
      throw Error(ErrorKind::unsupported, "this machine has no control group controller \"" + write.controller + "\"");
    }
    // A kernel without accounting of swap lacks these files; only somebody who asked for such a limit must know.
    const bool swap = write.file == "memory.swap.max" || write.file == "memory.memsw.limit_in_bytes";
    const bool optional = write.optional || (swap && input.spec.resources.memory_swap == 0);
    const std::uint64_t flags = optional ? kOptional : 0;
    plan.prepare.push_back({Op::cgroup_write, Stage::cgroup_limit, flags, 0, where + "/" + write.file, write.value});
  }

  auto rules = device_rules(facts.devices, input.spec.privileged);
  if (!input.spec.privileged) {
    for (const std::string& text : input.spec.device_rules) rules.push_back(parse_device_rule(text));
  }
  if (layout.mode == cgroup::Mode::v2) {
    plan.device_filter = device_program(rules);
  } else if (!input.spec.privileged) {
    const std::string where = layout.folder("devices", path);
    if (where.empty()) throw Error(ErrorKind::unsupported, "this machine has no control group controller \"devices\"");
    plan.prepare.push_back({Op::cgroup_write, Stage::device_filter, 0, 0, where + "/devices.deny", "a"});
    for (const DeviceRule& rule : rules) {
      plan.prepare.push_back({Op::cgroup_write, Stage::device_filter, 0, 0, where + "/devices.allow", rule_line(rule)});
    }
  }
}

}  // namespace stack::sandbox
