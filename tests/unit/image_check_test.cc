// What of a service does not fit to its image, by a look at folders that stand for layers; and to the machine.
#include "engine/service/image_check.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <sys/stat.h>

namespace stack::service {
namespace {

namespace fs = std::filesystem;

class ImageFit : public testing::Test {
 protected:
  ImageFit() {
    fs::create_directories(lower_ / "etc");
    fs::create_directories(upper_);
    std::ofstream{lower_ / "etc/passwd"} << "root:x:0:0::/:/bin/sh\nweb:x:5:5::/:/bin/sh\n";
    std::ofstream{lower_ / "etc/group"} << "root:x:0:\nstaff:x:50:web\n";
    std::ofstream{root_ / "file"} << "x";
    fs::create_directory_symlink("etc", lower_ / "link");
  }
  ~ImageFit() override { fs::remove_all(root_); }

  std::string fault(const compose::Service& service) const {
    std::string all;
    for (const auto& each : image_faults(service, {}, {upper_.string(), lower_.string()}))
      all += each.attribute + ": " + each.message.substr(0, each.message.find(';')) + "\n";
    return all;
  }
  static compose::Service mounts(const std::string& source, const std::string& target) {
    compose::Service service;
    compose::ServiceMount mount;
    mount.type = "bind";
    mount.source = source;
    mount.target = target;
    service.volumes = {mount};
    return service;
  }
  static compose::Service runs_as(const std::string& user, compose::Strings groups = {}) {
    compose::Service service;
    service.user = user;
    service.group_add = std::move(groups);
    return service;
  }

  fs::path root_ = fs::path{testing::TempDir()} / ("image_fit" + std::to_string(::getpid()));
  fs::path lower_ = root_ / "lower", upper_ = root_ / "upper";
};

TEST_F(ImageFit, KnowsUsersAndGroups) {
  for (const char* user : {"", "web", "web:staff", "1000", "1000:1000", "0:staff"}) EXPECT_EQ(fault(runs_as(user)), "");
  EXPECT_EQ(fault(runs_as("nosuch")), "user: unable to find user nosuch: no matching entries in passwd file\n");
  EXPECT_EQ(fault(runs_as("web:nosuch")), "user: unable to find group nosuch: no matching entries in group file\n");
  EXPECT_EQ(fault(runs_as("", {"50", "staff", "nosuch"})),
            "group_add[2]: unable to find group nosuch: no matching entries in group file\n");
  auto service = mounts("/srv", "/etc");
  service.user = "nosuch";
  EXPECT_EQ(fault(service), "") << "what is mounted there may know it";
  fs::create_directories(upper_ / "etc");
  std::ofstream{upper_ / "etc/passwd"} << "other:x:7:7::/:/bin/sh\n";
  EXPECT_EQ(fault(runs_as("other")), "") << "the topmost layer counts";
  EXPECT_NE(fault(runs_as("web")), "");
}

TEST_F(ImageFit, FilesGoOverFilesAndFoldersOverFolders) {
  const std::string file = (root_ / "file").string(), folder = root_.string();
  EXPECT_EQ(fault(mounts(file, "/etc")), "volumes[0]: mounting /etc: a file cannot be mounted over a folder\n");
  EXPECT_EQ(fault(mounts(folder, "/etc/passwd")),
            "volumes[0]: mounting /etc/passwd: a folder cannot be mounted over a file\n");
  EXPECT_EQ(fault(mounts(folder + "/made", "/etc/passwd")),
            "volumes[0]: mounting /etc/passwd: a folder cannot be mounted over a file\n")
      << "what is missing becomes a folder";
  for (const auto& [source, target] : std::vector<std::pair<std::string, std::string>>{{file, "/etc/passwd"},
                                                                                       {folder, "/etc"},
                                                                                       {file, "/new"},
                                                                                       {folder, "/new/one"},
                                                                                       {folder, "/link/passwd"},
                                                                                       {file, "/link"},
                                                                                       {file, "/etc/hosts"}})
    EXPECT_EQ(fault(mounts(source, target)), "") << source << " at " << target;
  auto service = mounts(file, "/etc");
  service.tmpfs = {"/etc:size=1m"};
  EXPECT_EQ(fault(service), "") << "the image does not say what is there";
}

TEST_F(ImageFit, WhatALayerTakesAwayIsNotThere) {
  if (::mknod((upper_ / "etc").c_str(), S_IFCHR | 0600, 0) != 0) GTEST_SKIP() << "needs the right to make devices";
  EXPECT_EQ(fault(mounts((root_ / "file").string(), "/etc")), "");
  EXPECT_NE(fault(runs_as("web")), "");
}

TEST(MachineFit, DevicesAndSettingsAreLookedUp) {
  compose::Service service;
  service.devices = {{.source = "/dev/null"}, {.source = "/dev/nosuch"}};
  service.sysctls = {{"net.ipv4.ip_forward", "1"},
                     {"net.foo.bar", "1"},
                     {"net.ipv4.conf.eth7.forwarding", "1"},
                     {"net.netfilter.nf_conntrack_nosuch", "1"}};
  std::string all;
  for (const auto& each : start_faults(service, {})) all += each.attribute + " ";
  EXPECT_EQ(all, "devices[1] sysctls.net.foo.bar ");
  service.privileged = true;
  service.sysctls.clear();
  EXPECT_TRUE(start_faults(service, {}).empty()) << "it has all devices that there are";
}

}  // namespace
}  // namespace stack::service
