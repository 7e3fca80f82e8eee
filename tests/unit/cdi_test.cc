// The Container Device Interface: what files say, and what requests get.
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "base/error.h"
#include "engine/cdi/cdi_devices.h"

namespace stack::cdi {
namespace {

constexpr const char* kYaml = R"(cdiVersion: "0.6.0"
kind: nvidia.com/gpu
containerEdits:
  env: [VISIBLE=void]
  mounts:
    - {hostPath: /lib/x.so, containerPath: /lib/x.so, options: [ro, nosuid, nodev, rbind, rprivate]}
devices:
  - name: "0"
    containerEdits:
      deviceNodes: [{path: /dev/gpu0, hostPath: /dev/null, permissions: rw, fileMode: 0660, gid: 44}]
      additionalGids: [44]
  - name: "10"
    containerEdits: {deviceNodes: [{path: /dev/gpu10, type: c, major: 1, minor: 3}]}
  - name: "2"
    containerEdits: {env: [TWO=2]}
  - name: all
    containerEdits: {env: [ALL=yes]}
)";

std::string fault_of(const std::string& text) {
  try {
    parse_spec(text, "f.yaml");
    return "taken";
  } catch (const Error& error) {
    return error.message();
  }
}

TEST(CdiSpec, ReadsYamlAndJsonAlike) {
  const Spec yaml = parse_spec(kYaml, "f.yaml");
  EXPECT_EQ(yaml.kind, "nvidia.com/gpu");
  ASSERT_EQ(yaml.devices.size(), 4u);
  const Node& node = yaml.devices[0].edits.nodes.at(0);
  EXPECT_EQ(node.host_path, "/dev/null");
  EXPECT_EQ(node.mode, 0660u);
  EXPECT_EQ(node.gid, 44u);
  EXPECT_FALSE(node.numbers.has_value());
  EXPECT_EQ(yaml.devices[1].edits.nodes.at(0).numbers, (Node::Numbers{false, 1, 3}));
  const Mount& mount = yaml.edits.mounts.at(0);
  EXPECT_TRUE(mount.read_only && mount.no_suid && mount.no_dev && !mount.no_exec);
  const Spec json = parse_spec(
      "{\n\t\"cdiVersion\": \"0.5.0\",\n\t\"kind\": \"v.com/c\",\n\t\"devices\": "
      "[{\"name\": \"a\", \"containerEdits\": {\"env\": [\"A=1\"]}}]\n}\n",
      "f.json");
  EXPECT_EQ(json.devices.at(0).edits.environment, std::vector<std::string>{"A=1"});
}

TEST(CdiSpec, MistakesHaveTheirPlaces) {
  EXPECT_NE(fault_of("[").find("f.yaml:"), std::string::npos);
  EXPECT_NE(fault_of("cdiVersion: 1.0\nkind: x\n").find("kind: \"x\" is no VENDOR/CLASS"), std::string::npos);
  EXPECT_NE(fault_of("kind: a/b\n").find("cdiVersion: it is missing"), std::string::npos);
  const std::string head = "cdiVersion: 0.6.0\nkind: a/b\ncontainerEdits:\n";
  EXPECT_EQ(fault_of(head + "  env: [X]\n"), "f.yaml:4:9: env: \"X\" is no NAME=VALUE");
  EXPECT_NE(fault_of(head + "  deviceNodes: [{path: dev}]\n").find("path: it is not absolute"), std::string::npos);
  EXPECT_NE(fault_of(head + "  mounts: [{hostPath: /a, containerPath: /b, options: [sync]}]\n").find("sync"),
            std::string::npos);
  EXPECT_NE(fault_of(head + "  mounts: 7\n").find("it should be a list"), std::string::npos);
}

Devices devices() { return {{parse_spec(kYaml, "/etc/cdi/gpu.yaml")}, {}, "/etc/cdi, /var/run/cdi"}; }

TEST(CdiDevices, NamesCountsAndWordsAreFulfilled) {
  const Edits named = devices().resolve({{.driver = "cdi", .device_ids = {"nvidia.com/gpu=2"}}});
  EXPECT_EQ(named.environment, (std::vector<std::string>{"VISIBLE=void", "TWO=2"}));
  const auto env = [](const model::DeviceRequest& request) { return devices().resolve({request}).environment; };
  EXPECT_EQ(env({.count = -1, .capabilities = {{"gpu"}}}).back(), "ALL=yes");
  EXPECT_EQ(env({.count = -1, .capabilities = {{"utility", "gpu"}}}).back(), "ALL=yes");
  const Edits two = devices().resolve({{.driver = "nvidia", .count = 2, .capabilities = {{"gpu"}}}});
  ASSERT_EQ(two.nodes.size(), 1u) << "devices 0 and 2, and not 10";
  EXPECT_EQ(two.nodes[0].path, "/dev/gpu0");
  EXPECT_EQ(two.environment.back(), "TWO=2");
  EXPECT_EQ(env({.device_ids = {"2"}, .capabilities = {{"gpu"}}}).back(), "TWO=2");
}

TEST(CdiDevices, WhatIsNotThereIsNamedWithWhatIs) {
  const auto refusal = [](const model::DeviceRequest& request) {
    try {
      (void)devices().resolve({request});
      return std::string{"taken"};
    } catch (const Error& error) {
      return error.render();
    }
  };
  const std::string unknown = refusal({.driver = "cdi", .device_ids = {"v.com/c=x"}});
  EXPECT_NE(unknown.find("unresolvable CDI devices v.com/c=x"), std::string::npos);
  EXPECT_NE(unknown.find("/etc/cdi, /var/run/cdi describe nvidia.com/gpu=0"), std::string::npos) << unknown;
  EXPECT_NE(refusal({.count = -1, .capabilities = {{"tpu", "x"}}})
                .find("could not select device driver \"\" with capabilities: [[tpu x]]"),
            std::string::npos);
  EXPECT_NE(refusal({.count = -1, .capabilities = {{"gpu", "tpu"}}}).find("[[gpu tpu]]"), std::string::npos);
  EXPECT_NE(refusal({.driver = "amd", .count = 1, .capabilities = {{"gpu"}}}).find("driver \"amd\""),
            std::string::npos);
  EXPECT_NE(refusal({.count = 4, .capabilities = {{"gpu"}}}).find("there are 3 devices of nvidia.com/gpu, and 4"),
            std::string::npos);
}

TEST(CdiDevices, HooksAreRefusedByName) {
  const Spec spec = parse_spec(
      "cdiVersion: 0.6.0\nkind: a.b/c\ndevices: [{name: x, containerEdits: {hooks: [{hookName: createContainer, path: "
      "/bin/h}]}}]\n",
      "f");
  try {
    (void)Devices{{spec}, {}, ""}.resolve({{.driver = "cdi", .device_ids = {"a.b/c=x"}}});
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::unsupported);
    EXPECT_NE(error.message().find("the hook createContainer (/bin/h)"), std::string::npos);
  }
}

