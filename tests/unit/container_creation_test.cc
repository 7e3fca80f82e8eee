// What clients write to create a container, and what of it is refused.
#include <gtest/gtest.h>

#include "engine/api/container_creation_json.h"

namespace stack::api {
namespace {

model::ContainerSpec spec_of(const char* text) { return parse_container_creation(text).spec; }

std::string refusal_of(const char* text) {
  try {
    (void)parse_container_creation(text);
  } catch (const Error& error) {
    return error.message();
  }
  return "taken";
}

TEST(ContainerCreation, CommandsHaveThreeShapes) {
  EXPECT_FALSE(spec_of(R"({"Image":"a"})").command);
  EXPECT_FALSE(spec_of(R"({"Image":"a","Cmd":[]})").command);
  EXPECT_EQ(spec_of(R"({"Image":"a","Cmd":"x"})").command, (std::vector<std::string>{"x"}));
  EXPECT_EQ(spec_of(R"({"Image":"a","Cmd":["x","y"]})").command, (std::vector<std::string>{"x", "y"}));
  EXPECT_FALSE(spec_of(R"({"Image":"a","Entrypoint":null})").entrypoint);
  EXPECT_EQ(spec_of(R"({"Image":"a","Entrypoint":[""],"Cmd":["x"]})").entrypoint, std::vector<std::string>{});
  EXPECT_EQ(refusal_of(R"({"Image":"a","Entrypoint":[""]})"), "no command specified");
}

TEST(ContainerCreation, AVariableWithoutAValueIsRemoved) {
  const auto environment = spec_of(R"({"Image":"a","Env":["A=b=c","B=","C"]})").environment;
  EXPECT_EQ(environment.at("A"), "b=c");
  EXPECT_EQ(environment.at("B"), "");
  EXPECT_EQ(environment.at("C"), std::nullopt);
  EXPECT_EQ(refusal_of(R"({"Image":"a","Env":["=x"]})"), "invalid environment variable: =x");
}

TEST(ContainerCreation, ReadsBindsAndMounts) {
  const auto creation = parse_container_creation(
      R"({"Image":"a","Volumes":{"/anon":{},"/b":{}},
          "HostConfig":{"Binds":["/src:/a:ro,rslave","data:/b:nocopy"],
            "Mounts":[{"Type":"tmpfs","Target":"/c","TmpfsOptions":{"SizeBytes":4096,"Mode":448}},
                      {"Type":"volume","Source":"vol","Target":"/d","VolumeOptions":{"Labels":{"x":"y"}}}],
            "Tmpfs":{"/e":"size=1m"}}})");
  const auto& mounts = creation.spec.mounts;
  ASSERT_EQ(mounts.size(), 6u);
  EXPECT_EQ(mounts[0], (model::Mount{.kind = model::MountKind::bind,
                                     .source = "/src",
                                     .target = "/a",
                                     .read_only = true,
                                     .propagation = "rslave",
                                     .mode = "ro,rslave"}));
  EXPECT_EQ(mounts[1], (model::Mount{.source = "data", .target = "/b", .no_copy = true, .mode = "nocopy"}));
  EXPECT_EQ(mounts[2].tmpfs_size, 4096);
  EXPECT_EQ(mounts[2].tmpfs_mode, 448u);
  EXPECT_TRUE(mounts[3].long_form);
  EXPECT_EQ(mounts[4].tmpfs_options, "size=1m");
  EXPECT_EQ(mounts[5], (model::Mount{.target = "/anon", .mode = "", .declared = true}));
  ASSERT_EQ(creation.volumes.size(), 1u);
  EXPECT_EQ(creation.volumes[0].labels.at("x"), "y");
}

TEST(ContainerCreation, RefusesMountsThatDockerdRefuses) {
  EXPECT_EQ(refusal_of(R"({"Image":"a","HostConfig":{"Binds":["/a:/b:ro,rw"]}})"), "invalid mode: ro,rw");
  const auto bind = [](const std::string& text) {
    return refusal_of((R"({"Image":"a","HostConfig":{"Binds":[")" + text + R"("]}})").c_str());
  };
  EXPECT_NE(bind("./x:/y").find("includes invalid characters for a local volume name"), std::string::npos);
  EXPECT_NE(bind("/x:y").find("mount path must be absolute"), std::string::npos);
  EXPECT_NE(bind("/x:/").find("destination can't be '/'"), std::string::npos);
  EXPECT_NE(bind("/x:/y:rw,what").find("invalid mode: rw,what"), std::string::npos);
  EXPECT_NE(bind("/x:/y:ro:z").find("invalid volume specification"), std::string::npos);
  EXPECT_EQ(refusal_of(R"({"Image":"a","HostConfig":{"Binds":["/x:/y","/z:/y/"]}})"), "Duplicate mount point: /y");
}

TEST(ContainerCreation, RefusesOptionsThatExcludeEachOther) {
  const auto with = [](const std::string& host, const std::string& more = "") {
    return refusal_of((R"({"Image":"a",)" + more + R"("HostConfig":{)" + host + "}}").c_str());
  };
  const std::string shared = R"("NetworkMode":"container:x")", front = "conflicting options: ";
  EXPECT_EQ(with(shared), "taken");
  EXPECT_EQ(with(shared, R"("Hostname":"h",)"), front + "hostname and the network mode");
  EXPECT_EQ(with(shared + R"(,"Dns":["1.1.1.1"])"), front + "dns and the network mode");
  EXPECT_EQ(with(shared + R"(,"ExtraHosts":["a:1.2.3.4"])"), front + "custom host-to-IP mapping and the network mode");
  EXPECT_EQ(with(shared + R"(,"PublishAllPorts":true)"), front + "port publishing and the container type network mode");
  EXPECT_EQ(with(shared, R"("ExposedPorts":{"80/tcp":{}},)"),
            front + "port exposing and the container type network mode");
  EXPECT_EQ(with(R"("UTSMode":"host")", R"("Hostname":"h",)"), front + "hostname and the UTS mode");
  EXPECT_EQ(with(R"("NanoCpus":1,"CpuQuota":1)"), "Conflicting options: Nano CPUs and CPU Quota cannot both be set");
  for (const char* mode : {"Ipc", "Pid", "UTS"})
    EXPECT_NE(with("\"" + std::string{mode} + R"(Mode":"bad")").find(" mode: bad"), std::string::npos) << mode;
  EXPECT_EQ(with(R"("CgroupnsMode":"bad")"), "invalid cgroup namespace mode: bad");
}

TEST(ContainerCreation, RefusesBodiesInDockerdsWords) {
  EXPECT_EQ(refusal_of(""), "invalid JSON: got EOF while reading request body");
  EXPECT_EQ(refusal_of("{"), "invalid JSON: unexpected EOF");
  EXPECT_EQ(refusal_of(R"({"Image":"a"} {})"), "unexpected content after JSON");
  EXPECT_EQ(refusal_of("null"), "config cannot be empty in order to create a container");
  EXPECT_EQ(refusal_of(R"({"Image":"a b"})"), "invalid reference format");
  EXPECT_EQ(refusal_of(R"({"Image":"B"})"), "invalid reference format: repository name (library/B) must be lowercase");
}

TEST(ContainerCreation, WarnsOfWhatHasNoEffect) {
  const auto warnings = [](const char* text) { return parse_container_creation(text).warnings; };
  EXPECT_TRUE(warnings(R"({"Image":"a","HostConfig":{"OomKillDisable":true,"Memory":8000000}})").empty());
  EXPECT_EQ(warnings(R"({"Image":"a","HostConfig":{"OomKillDisable":true}})").size(), 1u);
  EXPECT_EQ(warnings(R"({"Image":"a","HostConfig":{"CpuPercent":5}})"),
            std::vector<std::string>{"linux does not support CPU percent. Percent discarded."});
}

TEST(ContainerCreation, ReadsNetworks) {
  const auto spec = spec_of(
      R"({"Image":"a","MacAddress":"02:42:ac:11:00:02",
          "HostConfig":{"NetworkMode":"n1","Links":["/db:/web/database"],
            "PortBindings":{"80/tcp":[{"HostIp":"127.0.0.1","HostPort":"8080-8081"}],
                            "53/udp":null}},
          "NetworkingConfig":{"EndpointsConfig":{"a0":{},"n1":{"Aliases":["api"],"IPAMConfig":{"IPv4Address":"10.0.0.9"}}}}})");
  ASSERT_EQ(spec.networks.size(), 2u);
  EXPECT_EQ(spec.networks[0].network, "n1");
  EXPECT_EQ(spec.networks[0].aliases, std::vector<std::string>{"api"});
  EXPECT_EQ(spec.networks[0].ipv4_address, "10.0.0.9");
  EXPECT_EQ(spec.networks[0].mac_address, "02:42:ac:11:00:02");
  EXPECT_EQ(spec.networks[0].links.at("database"), "db");
  EXPECT_EQ(spec.networks[1].network, "a0");
  ASSERT_EQ(spec.ports.size(), 2u);
  EXPECT_EQ(spec.ports[1], (model::PublishedPort{"127.0.0.1", 8080, 8081, 80, model::Protocol::tcp}));
  EXPECT_EQ(spec_of(R"({"Image":"a"})").networks.front().network, "bridge");
  EXPECT_EQ(spec_of(R"({"Image":"a","HostConfig":{"NetworkMode":"none"}})").network_mode, "none");
  EXPECT_NE(refusal_of(R"({"Image":"a","HostConfig":{"NetworkMode":"host","Links":["a:b"]}})").find("conflicting"),
            std::string::npos);
}

TEST(ContainerCreation, RefusesWhatItCannotHonour) {
  EXPECT_NE(refusal_of(R"({"Image":"a","HostConfig":{"Cgroup":"x"}})").find("is not supported by this engine"),
            std::string::npos);
  EXPECT_EQ(spec_of(R"({"Image":"a","HostConfig":{"CpusetMems":"0-1"}})").resources.memory_nodes, "0-1");
  EXPECT_EQ(refusal_of(R"({"Image":"a","HostConfig":{"CpusetMems":"","DeviceRequests":[],"CpuRealtimePeriod":0}})"),
            "taken");
  EXPECT_EQ(refusal_of(R"({"Image":"a","HostConfig":{"Runtime":"kata"}})"), "unknown or invalid runtime name: kata");
  EXPECT_EQ(refusal_of(R"({"Image":"a","HostConfig":{"Memory":1024}})"), "Minimum memory limit allowed is 6MB");
  EXPECT_EQ(refusal_of(R"({"Image":"a","HostConfig":{"AutoRemove":true,"RestartPolicy":{"Name":"always"}}})"),
            "can't create 'AutoRemove' container with restart policy");
  EXPECT_EQ(refusal_of("{}"), "config cannot be empty in order to create a container");
  EXPECT_EQ(refusal_of(R"({"Image":5})"), "invalid JSON: Image: type must be string, but is number");
}

TEST(ContainerCreation, TakesLimitsOfDevicesAndRequests) {
  const model::ContainerSpec spec = spec_of(
      R"({"Image":"a","HostConfig":{"BlkioDeviceReadBps":[{"Path":"/dev/x","Rate":7}],
          "BlkioWeightDevice":[{"Path":"/dev/y","Weight":20}],
          "CpuRealtimePeriod":5,"CpuRealtimeRuntime":4,"StorageOpt":{"size":"1g"},
          "DeviceRequests":[{"Driver":"cdi","DeviceIDs":["v/c=n"]},
                            {"Count":-1,"Capabilities":[["gpu","utility"]],"Options":{"a":"b"}}]}})");
  EXPECT_EQ(spec.resources.read_bytes, (std::vector<model::DeviceLimit>{{"/dev/x", 7}}));
  EXPECT_EQ(spec.resources.device_weights, (std::vector<model::DeviceLimit>{{"/dev/y", 20}}));
  EXPECT_EQ(spec.resources.realtime_period_us, 5);
  EXPECT_EQ(spec.resources.realtime_runtime_us, 4);
  EXPECT_EQ(spec.storage_options.at("size"), "1g");
  ASSERT_EQ(spec.device_requests.size(), 2u);
  EXPECT_EQ(spec.device_requests[0].device_ids, std::vector<std::string>{"v/c=n"});
  EXPECT_EQ(spec.device_requests[1].capabilities, (std::vector<std::vector<std::string>>{{"gpu", "utility"}}));
  EXPECT_EQ(refusal_of(R"({"Image":"a","HostConfig":{"DeviceRequests":[{"Count":1,"DeviceIDs":["a"]}]}})"),
            "cannot set both Count and DeviceIDs on device request");
}

