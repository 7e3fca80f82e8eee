// Decisions of a start: plans, refusals, rights, the flat form. No kernel.
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <map>
#include <optional>

#include <gmock/gmock.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/mount_target.h"
#include "engine/sandbox/capabilities.h"
#include "engine/sandbox/device_filter.h"
#include "engine/sandbox/flat_plan.h"
#include "engine/sandbox/launch_plan.h"
#include "engine/sandbox/seccomp_filter.h"
#include "engine/sandbox/skeleton.h"
#include "engine/sandbox/storage_options.h"

namespace stack::sandbox {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

LaunchInput some_input() {
  LaunchInput input;
  input.id = std::string(64, 'a');
  input.container_dir = "/r/containers/a";
  input.socket_path = "/run/a.sock";
  input.layers = {"/l/2", "/l/1"};
  input.cgroup_path = "stack-x/a";
  input.image.command = {"/bin/app", "arg"};
  input.image.env = {"A=image", "B=image"};
  return input;
}

HostFacts facts_v2() {
  HostFacts facts;
  facts.cgroups.v2 = "/sys/fs/cgroup";
  return facts;
}

HostFacts facts_v1() {
  HostFacts facts;
  facts.cgroups.mode = cgroup::Mode::v1;
  for (const char* name : {"memory", "devices", "pids", "cpuset"}) {
    facts.cgroups.v1.push_back({{name}, std::string("/cg/") + name});
  }
  return facts;
}

TEST(LaunchPlan, merges_image_and_spec) {
  LaunchInput input = some_input();
  input.spec.environment = {{"A", "own"}, {"B", std::nullopt}, {"C", "new"}, {"UNKNOWN", std::nullopt}};
  input.spec.hostname = "h";
  const LaunchPlan plan = make_launch_plan(input, facts_v2());
  EXPECT_THAT(plan.identity.argv, ElementsAre("/bin/app", "arg"));
  EXPECT_THAT(plan.identity.env, ElementsAre("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                                             "HOSTNAME=h", "A=own", "C=new"));
  EXPECT_NE(plan.flags & kNeedsHome, 0U);
  EXPECT_EQ(plan.clone_flags, std::uint64_t{CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS});
}

TEST(CheckContainer, refuses_at_the_door_what_no_start_could_give) {
  const auto refused = [](void (*change)(model::ContainerSpec&)) {
    model::ContainerSpec spec;
    change(spec);
    std::string message;
    try {
      check_container(spec, some_input().image, facts_v2());
    } catch (const Error& error) {
      message = error.message();
    }
    return message;
  };
  using Spec = model::ContainerSpec;
  EXPECT_EQ(refused([](Spec&) {}), "");
  EXPECT_EQ(refused([](Spec& s) { s.network_mode = s.pid_mode = s.ipc_mode = "container:other"; }), "");
  EXPECT_EQ(refused([](Spec& s) { s.mounts = {{.kind = model::MountKind::bind, .source = "/a", .target = "/b"}}; }),
            "");
  EXPECT_THAT(refused([](Spec& s) { s.cap_add = {"FLY"}; }), HasSubstr("unknown capability"));
  EXPECT_THAT(refused([](Spec& s) { s.ulimits["fish"] = {1, 1}; }), HasSubstr("unknown limit"));
  EXPECT_THAT(refused([](Spec& s) { s.ulimits["nofile"] = {9, 1}; }), HasSubstr("soft is above hard"));
  EXPECT_THAT(refused([](Spec& s) { s.sysctls["vm.swappiness"] = "1"; }), HasSubstr("not one that a container has"));
  EXPECT_THAT(refused([](Spec& s) { s.device_rules = {"x 1:2 rwm"}; }), HasSubstr("device_cgroup_rules"));
  EXPECT_THAT(refused([](Spec& s) { s.resources.cpuset = "0-"; }), HasSubstr("cpuset"));
  EXPECT_THAT(refused([](Spec& s) { s.pid_mode = "mine"; }), HasSubstr("pid \"mine\""));
  EXPECT_THAT(refused([](Spec& s) { s.uts_mode = "mine"; }), HasSubstr("uts"));
  EXPECT_THAT(refused([](Spec& s) { s.cgroup_mode = "mine"; }), HasSubstr("cgroup"));
  EXPECT_THAT(refused([](Spec& s) { s.userns_mode = "mine"; }), HasSubstr("userns_mode"));
  EXPECT_THAT(refused([](Spec& s) { s.security_opt = {"magic"}; }), HasSubstr("security_opt"));
  EXPECT_THAT(refused([](Spec& s) { s.resources.oom_score_adj = 5000; }), HasSubstr("oom_score_adj"));
  EXPECT_THAT(refused([](Spec& s) { s.working_dir = "here"; }), HasSubstr("working_dir"));
  EXPECT_THAT(refused([](Spec& s) { s.log.driver = "pigeon"; }), HasSubstr("logging plugin pigeon"));
  EXPECT_THAT(refused([](Spec& s) { s.mounts = {{.kind = model::MountKind::tmpfs, .target = "relative"}}; }),
              HasSubstr("mount target"));
  EXPECT_THAT(refused([](Spec& s) {
                s.mounts = {{.kind = model::MountKind::bind, .source = "/a", .target = "/b", .propagation = "odd"}};
              }),
              HasSubstr("propagation"));
}

TEST(LaunchPlan, an_entrypoint_puts_the_images_command_away) {
  LaunchInput input = some_input();
  input.spec.entrypoint = {"/own"};
  EXPECT_THAT(effective_command(input.spec, input.image), ElementsAre("/own"));
  input.image.entrypoint = {"/entry"};
  input.spec.entrypoint.reset();
  input.spec.command = {"x"};
  EXPECT_THAT(effective_command(input.spec, input.image), ElementsAre("/entry", "x"));
}

// What Docker 28 runs, asked of it one by one: E and C are the image's.
TEST(LaunchPlan, empty_commands_and_entrypoints_are_dockers) {
  using Words = std::vector<std::string>;
  using Given = std::optional<Words>;
  struct Case {
    Given entrypoint, command;
    Words runs;
  };
  const Case cases[] = {
      {std::nullopt, std::nullopt, {"E", "C"}},
      {std::nullopt, Words{}, {"E", "C"}},
      {std::nullopt, Words{"x"}, {"E", "x"}},
      {Words{"e"}, std::nullopt, {"e"}},
      {Words{"e"}, Words{}, {"e"}},
      {Words{"e"}, Words{"x"}, {"e", "x"}},
      {Words{}, std::nullopt, {"C"}},
      {Words{}, Words{"x"}, {"x"}},
      {Words{""}, Words{"x"}, {"x"}},
      {Words{""}, std::nullopt, {}},
  };
  LaunchInput input = some_input();
  input.image.entrypoint = {"E"};
  input.image.command = {"C"};
  for (const Case& one : cases) {
    input.spec.entrypoint = one.entrypoint;
    input.spec.command = one.command;
    EXPECT_EQ(effective_command(input.spec, input.image), one.runs);
  }
  input.spec.entrypoint = Words{""};
  input.spec.command.reset();
  EXPECT_THROW(make_launch_plan(input, facts_v2()), Error);
}

TEST(LaunchPlan, open_files_are_bounded_as_docker_bounds_them) {
  const auto limit = [](HostFacts facts, std::map<std::string, model::Ulimit> ulimits) {
    LaunchInput input = some_input();
    input.spec.ulimits = std::move(ulimits);
    const LaunchPlan plan = make_launch_plan(input, facts);
    const auto found = std::ranges::find(plan.identity.rlimits, RLIMIT_NOFILE, &Rlimit::resource);
    return found == plan.identity.rlimits.end() ? Rlimit{} : *found;
  };
  const auto is = [](std::uint64_t soft, std::uint64_t hard) { return Rlimit{RLIMIT_NOFILE, soft, hard}; };
  EXPECT_EQ(limit(facts_v2(), {}), is(1024, 524'288));
  EXPECT_EQ(limit(facts_v2(), {{"nofile", {5, 6}}}), is(5, 6));
  EXPECT_EQ(limit(facts_v2(), {{"nproc", {5, 6}}}), is(1024, 524'288));
  // An engine without the right to raise it gives what it has.
  HostFacts small = facts_v2();
  small.own_capabilities = 0;
  small.files_hard = 4096;
  EXPECT_EQ(limit(small, {}), is(1024, 4096));
  small.files_hard = 512;
  EXPECT_EQ(limit(small, {}), is(512, 512));
  ExecInput exec{{"x"}};
  const auto same = make_exec_plan(some_input(), facts_v2(), exec).identity.rlimits;
  EXPECT_THAT(same, Contains(is(1024, 524'288)));
}

TEST(LaunchPlan, targets_are_written_plainly_before_they_are_judged) {
  for (const char* root : {"/", "//", "/.", "/a/..", "/../.", "/./"}) {
    EXPECT_EQ(clean_target(root), "/");
    EXPECT_THAT(std::string(target_fault(clean_target(root))), HasSubstr("root of the container")) << root;
  }
  EXPECT_EQ(clean_target("//x"), "/x");
  EXPECT_EQ(clean_target("///x//y/./z/../"), "/x/y");
  EXPECT_EQ(clean_target("/../../etc"), "/etc");
  for (const char* proc : {"/proc", "/proc/", "/proc/sys", "/x/../proc/1", "/proc/net", "/proc/cpuinfo/x"}) {
    EXPECT_THAT(std::string(target_fault(clean_target(proc))), HasSubstr("/proc")) << proc;
  }
  for (const char* fine : {"/proc/cpuinfo", "/proc/meminfo", "/hostfs/proc", "/process", "/x"}) {
    EXPECT_TRUE(target_fault(clean_target(fine)).empty()) << fine;
  }
  EXPECT_FALSE(target_fault(clean_target("x")).empty());
  EXPECT_FALSE(target_fault(clean_target("")).empty());
  LaunchInput input = some_input();
  input.spec.mounts.push_back({model::MountKind::tmpfs, "", "/a/../b//c/"});
  const LaunchPlan plan = make_launch_plan(input, facts_v2());
  EXPECT_THAT(describe(plan), HasSubstr("tmpfs #14 /b/c"));
  input.spec.mounts.back().target = "/a/..";
  EXPECT_THROW(make_launch_plan(input, facts_v2()), Error);
}

TEST(LaunchPlan, a_seccomp_profile_holds_for_privileged_containers_and_processes_too) {
  const HostFacts facts = facts_v2();
  LaunchInput input = some_input();
  const auto own = make_launch_plan(input, facts).identity.seccomp;
  input.spec.security_opt = {R"(seccomp={"defaultAction": "SCMP_ACT_ALLOW"})"};
  const auto chosen = make_launch_plan(input, facts).identity.seccomp;
  EXPECT_NE(chosen, own);
  EXPECT_EQ(make_exec_plan(input, facts, {.argv = {"x"}}).identity.seccomp, chosen);
  EXPECT_EQ(make_exec_plan(input, facts, {.argv = {"x"}, .privileged = true}).identity.seccomp, chosen);
  input.spec.privileged = true;
  EXPECT_EQ(make_launch_plan(input, facts).identity.seccomp, chosen);
  input.spec.security_opt = {};
  EXPECT_TRUE(make_launch_plan(input, facts).identity.seccomp.empty());
  input.spec.security_opt = {"seccomp={}"};
  EXPECT_THROW(make_launch_plan(input, facts), Error);
}

TEST(LaunchPlan, apparmor_is_the_default_one_or_what_is_asked_for) {
  HostFacts facts = facts_v2();
  const auto profile = [&](std::vector<std::string> options, bool privileged = false) {
    LaunchInput input = some_input();
    input.spec.security_opt = std::move(options);
    input.spec.privileged = privileged;
    const LaunchPlan exec = make_exec_plan(input, facts, {{"x"}});
    const LaunchPlan plan = make_launch_plan(input, facts);
    EXPECT_EQ(plan.identity.apparmor, exec.identity.apparmor);
    return plan.identity.apparmor;
  };
  EXPECT_EQ(profile({}), "");
  EXPECT_EQ(profile({"apparmor=docker-default"}), "");
  facts.apparmor = true;
  EXPECT_EQ(profile({"apparmor=docker-default"}), "docker-default");  // it may be loaded; only the kernel knows
  EXPECT_EQ(profile({}), "");                                         // its loading failed
  facts.apparmor_default = kDefaultProfile;
  EXPECT_EQ(profile({}), kDefaultProfile);
  EXPECT_EQ(profile({"apparmor=docker-default"}), kDefaultProfile);
  EXPECT_EQ(profile({"apparmor:mine"}), "mine");
  EXPECT_EQ(profile({"apparmor=unconfined"}), "");
  EXPECT_EQ(profile({}, true), "");
  EXPECT_EQ(profile({"apparmor=mine"}, true), "mine");
  LaunchInput input = some_input();
  EXPECT_EQ(make_exec_plan(input, facts, {.argv = {"x"}, .privileged = true}).identity.apparmor, "");
  // What runs in the container already was started by another engine.
  EXPECT_EQ(make_exec_plan(input, facts, {.argv = {"x"}, .apparmor = "older"}).identity.apparmor, "older");
  EXPECT_EQ(make_exec_plan(input, facts, {.argv = {"x"}, .apparmor = ""}).identity.apparmor, "");
}

TEST(LaunchPlan, hides_how_warm_the_processors_are) {
  HostFacts facts = facts_v2();
  facts.heat_folders = {"/sys/devices/system/cpu/cpu0/thermal_throttle"};
  LaunchInput input = some_input();
  EXPECT_THAT(describe(make_launch_plan(input, facts)),
              HasSubstr("mask /sys/devices/system/cpu/cpu0/thermal_throttle"));
  input.spec.privileged = true;
  EXPECT_THAT(describe(make_launch_plan(input, facts)), Not(HasSubstr("thermal_throttle")));
}

TEST(LaunchPlan, both_hierarchies) {
  const std::string v2 = describe(make_launch_plan(some_input(), facts_v2()));
  EXPECT_THAT(v2, HasSubstr("cgroup_folder /sys/fs/cgroup/stack-x/a\n"));
  EXPECT_THAT(v2, HasSubstr("cgroup2 /sys/fs/cgroup\n"));
  const LaunchPlan plan = make_launch_plan(some_input(), facts_v1());
  const std::string v1 = describe(plan);
  EXPECT_THAT(v1, HasSubstr("cgroup_write /cg/devices/stack-x/a/devices.deny a\n"));
  EXPECT_THAT(v1, HasSubstr("cgroup_write /cg/devices/stack-x/a/devices.allow c 1:3 rwm\n"));
  EXPECT_THAT(v1, HasSubstr("/sys/fs/cgroup/memory"));
  EXPECT_TRUE(plan.device_filter.empty());
}

TEST(LaunchPlan, a_size_of_the_root_is_a_quota_of_its_project) {
  LaunchInput input = some_input();
  input.id = "0123456789abcdef";
  input.spec.storage_options["size"] = "16m";
  const std::string plan = describe(make_launch_plan(input, facts_v2()));
  const std::uint32_t project = 0x10123456;
  EXPECT_EQ(storage_project(input.id), project);
  EXPECT_THAT(plan, HasSubstr("storage_limit #16777216 flags=" + std::to_string(project)));
  int drawn = 0;  // the first two ids are of the same project
  const RandomSource random = [&drawn](void* data, std::size_t size) {
    std::memset(data, ++drawn > 2 ? 0x77 : 0x01, size);
  };
  EXPECT_EQ(id_of_new_project(random, {0x10101010}), std::string(64, '7'));
  EXPECT_EQ(drawn, 3);
  EXPECT_EQ(storage_limit({}), 0u);
  EXPECT_THROW((void)storage_limit({{"size", "0"}}), Error);
  EXPECT_THROW((void)storage_limit({{"inodes", "5"}}), Error);
}

TEST(LaunchPlan, the_null_device_is_made_once) {
  HostFacts facts = facts_v2();
  DeviceNode null;
  null.target = "/dev/null";
  null.major = 1;
  null.minor = 3;
  facts.devices = {null};
  const LaunchPlan plan = make_launch_plan(some_input(), facts);
  EXPECT_EQ(std::ranges::count_if(plan.root,
                                  [](const Step& step) { return step.op == Op::make_node && step.a == "/dev/null"; }),
            1);
}

TEST(LaunchPlan, control_groups_stay_below_the_root) {
  LaunchInput input = some_input();
  input.cgroup_path = "stack/1";
  for (const auto& [parent, path] : std::vector<std::pair<std::string, std::string>>{
           {"", "stack/1"}, {"../x", "x/1"}, {"/../x", "x/1"}, {"foo/", "foo/1"}, {"./y", "y/1"}, {"../..", "1"}}) {
    input.spec.cgroup_parent = parent;
    EXPECT_EQ(effective_cgroup_path(input), path);
  }
}

TEST(LaunchPlan, what_it_cannot_honour_it_refuses) {
  const auto refused = [](auto change) {
    LaunchInput input = some_input();
    change(input);
    EXPECT_THROW(make_launch_plan(input, facts_v2()), Error);
  };
  refused([](auto& in) { in.spec.userns_mode = "keep-id"; });
  refused([](auto& in) { in.spec.uts_mode = "container:x"; });
  refused([](auto& in) { in.spec.pid_mode = "container:x"; });
  refused([](auto& in) { in.spec.cgroup_mode = "strange"; });
  refused([](auto& in) { in.spec.security_opt = {"seccomp={\"defaultAction\":\"ALLOW\"}"}; });
  refused([](auto& in) { in.spec.security_opt = {"apparmor=mine"}; });
  refused([](auto& in) { in.spec.cap_add = {"NO_SUCH"}; });
  refused([](auto& in) { in.spec.log.driver = "splunk"; });
  refused([](auto& in) { in.spec.log = {.driver = "local", .options = {{"labels", "x"}}}; });
  refused([](auto& in) { in.spec.log.options["tag"] = "{{.Nope}}"; });
  refused([](auto& in) { in.spec.log.options["max-size"] = "lots"; });
  refused([](auto& in) { in.spec.sysctls["kernel.panic"] = "1"; });
  refused([](auto& in) { in.spec.sysctls["net.ipv4/../../kernel/panic"] = "1"; });
  refused([](auto& in) { in.spec.sysctls["net/ipv4/../../kernel/panic"] = "1"; });
  refused([](auto& in) { in.spec.sysctls["kernel.shmnothing"] = "1"; });
  refused([](auto& in) { in.spec.uts_mode = "host", in.spec.sysctls["kernel.domainname"] = "x"; });
  refused([](auto& in) {
    in.own_network = false, in.spec.network_mode = "host", in.spec.sysctls["net.ipv4.ip_forward"] = "1";
  });
  refused([](auto& in) { in.spec.ulimits["nosuch"] = {1, 1}; });
  refused([](auto& in) { in.spec.ulimits["nofile"] = {5, 1}; });
  refused([](auto& in) { in.spec.mounts.push_back({model::MountKind::tmpfs, "", "/proc/sys"}); });
  refused([](auto& in) { in.spec.mounts.push_back({model::MountKind::tmpfs, "", "relative"}); });
  refused([](auto& in) { in.spec.mounts.push_back({model::MountKind::volume, "v", "/v"}); });
  refused([](auto& in) { in.files = {{"../escape", "/etc/hosts", ""}}; });
  refused([](auto& in) { in.spec.working_dir = "relative"; });
  refused([](auto& in) { in.image.command.clear(); });
  refused([](auto& in) { in.spec.resources.oom_score_adj = 2000; });
  refused([](auto& in) { in.layers.clear(); });
}

TEST(LaunchPlan, given_files_are_written_once) {
  LaunchInput input = some_input();
  input.spec.files = {{"/etc/app.conf", "text", 5, 6, 0440}};
  const auto step = [&] {
    const LaunchPlan plan = make_launch_plan(input, facts_v1());
    const auto found = std::ranges::find(plan.root, Op::put_file, &Step::op);
    EXPECT_NE(found, plan.root.end());
    return *found;
  };
  EXPECT_EQ(step(), (Step{Op::put_file, Stage::file, 0, 0440, "/etc/app.conf", "text", "5:6"}));
  input.first_start = false;
  EXPECT_EQ(step().flags, kIfMissing);
  input.spec.files.front().target = "/proc/x";
  EXPECT_THROW(make_launch_plan(input, facts_v1()), Error);
}

TEST(LaunchPlan, files_of_names_are_those_of_the_network) {
  LaunchInput input = some_input();
  input.files = {{.name = "hosts", .target = "/etc/hosts", .content = "x", .folder = "/run/other"}};
  const LaunchPlan plan = make_launch_plan(input, facts_v1());
  EXPECT_EQ(std::ranges::count(plan.prepare, Op::write_file, &Step::op), 0);
  EXPECT_EQ(std::ranges::count(plan.root, std::string("/run/other/hosts"), &Step::a), 1);
}

TEST(LaunchPlan, no_more_processors_than_there_are) {
  LaunchInput input = some_input();
  input.spec.resources.nano_cpus = 2'500'000'000;
  HostFacts facts = facts_v2();
  EXPECT_NO_THROW(make_launch_plan(input, facts));
  facts.processors = 2;
  EXPECT_THROW(make_launch_plan(input, facts), Error);
}

TEST(LaunchPlan, mounts_go_from_the_outside_in) {
  LaunchInput input = some_input();
  input.spec.mounts = {{model::MountKind::tmpfs, "", "/a/b/c"},
                       {model::MountKind::tmpfs, "", "/a"},
                       {model::MountKind::tmpfs, "", "/a/b"}};
  const std::string text = describe(make_launch_plan(input, facts_v2()));
  EXPECT_LT(text.find(" /a\n"), text.find(" /a/b\n"));
  EXPECT_LT(text.find(" /a/b\n"), text.find(" /a/b/c\n"));
}

TEST(LaunchPlan, exec_inherits_and_overrides) {
  LaunchInput input = some_input();
  input.spec.user = "app";
  input.spec.cap_drop = {"ALL"};
  const LaunchPlan plain = make_exec_plan(input, facts_v2(), {{"ls"}, {"X=1"}});
  EXPECT_THAT(plain.identity.argv, ElementsAre("ls"));
  EXPECT_EQ(plain.identity.user, "app");
  EXPECT_EQ(plain.identity.capabilities, 0U);
  EXPECT_THAT(plain.identity.env, Contains("X=1"));
  ExecInput strong{{"ls"}};
  strong.privileged = true;
  EXPECT_EQ(make_exec_plan(input, facts_v2(), strong).identity.capabilities, (std::uint64_t{1} << 41) - 1);
}

TEST(Capabilities, names_and_sets) {
  constexpr std::uint64_t kAll = (std::uint64_t{1} << 41) - 1;
  EXPECT_EQ(default_capabilities(), 0xa80425fbU);
  EXPECT_EQ(capability_number("net_admin"), 12);
  EXPECT_EQ(capability_number("CAP_NOPE"), std::nullopt);
  EXPECT_EQ(capability_set({}, {"ALL"}, false, kAll), 0U);
  EXPECT_EQ(capability_set({"ALL"}, {"CHOWN"}, false, kAll), kAll & ~std::uint64_t{1});
  EXPECT_EQ(capability_set({"CHOWN"}, {"all"}, false, kAll), 1U);
  EXPECT_EQ(capability_set({}, {}, true, 0xFF), 0xFFU);
  EXPECT_THROW(capability_set({"SYS_TIME"}, {}, false, 0xFF), Error);
}

TEST(Seccomp, depends_on_capabilities_and_is_cached) {
  const auto plain = seccomp_program(default_capabilities());
  const auto admin = seccomp_program(default_capabilities() | std::uint64_t{1} << 21);
  EXPECT_EQ(plain.size() % 8, 0U);
  EXPECT_GT(plain.size(), 1000U);
  EXPECT_NE(plain, admin);
  EXPECT_EQ(plain, seccomp_program(default_capabilities() | 1));
}

// The verdict of a filter: enough of classic BPF for what libseccomp writes.
std::uint32_t verdict(const std::vector<std::byte>& program, std::uint32_t arch, std::uint32_t number) {
  std::vector<sock_filter> code(program.size() / sizeof(sock_filter));
  std::memcpy(code.data(), program.data(), program.size());
  seccomp_data data{};
  data.nr = static_cast<int>(number);
  data.arch = arch;
  std::uint32_t a = 0;
  for (std::size_t at = 0; at < code.size(); ++at) {
    const sock_filter& it = code[at];
    const auto jump = [&](bool taken) { at += taken ? it.jt : it.jf; };
    switch (it.code) {
      case BPF_LD | BPF_W | BPF_ABS:
        std::memcpy(&a, reinterpret_cast<const char*>(&data) + it.k, sizeof a);
        break;
      case BPF_ALU | BPF_AND | BPF_K:
        a &= it.k;
        break;
      case BPF_JMP | BPF_JA:
        at += it.k;
        break;
      case BPF_JMP | BPF_JEQ | BPF_K:
        jump(a == it.k);
        break;
      case BPF_JMP | BPF_JGT | BPF_K:
        jump(a > it.k);
        break;
      case BPF_JMP | BPF_JGE | BPF_K:
        jump(a >= it.k);
        break;
      case BPF_JMP | BPF_JSET | BPF_K:
        jump((a & it.k) != 0);
        break;
      case BPF_RET | BPF_K:
        return it.k;
      default:
        ADD_FAILURE() << "instruction " << it.code;
        return 0;
    }
  }
  return 0;
}

TEST(Seccomp, young_calls_are_allowed_and_newer_ones_do_not_exist) {
  const auto program = seccomp_program(default_capabilities());
#if defined(__x86_64__)
  const std::uint32_t arches[] = {AUDIT_ARCH_X86_64, AUDIT_ARCH_I386};
#else
  const std::uint32_t arches[] = {AUDIT_ARCH_AARCH64};
#endif
  for (const std::uint32_t arch : arches) {
    // statmount, listmount, the three of lsm, mseal, the four of xattrat: whether or not the build's libseccomp knows them.
    for (std::uint32_t number = 457; number <= 466; ++number) {
      EXPECT_EQ(verdict(program, arch, number), SECCOMP_RET_ALLOW) << arch << " " << number;
    }
    for (const std::uint32_t number : {467U, 500U, 100'000U}) {
      EXPECT_EQ(verdict(program, arch, number), SECCOMP_RET_ERRNO | ENOSYS) << arch << " " << number;
    }
  }
#if defined(__x86_64__)
  EXPECT_EQ(verdict(program, AUDIT_ARCH_X86_64, 0x40000000U | 467U), SECCOMP_RET_ERRNO | ENOSYS);
  EXPECT_EQ(verdict(program, AUDIT_ARCH_X86_64, 0), SECCOMP_RET_ALLOW);            // read
  EXPECT_EQ(verdict(program, AUDIT_ARCH_X86_64, 246), SECCOMP_RET_ERRNO | EPERM);  // kexec_load
  EXPECT_EQ(verdict(program, AUDIT_ARCH_I386, 3), SECCOMP_RET_ALLOW);              // read
#endif
}

TEST(DeviceFilter, programs_end_and_everything_needs_none) {
  EXPECT_TRUE(device_program(device_rules({}, true)).empty());
  const auto program =
      device_program(device_rules({{"/dev/fuse", "/dev/fuse", false, 10, 229, 0666, 0, 0, "rw"}}, false));
  EXPECT_EQ(program.size() % 8, 0U);
  EXPECT_EQ(rule_line({'c', 10, -1, "rw"}), "c 10:* rw");
  EXPECT_EQ(parse_device_rule("b 7:* rm"), (DeviceRule{'b', 7, -1, "rm"}));
  for (const char* wrong : {"", "c", "c 1:2", "x 1:2 r", "c 1 r", "c 1:-2 r", "c 1:2 q", "c 1:2 r more", "c a:2 r"}) {
    EXPECT_THROW(parse_device_rule(wrong), Error) << wrong;
  }
}

LaunchPlan full_plan() {
  LaunchInput input = some_input();
  input.network.host_route.push_back(
      {std::vector<std::byte>(32), {{8, model::PatchedMessage::Word::interface_index, "br"}}, true});
  input.network.dns_sockets = true;
  input.spec.group_add = {"audio"};
  input.spec.ulimits["nofile"] = {1, 2};
  return make_launch_plan(input, facts_v1());
}

TEST(FlatPlan, holds_what_was_put_in) {
  std::vector<std::byte> bytes = encode(full_plan());
  const FlatView view = FlatView::open(bytes.data(), bytes.size());
  ASSERT_TRUE(view);
  const FlatPlan& head = view.head();
  EXPECT_STREQ(view.text(head.working_dir), "/");
  EXPECT_EQ(head.host_route.count, 1U);
  const auto* message = view.array<FlatMessage>(head.host_route);
  EXPECT_EQ(message->ignore_exists, 1U);
  EXPECT_STREQ(view.text(view.array<FlatPatch>(message->patches)->interface), "br");
  char home[] = "HOME=/x";
  char** argv = view.relocate(head.argv, nullptr);
  char** envp = view.relocate(head.envp, home);
  EXPECT_STREQ(argv[0], "/bin/app");
  EXPECT_EQ(argv[2], nullptr);
  EXPECT_STREQ(envp[head.envp.count], "HOME=/x");
  EXPECT_EQ(envp[head.envp.count + 1], nullptr);
}

TEST(FlatPlan, refuses_what_is_damaged_and_never_reads_outside) {
  const std::vector<std::byte> good = encode(full_plan());
  EXPECT_FALSE(FlatView::open(nullptr, 0));
  for (std::size_t size = 0; size < good.size(); size += 7) {
    std::vector<std::byte> cut(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_FALSE(FlatView::open(cut.data(), cut.size()));
  }
  // Every word of the head and the tables turned into something far away: refused, or still a plan that lies inside.
  for (std::size_t at = 0; at + 4 <= good.size(); at += 4) {
    std::vector<std::byte> bad = good;
    const std::uint32_t far = 0x7FFFFFF8;
    std::memcpy(bad.data() + at, &far, sizeof far);
    (void)FlatView::open(bad.data(), bad.size());
  }
}

TEST(LaunchStage, speaks_of_what_happened) {
  EXPECT_EQ(launch_error(Stage::lookup, ENOENT, "x").kind(), ErrorKind::no_such_command);
  EXPECT_EQ(launch_error(Stage::exec, EACCES, "/x").kind(), ErrorKind::not_executable);
  EXPECT_THAT(launch_error(Stage::bind_source, ENOENT, "/data").render(), HasSubstr("create_host_path"));
  EXPECT_THAT(launch_error(Stage::mount, ENOTDIR, "/etc/passwd").render(),
              HasSubstr("a folder cannot be mounted over a file"));
  EXPECT_THAT(launch_error(Stage::mount, EISDIR, "/etc").render(), HasSubstr("a file cannot be mounted over a folder"));
  EXPECT_EQ(launch_error(Stage::cgroup_limit, EINVAL, "memory.max to 5").message(),
            "mem_limit: setting limit memory.max to 5: Invalid argument");
  EXPECT_THAT(launch_error(Stage::cgroup_limit, ERANGE, "cpuset.cpus to 99").render(), HasSubstr("processors"));
  EXPECT_EQ(launch_error(Stage::rlimit, EPERM, "nofile to 5:10").message(),
            "setting ulimit nofile to 5:10: Operation not permitted");
  EXPECT_THAT(launch_error(Stage::device_filter, EINVAL, "devices.allow to c 1:3 rwm").message(),
              HasSubstr("device_cgroup_rules: "));
  // The key that it is about.
  EXPECT_EQ(launch_error(Stage::rlimit, EPERM, "nofile to 5:10").attribute(), "ulimits.nofile");
  EXPECT_EQ(launch_error(Stage::sysctl, EINVAL, "net.core.somaxconn to x").attribute(), "sysctls.net.core.somaxconn");
  EXPECT_EQ(launch_error(Stage::cgroup_limit, EINVAL, "cpu.max to 5").attribute(), "cpus");
  EXPECT_EQ(launch_error(Stage::user, ENOENT, "nobody").attribute(), "user");
  EXPECT_EQ(launch_error(Stage::clone, EINVAL, "").attribute(), "");
  for (std::int32_t i = 0; i < kStageCount; ++i) EXPECT_FALSE(phrase(static_cast<Stage>(i)).empty());
  EXPECT_EQ(phrase(static_cast<Stage>(-1)), phrase(Stage::none));
}

TEST(Skeleton, is_completed_wherever_it_was_cut_off) {
  namespace fs = std::filesystem;
  char name[] = "/tmp/stack-skeleton-XXXXXX";
  ASSERT_NE(::mkdtemp(name), nullptr);
  const fs::path folder = fs::path(name) / "s";
  make_skeleton(folder);
  fs::remove_all(folder / "etc");
  fs::remove(folder / ".dockerenv");
  make_skeleton(folder);
  for (const char* there : {"dev", "proc", "sys", "etc/hosts", "etc/hostname", "etc/resolv.conf", ".dockerenv"}) {
    EXPECT_TRUE(fs::exists(folder / there)) << there;
  }
  EXPECT_EQ(fs::read_symlink(folder / "etc/mtab"), "/proc/mounts");
  EXPECT_EQ(fs::status(folder / "etc").permissions(), fs::perms(0755));
  EXPECT_THROW(make_skeleton(folder / "missing" / "s"), Error);
  fs::remove_all(name);
}

}  // namespace
}  // namespace stack::sandbox