TEST(CdiDevices, LaterFoldersCountFirstAndBrokenFilesAreNamed) {
  namespace fs = std::filesystem;
  const fs::path base = fs::temp_directory_path() / ("cdi-test-" + std::to_string(::getpid()));
  const auto write = [&](const char* name, const std::string& text) {
    fs::create_directories((base / name).parent_path());
    std::ofstream{base / name} << text;
  };
  const std::string head = "cdiVersion: 0.6.0\nkind: a.b/c\ndevices: [{name: x, containerEdits: {env: [";
  write("etc/a.yaml", head + "FROM=etc]}}]\n");
  write("run/a.json", head + "FROM=run]}}]\n");
  write("run/b.yaml", "cdiVersion: 1\n");
  write("run/c.txt", "no file of ours");
  const Devices read = Devices::read({base / "etc", base / "run", base / "none"});
  EXPECT_EQ(read.resolve({{.driver = "cdi", .device_ids = {"a.b/c=x"}}}).environment,
            std::vector<std::string>{"FROM=run"});
  try {
    (void)read.resolve({{.driver = "cdi", .device_ids = {"a.b/c=y"}}});
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_NE(error.render().find("b.yaml"), std::string::npos) << error.render();
  }
  fs::remove_all(base);
}

class CdiFolders : public testing::Test {
 protected:
  CdiFolders() {
    for (const auto& folder : {low_, high_}) std::filesystem::create_directories(folder);
  }
  ~CdiFolders() override { std::filesystem::remove_all(root_); }
  static void write(const std::filesystem::path& file, const std::string& value) {
    std::ofstream{file} << "cdiVersion: \"0.6.0\"\nkind: v.com/c\ndevices:\n  - name: a\n    containerEdits: {env: [A="
                        << value << "]}\n";
  }
  const std::filesystem::path root_ = std::filesystem::temp_directory_path() / ("cdi_" + std::to_string(::getpid()));
  const std::filesystem::path low_ = root_ / "etc", high_ = root_ / "run";
  const std::vector<model::DeviceRequest> wanted_{{.driver = "cdi", .device_ids = {"v.com/c=a"}}};
};

TEST_F(CdiFolders, WhatTwoFilesOfOneFolderDescribeIsAConflict) {
  write(low_ / "one.yaml", "low");
  write(high_ / "one.yaml", "high");
  EXPECT_EQ(Devices::read({low_, high_}).resolve(wanted_).environment, std::vector<std::string>{"A=high"});
  write(high_ / "two.yaml", "high");  // the same edits: still not one device
  try {
    (void)Devices::read({low_, high_}).resolve(wanted_);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::conflict);
    for (const char* file : {"one.yaml", "two.yaml"})
      EXPECT_NE(error.message().find((high_ / file).string()), std::string::npos) << error.message();
  }
}

TEST_F(CdiFolders, CurrentDevicesFollowTheFiles) {
  CurrentDevices devices{{low_, high_}};
  EXPECT_TRUE(devices.get().names().empty());
  write(low_ / "one.yaml", "1");
  const Devices* const known = &devices.get();
  EXPECT_EQ(known->resolve(wanted_).environment, std::vector<std::string>{"A=1"});
  EXPECT_EQ(&devices.get(), known);
  write(high_ / "one.yaml", "22");
  EXPECT_EQ(devices.get().resolve(wanted_).environment, std::vector<std::string>{"A=22"});
  std::filesystem::remove(high_ / "one.yaml");
  EXPECT_EQ(devices.get().resolve(wanted_).environment, std::vector<std::string>{"A=1"});
}

}  // namespace
}  // namespace stack::cdi
