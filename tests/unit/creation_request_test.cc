// The flags of `docker run` as the body of POST /containers/create, read back by the engine's own codec.
#include "cli/commands/creation_request.h"

#include <gtest/gtest.h>

#include "cli/commands/flag_error.h"
#include "cli/commands/flag_values.h"
#include "engine/api/container_creation_json.h"

namespace stack::cli {
namespace {

ContainerFlags flags_of(void (*set)(ContainerFlags&)) {
  ContainerFlags flags;
  flags.image = "busybox";
  set(flags);
  return flags;
}

model::ContainerSpec spec_of(void (*set)(ContainerFlags&)) {
  const ContainerFlags flags = flags_of(set);
  return api::parse_container_creation(creation_request(flags, attached_streams(flags, false))).spec;
}

std::string request_of(void (*set)(ContainerFlags&)) {
  const ContainerFlags flags = flags_of(set);
  return creation_request(flags, attached_streams(flags, false));
}

std::string refusal_of(void (*set)(ContainerFlags&)) {
  try {
    request_of(set);
  } catch (const FlagError& error) {
    return error.flag() + ": " + error.why();
  } catch (const Error& error) {
    return error.message();
  }
  return "accepted";
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST(CreationRequest, TheProcess) {
  const auto spec = spec_of([](ContainerFlags& f) {
    f.command = {"sh", "-c", "true"};
    f.env = {"A=b", "C="};
    f.user = "1:2";
    f.hostname = "h";
    f.tty = f.init = true;
    f.stop_timeout = "3";
  });
  EXPECT_EQ(spec.environment.at("A"), "b");
  EXPECT_EQ(spec.environment.at("C"), "");
  EXPECT_EQ(spec.hostname, "h");
  EXPECT_TRUE(spec.tty);
  EXPECT_TRUE(spec.init);
}

TEST(CreationRequest, StreamsThatAreAttached) {
  ContainerFlags flags;
  flags.interactive = true;
  const AttachedStreams all = attached_streams(flags, false);
  EXPECT_TRUE(all.input && all.output && all.errors);
  const AttachedStreams none = attached_streams(flags, true);
  EXPECT_FALSE(none.input || none.output || none.errors);
  flags.attach = {"STDERR"};
  EXPECT_TRUE(attached_streams(flags, false).errors);
  EXPECT_FALSE(attached_streams(flags, false).output);
  EXPECT_THROW(attached_streams(flags, true), Error);
}

TEST(CreationRequest, TheTerminalHasItsSizeFromTheBeginning) {
  ContainerFlags flags;
  flags.image = "a";
  AttachedStreams attached = attached_streams(flags, false);
  attached.terminal = {.rows = 10, .columns = 40};
  EXPECT_FALSE(has(creation_request(flags, attached), "ConsoleSize"));
  flags.tty = true;
  EXPECT_TRUE(has(creation_request(flags, attached), R"("ConsoleSize":[10,40])"));
}

TEST(CreationRequest, PortsOfBothForms) {
  const std::string text = request_of([](ContainerFlags& f) { f.publish = {"127.0.0.1:8080:80/udp", "90"}; });
  EXPECT_TRUE(has(text, R"("80/udp":[{"HostIp":"127.0.0.1","HostPort":"8080"}])")) << text;
  EXPECT_TRUE(has(text, R"("90/tcp":[{"HostIp":"","HostPort":""}])")) << text;
  EXPECT_EQ(refusal_of([](ContainerFlags& f) { f.publish = {"99999:80"}; }), "Invalid hostPort: 99999");
  EXPECT_EQ(refusal_of([](ContainerFlags& f) { f.publish = {"foo"}; }), "Invalid containerPort: foo");
}

TEST(CreationRequest, Mounts) {
  const std::string text = request_of([](ContainerFlags& f) {
    f.volumes = {"data:/d:ro", "/anonymous"};
    f.mounts = {"type=tmpfs,dst=/t,tmpfs-size=1m,tmpfs-mode=1770", "type=bind,src=/a,dst=/b,readonly"};
  });
  EXPECT_TRUE(has(text, R"("Binds":["data:/d:ro"])")) << text;
  EXPECT_TRUE(has(text, R"("/anonymous":{})")) << text;
  EXPECT_TRUE(has(text, R"("TmpfsOptions":{"Mode":1016,"SizeBytes":1048576})")) << text;
  EXPECT_TRUE(has(text, R"("ReadOnly":true,"Source":"/a")")) << text;
  EXPECT_EQ(refusal_of([](ContainerFlags& f) { f.mounts = {"type=bind,source=/tmp"}; }), "mount: target is required");
  EXPECT_EQ(refusal_of([](ContainerFlags& f) { f.mounts = {"type=volume,foo=bar,target=/x"}; }),
            "mount: unexpected key 'foo' in 'foo=bar'");
}

TEST(CreationRequest, SeveralNetworks) {
  const std::string text = request_of([](ContainerFlags& f) {
    f.networks = {"front", "name=back,alias=db,ip=10.0.0.9"};
    f.network_aliases = {"web"};
  });
  EXPECT_TRUE(has(text, R"("NetworkMode":"front")")) << text;
  EXPECT_TRUE(has(text, R"("front":{"Aliases":["web"]})")) << text;
  EXPECT_TRUE(has(text, R"("back":{"Aliases":["db"],"IPAMConfig":{"IPv4Address":"10.0.0.9"}})")) << text;
}

TEST(CreationRequest, LimitsAndRefusals) {
  const std::string text = request_of([](ContainerFlags& f) {
    f.memory = "64m";
    f.cpus = "1.5";
    f.restart = "on-failure:3";
    f.ulimits = {"nofile=10:20"};
  });
  EXPECT_TRUE(has(text, R"("Memory":67108864)")) << text;
  EXPECT_TRUE(has(text, R"("NanoCpus":1500000000)")) << text;
  EXPECT_TRUE(has(text, R"({"MaximumRetryCount":3,"Name":"on-failure"})")) << text;
  EXPECT_TRUE(has(text, R"({"Hard":20,"Name":"nofile","Soft":10})")) << text;
  EXPECT_EQ(refusal_of([](ContainerFlags& f) { f.memory = "abc"; }), "memory: invalid size: 'abc'");
  EXPECT_EQ(refusal_of([](ContainerFlags& f) { f.health_interval = "3"; }),
            "health-interval: time: missing unit in duration \"3\"");
  EXPECT_EQ(refusal_of([](ContainerFlags& f) {
              f.remove = true;
              f.restart = "always";
            }),
            "conflicting options: cannot specify both --restart and --rm");
  EXPECT_EQ(refusal_of([](ContainerFlags& f) { f.links = {"a:b:c"}; }), "link: bad format for links: a:b:c");
}

TEST(FlagValues, FieldsOfCommaSeparatedValues) {
  const auto fields = fields_of_flag("mount", R"(type=bind,"src=/a,b",ro)");
  ASSERT_EQ(fields.size(), 3U);
  EXPECT_EQ(fields[1].value, "/a,b");
  EXPECT_FALSE(fields[2].assigned);
  EXPECT_THROW(fields_of_flag("mount", "\"open"), FlagError);
  EXPECT_EQ(cpus_of_flag(".5"), 500'000'000);
  EXPECT_THROW(cpus_of_flag("x"), FlagError);
  EXPECT_THROW(integer_of_flag("pids-limit", "1x"), FlagError);
}

TEST(CreationRequest, AnUpdateNeedsSomethingToChange) {
  EXPECT_THROW(change_request({}), Error);
  ContainerFlags flags;
  flags.cpu_shares = "512";
  EXPECT_EQ(change_request(flags), R"({"CpuShares":512})");
}

}  // namespace
}  // namespace stack::cli
