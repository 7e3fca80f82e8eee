// File systems of volumes against the kernel, in a mount namespace of the test's own.
#include "engine/core/volume_mounts.h"

#include <filesystem>
#include <fstream>
#include <optional>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/error.h"
#include "base/thrown.h"
#include "base/unique_fd.h"
#include "engine/volume/mounts.h"
#include "engine/volume/volume_store.h"

namespace stack::volume {
namespace {

namespace asio = boost::asio;
using core::VolumeMounts;
namespace fs = std::filesystem;

class VolumeFileSystems : public testing::Test {
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
    settle();
    fs::remove_all(root_);
  }
  model::Volume make(std::map<std::string, std::string> options, const std::string& name = "data") {
    return store().create({.name = name, .driver_opts = std::move(options)}, Wall{});
  }
  VolumeMounts::Lease take(const model::Volume& volume) {
    VolumeMounts::Lease lease;
    std::exception_ptr failed;
    asio::co_spawn(loop_, mounts_.take(volume), [&](const std::exception_ptr& thrown, VolumeMounts::Lease taken) {
      failed = thrown;
      lease = std::move(taken);
    });
    settle();
    if (failed) std::rethrow_exception(failed);
    return lease;
  }
  // Until nothing is under way.
  void settle() {
    loop_.restart();
    loop_.run();
  }
  Store& store() {
    if (!store_) store_.emplace(root_ / "volumes");
    return *store_;
  }

  fs::path root_;
  std::optional<Store> store_;
  asio::io_context loop_;
  VolumeMounts mounts_{loop_};
};

TEST_F(VolumeFileSystems, ATmpfsIsThereWhileSomebodyUsesIt) {
  const model::Volume volume = make({{"type", "tmpfs"}, {"device", "tmpfs"}, {"o", "size=1m,mode=0711,uid=7"}});
  EXPECT_FALSE(is_mounted(volume.mountpoint));
  auto first = take(volume);
  auto second = take(volume);
  ASSERT_TRUE(is_mounted(volume.mountpoint));
  struct statvfs info {};
  ASSERT_EQ(::statvfs(volume.mountpoint.c_str(), &info), 0);
  EXPECT_EQ(info.f_blocks * info.f_frsize, 1U << 20U);
  std::ofstream{volume.mountpoint + "/file"} << "x";
  { const auto gone = std::move(first); }
  settle();
  EXPECT_TRUE(fs::exists(volume.mountpoint + "/file"));
  EXPECT_TRUE(mounts_.is_used("data"));
  mounts_.sweep(volume);
  settle();
  EXPECT_TRUE(is_mounted(volume.mountpoint));
  { const auto gone = std::move(second); }
  EXPECT_FALSE(mounts_.is_used("data")) << "whoever removes it now is not told that it is in use";
  settle();
  EXPECT_FALSE(is_mounted(volume.mountpoint));
  EXPECT_FALSE(fs::exists(volume.mountpoint + "/file"));
}

TEST_F(VolumeFileSystems, AFolderCanBeBoundReadOnly) {
  fs::create_directories(root_ / "folder");
  std::ofstream{root_ / "folder/file"} << "x";
  const model::Volume volume = make({{"type", "none"}, {"device", (root_ / "folder").string()}, {"o", "bind,ro"}});
  const auto lease = take(volume);
  EXPECT_TRUE(fs::exists(volume.mountpoint + "/file"));
  EXPECT_FALSE((std::ofstream{volume.mountpoint + "/other"} << "x").flush());
}

TEST_F(VolumeFileSystems, WhatStaysOfAKilledEngineIsUnmountedBeforeAnythingIsDeleted) {
  fs::create_directories(root_ / "folder");
  std::ofstream{root_ / "folder/precious"} << "x";
  const model::Volume volume = make({{"type", "none"}, {"device", (root_ / "folder").string()}, {"o", "bind,nosuid"}});
  auto lease = take(volume);
  lease.keep();  // as an engine that is killed does
  store_.reset();
  Store::remove_aside(store().set_aside(volume, "x"));
  EXPECT_FALSE(fs::exists(volume.mountpoint));
  EXPECT_TRUE(fs::exists(root_ / "folder/precious"));
}

TEST_F(VolumeFileSystems, AFailureSaysWhatWasMounted) {
  const model::Volume volume = make({{"type", "nosuchfs"}, {"device", "here"}, {"o", "speed=9"}});
  try {
    const auto lease = take(volume);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.message(), "mounting volume data (type nosuchfs, device here, o speed=9): No such device");
    EXPECT_EQ(error.remedy_text(), "this kernel has no file system nosuchfs");
  }
  settle();
  EXPECT_FALSE(mounts_.is_used("data"));
}

