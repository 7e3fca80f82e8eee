#include <array>
#include <sstream>

#include "engine/sandbox/capabilities.h"
#include "engine/sandbox/launch_plan.h"

namespace stack::sandbox {
namespace {

constexpr std::array<std::string_view, 28> kOpNames = {"",
                                                       "make_folder",
                                                       "write_file",
                                                       "cgroup_folder",
                                                       "cgroup_cpuset",
                                                       "cgroup_write",
                                                       "self_write",
                                                       "bind_source",
                                                       "shm_source",
                                                       "overlay_root",
                                                       "mount_new",
                                                       "attach",
                                                       "tmpfs",
                                                       "make_node",
                                                       "make_link",
                                                       "keep_null",
                                                       "mask",
                                                       "read_only_path",
                                                       "sysctl",
                                                       "working_folder",
                                                       "terminal",
                                                       "root_read_only",
                                                       "pivot",
                                                       "put_file",
                                                       "proc_source",
                                                       "image_source",
                                                       "storage_limit",
                                                       "?"};

std::string one_line(const std::string& text) {
  constexpr std::size_t kShown = 80;
  std::string out = text.substr(0, kShown);
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20) c = '~';
  }
  return text.size() > kShown ? out + "..." : out;
}

void add_steps(std::ostringstream& out, std::string_view title, const std::vector<Step>& steps) {
  out << title << '\n';
  for (const Step& step : steps) {
    const auto index = static_cast<std::size_t>(step.op);
    out << "  " << kOpNames[index < kOpNames.size() ? index : kOpNames.size() - 1];
    if (step.number != 0) out << " #" << step.number;
    if (step.flags != 0) out << " flags=" << step.flags;
    for (const std::string* text : {&step.a, &step.b, &step.c}) {
      if (!text->empty()) out << ' ' << one_line(*text);
    }
    out << '\n';
  }
}

}  // namespace

std::string describe(const LaunchPlan& plan) {
  std::ostringstream out;
  out << "flags " << plan.flags << " clone " << std::hex << plan.clone_flags << std::dec << '\n';
  out << "argv";
  for (const std::string& argument : plan.identity.argv) out << " [" << one_line(argument) << ']';
  out << '\n';
  for (const std::string& variable : plan.identity.env) out << "env " << one_line(variable) << '\n';
  out << "user [" << plan.identity.user << "] in " << plan.identity.working_dir << '\n';
  out << "capabilities";
  for (int i = 0; i < 64; ++i) {
    if ((plan.identity.capabilities >> i & 1) != 0) out << ' ' << capability_name(i);
  }
  out << "\nseccomp " << (plan.identity.seccomp.empty() ? "unconfined" : "filtered") << '\n';
  if (!plan.identity.apparmor.empty()) out << "apparmor " << plan.identity.apparmor << '\n';
  for (const Rlimit& limit : plan.identity.rlimits) {
    out << "rlimit " << limit.resource << ' ' << limit.soft << ' ' << limit.hard << '\n';
  }
  add_steps(out, "prepare", plan.prepare);
  add_steps(out, "root", plan.root);
  return out.str();
}

}  // namespace stack::sandbox
