// File systems of volumes against the kernel, in a mount namespace of the test's own.
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "engine/base/error.h"
#include "engine/volume/store.h"

namespace stack::volume {
namespace {

namespace fs = std::filesystem;

class VolumeMounts : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(::unshare(CLONE_NEWNS), 0);
    ASSERT_EQ(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), 0);
    std::string pattern = (fs::temp_directory_path() / "stack-volumes-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
  }
  void TearDown() override {
    EXPECT_EQ(unmount_all((root_ / "volumes").string()), "");
    fs::remove_all(root_);
  }
  model::Volume make(std::map<std::string, std::string> options) {
    return store().create({.name = "data", .driver_opts = std::move(options)}, Wall{});
  }
  Store& store() {
    if (!store_) store_.emplace(root_ / "volumes");
    return *store_;
  }

  fs::path root_;
  std::optional<Store> store_;
};

TEST_F(VolumeMounts, ATmpfsIsThereWhileSomebodyUsesIt) {
  const model::Volume volume = make({{"type", "tmpfs"}, {"device", "tmpfs"}, {"o", "size=1m,mode=0711,uid=7"}});
  EXPECT_FALSE(is_mounted(volume.mountpoint));
  auto first = store().mounts()->take(volume);
  auto second = store().mounts()->take(volume);
  ASSERT_TRUE(is_mounted(volume.mountpoint));
  struct statvfs info {};
  ASSERT_EQ(::statvfs(volume.mountpoint.c_str(), &info), 0);
  EXPECT_EQ(info.f_blocks * info.f_frsize, 1U << 20U);
  std::ofstream{volume.mountpoint + "/file"} << "x";
  { const auto gone = std::move(first); }
  EXPECT_TRUE(fs::exists(volume.mountpoint + "/file"));
  EXPECT_FALSE(store().mounts()->unmount_unused(volume));
  { const auto gone = std::move(second); }
  EXPECT_FALSE(is_mounted(volume.mountpoint));
  EXPECT_FALSE(fs::exists(volume.mountpoint + "/file"));
}

TEST_F(VolumeMounts, AFolderCanBeBoundReadOnly) {
  fs::create_directories(root_ / "folder");
  std::ofstream{root_ / "folder/file"} << "x";
  const model::Volume volume = make({{"type", "none"}, {"device", (root_ / "folder").string()}, {"o", "bind,ro"}});
  const auto lease = store().mounts()->take(volume);
  EXPECT_TRUE(fs::exists(volume.mountpoint + "/file"));
  EXPECT_FALSE((std::ofstream{volume.mountpoint + "/other"} << "x").flush());
}

TEST_F(VolumeMounts, WhatStaysOfAKilledEngineIsUnmountedBeforeAnythingIsDeleted) {
  fs::create_directories(root_ / "folder");
  std::ofstream{root_ / "folder/precious"} << "x";
  const model::Volume volume = make({{"type", "none"}, {"device", (root_ / "folder").string()}, {"o", "bind,nosuid"}});
  auto lease = store().mounts()->take(volume);
  lease.keep();  // as an engine that is killed does
  store_.reset();
  Store::remove_aside(store().set_aside(volume, "x"));
  EXPECT_FALSE(fs::exists(volume.mountpoint));
  EXPECT_TRUE(fs::exists(root_ / "folder/precious"));
}

TEST_F(VolumeMounts, AFailureSaysWhatWasMounted) {
  const model::Volume volume = make({{"type", "nosuchfs"}, {"device", "here"}, {"o", "speed=9"}});
  try {
    const auto lease = store().mounts()->take(volume);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.message(), "mounting volume data (type nosuchfs, device here, o speed=9): No such device");
    EXPECT_EQ(error.remedy_text(), "this kernel has no file system nosuchfs");
  }
  EXPECT_TRUE(store().mounts()->unmount_unused(volume));
}

TEST_F(VolumeMounts, EmptyOptionsAreAnOrdinaryVolumeAndWrongOnesAreRefused) {
  const model::Volume volume = make({{"type", ""}, {"device", ""}, {"o", ""}});
  const auto lease = store().mounts()->take(volume);
  EXPECT_FALSE(is_mounted(volume.mountpoint));
  EXPECT_THROW(make({{"size", "10m"}}), Error);
  EXPECT_THROW(make({{"type", "none"}, {"o", "bind"}, {"device", "/nowhere/at/all"}}), Error);
}

}  // namespace
}  // namespace stack::volume