TEST_F(VolumeFileSystems, EmptyOptionsAreAnOrdinaryVolumeAndWrongOnesAreRefused) {
  const model::Volume volume = make({{"type", ""}, {"device", ""}, {"o", ""}});
  const auto lease = take(volume);
  EXPECT_FALSE(is_mounted(volume.mountpoint));
  EXPECT_THROW(make({{"size", "10m"}}), Error);
  EXPECT_THROW(make({{"type", "none"}, {"o", "bind"}, {"device", "/nowhere/at/all"}}), Error);
}

TEST_F(VolumeFileSystems, WhatWasMountedByTheEngineBeforeIsUnmountedWhenItsUserEnds) {
  const model::Volume volume = make({{"type", "tmpfs"}, {"device", "tmpfs"}});
  mount_volume(volume);
  {
    const auto adopted = mounts_.adopt(volume);
    mounts_.sweep(volume);
    settle();
    EXPECT_TRUE(is_mounted(volume.mountpoint));
  }
  settle();
  EXPECT_FALSE(is_mounted(volume.mountpoint));
  mount_volume(volume);
  mounts_.sweep(volume);
  settle();
  EXPECT_FALSE(is_mounted(volume.mountpoint));
}

// A file system whose server never answers: FUSE, with nobody who reads its requests.
class SilentServer {
 public:
  explicit SilentServer(const fs::path& at) : connection_(::open("/dev/fuse", O_RDWR | O_CLOEXEC)) {
    fs::create_directories(at);
    const std::string options = "fd=" + std::to_string(connection_.get()) + ",rootmode=40000,user_id=0,group_id=0";
    mounted_ = connection_ && ::mount("silent", at.c_str(), "fuse", 0, options.c_str()) == 0;
  }
  [[nodiscard]] bool mounted() const { return mounted_; }
  // Whoever waits is told that there is no server any more.
  void die() { connection_.reset(); }

 private:
  UniqueFd connection_;
  bool mounted_ = false;
};

TEST_F(VolumeFileSystems, AServerThatDoesNotAnswerHoldsUpItsOwnVolumeOnly) {
  SilentServer server{root_ / "silent"};
  if (!server.mounted()) GTEST_SKIP() << "the kernel has no FUSE";
  // As create() makes it, which would look at the folder.
  model::Volume dead = make({{"type", "tmpfs"}, {"device", "tmpfs"}}, "dead");
  dead.spec.driver_opts = {{"type", "none"}, {"o", "bind,nosuid"}, {"device", (root_ / "silent/export").string()}};
  const model::Volume alive = make({{"type", "tmpfs"}, {"device", "tmpfs"}}, "alive");
  std::exception_ptr refusal;
  bool dead_done = false;
  int alive_taken = 0;
  asio::co_spawn(loop_, mounts_.take(dead), [&](const std::exception_ptr& thrown, const VolumeMounts::Lease&) {
    refusal = thrown;
    dead_done = true;
  });
  // What asks for the dead one as well takes no thread away from others.
  for (std::size_t i = 0; i < 2 * VolumeMounts::kThreads; ++i)
    asio::co_spawn(loop_, mounts_.take(dead), [](const std::exception_ptr&, const VolumeMounts::Lease&) {});
  for (int i = 0; i < 3; ++i) {
    asio::co_spawn(loop_, mounts_.take(alive), [&](const std::exception_ptr& thrown, const VolumeMounts::Lease&) {
      alive_taken += thrown ? 0 : 1;
    });
  }
  while (alive_taken < 3) loop_.run_one();
  EXPECT_FALSE(dead_done);
  EXPECT_TRUE(mounts_.waits());
  EXPECT_TRUE(mounts_.is_used("dead"));
  server.die();
  settle();
  EXPECT_TRUE(dead_done);
  ASSERT_TRUE(refusal);
  EXPECT_NE(error_of(refusal).message().find("mounting volume dead"), std::string::npos) << error_of(refusal).message();
  EXPECT_FALSE(mounts_.waits());
  EXPECT_FALSE(mounts_.is_used("dead"));
  EXPECT_FALSE(is_mounted(alive.mountpoint)) << "its users have gone";
  ::umount2((root_ / "silent").c_str(), MNT_DETACH);
}

TEST_F(VolumeFileSystems, AMountedVolumeIsRemovedWithoutTouchingItsServer) {
  SilentServer server{root_ / "silent"};
  if (!server.mounted()) GTEST_SKIP() << "the kernel has no FUSE";
  const model::Volume volume = make({{"type", "tmpfs"}, {"device", "tmpfs"}});
  ASSERT_EQ(::mount((root_ / "silent").c_str(), volume.mountpoint.c_str(), nullptr, MS_MOVE, nullptr), 0);
  EXPECT_TRUE(is_mounted(volume.mountpoint));
  const fs::path aside = store().set_aside(volume, "x");
  EXPECT_FALSE(fs::exists(volume.mountpoint));
  Store::remove_aside(aside);
  EXPECT_FALSE(fs::exists(aside));
}

}  // namespace
}  // namespace stack::volume