TEST(ContainerCreation, TakesMountsOfImagesAndWhatLiesBelowABind) {
  const model::ContainerSpec spec = spec_of(
      R"({"Image":"a","HostConfig":{"Mounts":[{"Type":"image","Source":"b:1","Target":"/b","ImageOptions":{"Subpath":"etc"}},
          {"Type":"bind","Source":"/h","Target":"/h","BindOptions":{"NonRecursive":true}},
          {"Type":"bind","Source":"/h","Target":"/i","ReadOnly":true,"BindOptions":{"ReadOnlyNonRecursive":true}}]}})");
  ASSERT_EQ(spec.mounts.size(), 3u);
  EXPECT_EQ(spec.mounts[0].kind, model::MountKind::image);
  EXPECT_EQ(spec.mounts[0].subpath, "etc");
  EXPECT_TRUE(spec.mounts[0].read_only);
  EXPECT_EQ(spec.mounts[1].sub_mounts, model::SubMounts::none);
  EXPECT_EQ(spec.mounts[2].sub_mounts, model::SubMounts::writable);
  EXPECT_NE(refusal_of(R"({"Image":"a","HostConfig":{"Mounts":[{"Type":"bind","Source":"/h","Target":"/i",
                          "BindOptions":{"ReadOnlyNonRecursive":true}}]}})")
                .find("need ReadOnly"),
            std::string::npos);
}

