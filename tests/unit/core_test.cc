// core's pure parts: the life of a container as a value, the files it gets, the event bus.
#include <filesystem>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/scope_guard.h"
#include "engine/core/claims.h"
#include "engine/core/container_record.h"
#include "engine/core/event_bus.h"
#include "engine/core/init_program.h"
#include "engine/core/injected_files.h"
#include "engine/core/launch_assembly.h"
#include "engine/sandbox/launch_plan.h"

namespace stack::core {
namespace {

TEST(ContainerRecord, ExitCodes) {
  EXPECT_EQ(exit_code_of(W_EXITCODE(3, 0)), 3);
  EXPECT_EQ(exit_code_of(W_EXITCODE(0, 9)), 137);
  EXPECT_EQ(exit_code_of(Error(ErrorKind::no_such_command, "x")), 127);
  EXPECT_EQ(exit_code_of(Error(ErrorKind::not_executable, "x")), 126);
  EXPECT_EQ(exit_code_of(Error("x")), 128);
}

TEST(ContainerRecord, AFailedFirstStartLeavesItCreated) {
  model::ContainerState state;
  start_failed(state, Error(ErrorKind::no_such_command, "no x"), Wall{Nanos{5}});
  EXPECT_EQ(state.status, model::Status::created);
  EXPECT_EQ(state.exit_code, 127);
  EXPECT_EQ(state.error, "no x");
  started(state, 42, Wall{Nanos{6}}, true);
  EXPECT_EQ(state.health, model::Health::starting);
  EXPECT_TRUE(is_alive(state));
  exited(state, W_EXITCODE(1, 0), true, Wall{Nanos{7}});
  EXPECT_EQ(state.status, model::Status::exited);
  EXPECT_EQ(state.pid, 0);
  EXPECT_TRUE(state.oom_killed);
  restart_planned(state);
  EXPECT_TRUE(is_alive(state));
  EXPECT_EQ(state.restart_count, 1);
  start_failed(state, Error("again"), Wall{});
  EXPECT_EQ(state.status, model::Status::exited);
}

TEST(ContainerRecord, AStopBeforeTheProgramRanIsAnExit) {
  model::ContainerState state;
  state.endpoints = {{.network = "net"}};
  given_up(state, Wall{Nanos{5}});
  EXPECT_EQ(state.status, model::Status::exited);
  EXPECT_EQ(state.exit_code, kKilledExitCode);
  EXPECT_TRUE(state.endpoints.empty());
  model::ContainerState waiting;
  waiting.status = model::Status::restarting;
  waiting.exit_code = 3;
  given_up(waiting, Wall{});
  EXPECT_EQ(waiting.status, model::Status::exited);
  EXPECT_EQ(waiting.exit_code, 3) << "it ran, and ended by itself";
}

// A further process has what the container has; what it does not need to know is not gathered for it.
TEST(LaunchAssembly, AnExecIsWhoTheContainerIs) {
  model::Container container;
  container.id = std::string(64, 'a');
  model::ContainerSpec& spec = container.spec;
  spec.image = "image";
  spec.environment = {{"A", "1"}, {"FROM_IMAGE", std::nullopt}};
  spec.user = "7:8";
  spec.group_add = {"9"};
  spec.working_dir = "/srv";
  spec.cap_add = {"NET_ADMIN"};
  spec.cap_drop = {"CHOWN"};
  spec.security_opt = {"no-new-privileges:true"};
  spec.ulimits = {{"nofile", {.soft = 100, .hard = 200}}};
  spec.resources.oom_score_adj = 50;
  spec.command = {"true"};
  spec.mounts = {{.kind = model::MountKind::bind, .source = "/srv", .target = "/srv"}};
  model::Image image;
  image.config.env = {"PATH=/bin", "FROM_IMAGE=1", "MORE=2"};
  const Options options{.root = "/root", .run = "/run", .tag = "abcdef"};
  LaunchParts parts{.image = image, .layers = {"/layer"}, .volume_path = {}};
  parts.host_name = "machine";
  const sandbox::HostFacts facts;
  const sandbox::ExecInput exec{.argv = {"id"}, .env = {"B=2"}};
  const auto whole = sandbox::make_exec_plan(assemble_launch(container, options, parts), facts, exec);
  const sandbox::LaunchInput base = assemble_exec(container, image.config, container);
  EXPECT_TRUE(base.spec.mounts.empty() && base.files.empty() && base.layers.empty());
  EXPECT_EQ(sandbox::encode(sandbox::make_exec_plan(base, facts, exec)), sandbox::encode(whole));
}

TEST(InjectedFiles, HostsNamesTheContainerAndItsExtraHosts) {
  model::Container container;
  container.id = std::string(64, 'a');
  container.spec.extra_hosts = {"db=10.0.0.9", "host=host-gateway"};
  container.spec.domainname = "test";
  container.state.endpoints = {{.ipv4 = "172.18.0.5", .gateway = "172.18.0.1", .ipv6 = "fd00::5"}};
  const std::string name = effective_hostname(container, "machine");
  EXPECT_EQ(name, "aaaaaaaaaaaa");
  const auto files = injected_files(container, name, "nameserver 127.0.0.11\n", "127.0.0.1 machine");
  ASSERT_EQ(files.size(), 3u);
  EXPECT_NE(files[0].content.find("10.0.0.9\tdb\n"), std::string::npos);
  EXPECT_NE(files[0].content.find("172.18.0.1\thost\n"), std::string::npos);
  EXPECT_NE(files[0].content.find("172.18.0.5\taaaaaaaaaaaa.test aaaaaaaaaaaa\n"), std::string::npos);
  EXPECT_NE(files[0].content.find("fd00::5\taaaaaaaaaaaa.test aaaaaaaaaaaa\n"), std::string::npos);
  EXPECT_EQ(files[0].content.find("machine"), std::string::npos);
  EXPECT_EQ(files[1].content, "aaaaaaaaaaaa\n");
  container.spec.network_mode = "host";
  EXPECT_EQ(effective_hostname(container, "machine"), "machine");
  container.state.endpoints.clear();
  EXPECT_EQ(injected_files(container, "machine", "", "127.0.0.1 machine")[0].content,
            "127.0.0.1 machine\n10.0.0.9\tdb\n127.0.0.1\thost\n");
}

TEST(InjectedFiles, HostsFollowTheAddresses) {
  model::Container now;
  now.state.endpoints = {{.ipv4 = "10.0.0.2"}, {.ipv4 = "10.1.0.2", .ipv6 = "fd00::2"}};
  const std::vector<model::Endpoint> before{{.ipv4 = "10.0.0.2"}, {.ipv4 = "10.2.0.2"}};
  EXPECT_EQ(hosts_after("127.0.0.1\tlocalhost\n10.0.0.2\tweb\n10.2.0.2\tweb\n10.9.9.9\tmine\n", before, now, "web"),
            "127.0.0.1\tlocalhost\n10.0.0.2\tweb\n10.9.9.9\tmine\n10.1.0.2\tweb\nfd00::2\tweb\n");
  EXPECT_EQ(hosts_after("", before, {}, "web"), "");
}

TEST(InjectedFiles, WishesForNamesReplaceWhatTheHostSays) {
  const std::string host = "nameserver 10.0.0.1\nsearch home.test\noptions timeout:9\n";
  model::ContainerSpec spec;
  EXPECT_EQ(resolv_conf_of(spec, host), host);
  spec.dns = {"9.9.9.9", "8.8.8.8"};
  EXPECT_EQ(resolv_conf_of(spec, host),
            "nameserver 9.9.9.9\nnameserver 8.8.8.8\nsearch home.test\noptions timeout:9\n");
  spec.dns_search = {"a.test", "b.test"};
  spec.dns_options = {"rotate"};
  EXPECT_EQ(resolv_conf_of(spec, host),
            "nameserver 9.9.9.9\nnameserver 8.8.8.8\nsearch a.test b.test\noptions rotate\n");
  spec.dns_search = {"."};
  EXPECT_EQ(resolv_conf_of(spec, host), "nameserver 9.9.9.9\nnameserver 8.8.8.8\noptions rotate\n");
}

TEST(InitProgram, TheCopyIsTheProgramWhateverHappenedToIt) {
  namespace fs = std::filesystem;
  const fs::path folder = fs::temp_directory_path() / ("init_program_" + std::to_string(::getpid()));
  fs::create_directories(folder);
  const ScopeGuard remove{[&] { fs::remove_all(folder); }};
  Options options;
  options.root = folder;
  options.shim_program = folder / "shim";
  EXPECT_THROW(keep_init_program(options), Error);
  replace_file(options.shim_program, "one", Durable::no);
  keep_init_program(options);
  EXPECT_EQ(read_file(options.init_program()), "one");
  EXPECT_EQ(fs::status(options.init_program()).permissions(), fs::perms(0755));
  replace_file(options.init_program(), "bad", Durable::no);  // as long, and newer
  keep_init_program(options);
  EXPECT_EQ(read_file(options.init_program()), "one");
}

TEST(Claims, LastAsLongAsTheirHoldersAndNameThem) {
  using Kind = Claims::Kind;
  Claims claims;
  {
    Claims::Claim first = claims.hold("up of project a", {{Kind::volume, "data"}, {Kind::image, "web:1"}});
    {
      const Claims::Claim second = claims.hold("up of project b", {{Kind::volume, "data"}});
      EXPECT_EQ(claims.holder_of(Kind::volume, "data", "up of project a"), "up of project b");
    }
    EXPECT_EQ(claims.holder_of(Kind::volume, "data"), "up of project a");
    EXPECT_EQ(claims.holder_of(Kind::volume, "data", "up of project a"), std::nullopt) << "nobody is in his own way";
    EXPECT_EQ(claims.holder_of(Kind::network, "data"), std::nullopt);
    EXPECT_EQ(claims.names(Kind::image), std::vector<std::string>{"web:1"});
    const Claims::Claim moved = std::move(first);
    EXPECT_TRUE(claims.holder_of(Kind::volume, "data"));
    first = claims.hold("up of project c", {{Kind::network, "net"}});
    first = {};
    EXPECT_EQ(claims.holder_of(Kind::network, "net"), std::nullopt);
  }
  EXPECT_EQ(claims.holder_of(Kind::volume, "data"), std::nullopt);
  EXPECT_TRUE(claims.names(Kind::image).empty());
}

TEST(EventBus, ListenersMayLeaveWhileTheyAreCalled) {
  EventBus bus{41};
  int first = 0, second = 0;
  EventBus::Subscription one, two;
  one = bus.subscribe([&](const model::Event& event) {
    EXPECT_EQ(event.sequence, 42u + static_cast<unsigned>(first));
    ++first;
    two = {};
  });
  two = bus.subscribe([&](const model::Event&) { ++second; });
  bus.publish({});
  bus.publish({});
  EXPECT_EQ(first, 2);
  EXPECT_EQ(second, 0);
}

}  // namespace
}  // namespace stack::core