TEST(ContainerCreation, TakesWholeNumbersThatFit) {
  EXPECT_EQ(refusal_of(R"({"Image":"a","HostConfig":{"Memory":8388608.5}})"),
            "Memory: 8388608.5 is not a whole number that fits");
  EXPECT_NE(refusal_of(R"({"Image":"a","HostConfig":{"OomScoreAdj":4294967296}})"), "taken");
  EXPECT_NE(refusal_of(R"({"Image":"a","StopTimeout":18446744073709551615})").find("that fits"), std::string::npos);
  EXPECT_EQ(spec_of(R"({"Image":"a","StopTimeout":-7})").stop_grace, patience_of(-1));
  EXPECT_GT(spec_of(R"({"Image":"a","StopTimeout":9223372036854775807})").stop_grace, Nanos{0});
  EXPECT_NE(refusal_of(R"({"Image":"a","Healthcheck":[]})"), "taken");
  EXPECT_NE(refusal_of(R"({"Image":"a","NetworkingConfig":{"EndpointsConfig":{"n":5}}})"), "taken");
}

TEST(ContainerCreation, RefusesMoreThanAProgramCanBeStartedWith) {
  const std::string text = R"({"Image":"a","Env":["A=)" + std::string(8 << 20, 'x') + R"("]})";
  EXPECT_EQ(refusal_of(text.c_str()), "the container's settings are larger than 8 MiB");
}

TEST(ContainerCreation, ReadsTheSizeOfItsTerminal) {
  const auto spec = spec_of(R"({"Image":"a","HostConfig":{"ConsoleSize":[33,101]}})");
  EXPECT_EQ(spec.terminal_rows, 33);
  EXPECT_EQ(spec.terminal_columns, 101);
  for (const char* size : {"[1]", "[1,2,3]", "[-1,5]", "[65536,5]", "\"x\""}) {
    const std::string text = std::string{R"({"Image":"a","HostConfig":{"ConsoleSize":)"} + size + "}}";
    EXPECT_NE(refusal_of(text.c_str()), "taken") << size;
  }
}

TEST(ContainerCreation, KnowsDockerComposesLabels) {
  const auto spec = spec_of(
      R"({"Image":"a","Labels":{"com.docker.compose.project":"p",
          "com.docker.compose.service":"s",
          "com.docker.compose.container-number":"3",
          "com.docker.compose.oneoff":"True"}})");
  EXPECT_EQ(spec.project, "p");
  EXPECT_EQ(spec.service, "s");
  EXPECT_EQ(spec.replica, 3);
  EXPECT_TRUE(spec.one_off);
}

}  // namespace
}  // namespace stack::api
