// What overlayfs leaves in its upper folder becomes a layer: the layer, and its archive unpacked elsewhere, show the same as the mount
// did. Needs root, for overlayfs, owners and device nodes.
#include "engine/image/layer_capture.h"

#include <array>
#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "engine/image/archive/tree_export.h"
#include "engine/image/image_store.h"

namespace stack {
namespace {

namespace fs = std::filesystem;

class LayerCapture : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "stack-capture-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
    // An upper folder lies on a file system of its own, as overlayfs itself may be what carries the folder for temporary files.
    if (::mount("tmpfs", root_.c_str(), "tmpfs", 0, "mode=755") != 0) GTEST_SKIP() << "needs root";
    mounted_ = true;
    for (const char* name : {"lower", "upper", "work", "merged"}) fs::create_directory(root_ / name);
  }
  void TearDown() override {
    if (mounted_) ::umount2(root_.c_str(), MNT_DETACH);
    fs::remove_all(root_);
  }

  static void write(const fs::path& file, const std::string& content) {
    fs::create_directories(file.parent_path());
    std::ofstream{file, std::ios::binary} << content;
  }
  // What `change` does on the overlay of lower and upper.
  void on_overlay(const std::function<void(const fs::path&)>& change) {
    const std::string options = "lowerdir=" + (root_ / "lower").string() + ",upperdir=" + (root_ / "upper").string() +
                                ",workdir=" + (root_ / "work").string() + ",redirect_dir=off,metacopy=off,index=off";
    const fs::path merged = root_ / "merged";
    ASSERT_EQ(::mount("overlay", merged.c_str(), "overlay", 0, options.c_str()), 0) << std::strerror(errno);
    change(merged);
    ASSERT_EQ(::umount(merged.c_str()), 0);
  }
  // The root's time is no part of a layer.
  std::string exported(const std::vector<std::string>& layers) {
    const std::array<timespec, 2> times{timespec{1, 0}, timespec{1, 0}};
    EXPECT_EQ(::utimensat(AT_FDCWD, layers.front().c_str(), times.data(), 0), 0);
    const fs::path file = root_ / "archive";
    {
      const UniqueFd to{::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)};
      image::export_layers(layers, to);
    }
    return *read_file(file, std::size_t{64} << 20);
  }
  std::string captured() {
    const fs::path file = root_ / "layer.tar";
    const UniqueFd upper{::open((root_ / "upper").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    {
      const UniqueFd to{::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)};
      image::capture_layer(upper, to);
    }
    return *read_file(file, std::size_t{64} << 20);
  }

  fs::path root_;
  bool mounted_ = false;
};

// Everything that a build step may do to what it found.
void rearrange(const fs::path& at) {
  std::ofstream{at / "etc/changed"} << "new";
  fs::remove(at / "etc/removed");
  fs::remove_all(at / "replaced");
  fs::create_directory(at / "replaced");
  std::ofstream{at / "replaced/only"} << "this";
  fs::remove_all(at / "gone");
  fs::create_directories(at / "deep/er/still");
  std::ofstream{at / "deep/er/still/there"} << "x";
  fs::rename(at / "etc/moved", at / "moved");
  std::ofstream{at / "one"} << "linked";
  fs::create_hard_link(at / "one", at / "deep/two");
  fs::create_symlink("../etc/changed", at / "deep/link");
  EXPECT_EQ(::mkfifo((at / "pipe").c_str(), 0620), 0);
  EXPECT_EQ(::mknod((at / "null").c_str(), S_IFCHR | 0666, makedev(1, 3)), 0);
  std::ofstream{at / "setuid"} << "#!";
  EXPECT_EQ(::chown((at / "setuid").c_str(), 12, 34), 0);
  EXPECT_EQ(::chmod((at / "setuid").c_str(), 06755), 0);
  EXPECT_EQ(::setxattr((at / "setuid").c_str(), "user.note", "n", 1, 0) == 0 || errno == ENOTSUP, true);
  EXPECT_EQ(::chmod((at / "kept").c_str(), 01777), 0) << "a folder that only its rights are changed of";
  std::ofstream{at / "sparse"}.close();
  EXPECT_EQ(::truncate((at / "sparse").c_str(), 1 << 20), 0);
  std::ofstream{at / (std::string(200, 'n') + "\xff")} << "a long name of bytes that are no text";
  const UniqueFd socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::snprintf(address.sun_path, sizeof address.sun_path, "%s/s", at.c_str());
  EXPECT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
}

TEST_F(LayerCapture, IsWhatTheOverlayShowed) {
  for (const char* name :
       {"etc/changed", "etc/removed", "etc/moved", "replaced/below/x", "replaced/y", "gone/z", "kept/k", "deep/d"})
    write(root_ / "lower" / name, name);
  on_overlay(rearrange);
  const std::vector<std::string> layers{(root_ / "upper").string(), (root_ / "lower").string()};
  const std::string shown = exported(layers);
  const std::string archive = captured();
  EXPECT_TRUE(captured() == archive) << "equal folders give equal bytes";

  // Into a store: the folder itself becomes the layer.
  image::Store store(root_ / "images", SystemClock{}, system_random());
  write(root_ / "base.tar", exported({(root_ / "lower").string()}));
  const UniqueFd base{::open((root_ / "base.tar").c_str(), O_RDONLY | O_CLOEXEC)};
  auto below = store.stage(base, {});
  const std::string below_id = below.diff_id;
  store.place(std::move(below), {});
  auto above = store.stage_changes(root_ / "upper");
  const std::string above_id = above.diff_id;
  EXPECT_GT(above.unpacked.bytes, std::uint64_t{1} << 20);
  EXPECT_FALSE(fs::exists(root_ / "upper"));
  store.place(std::move(above), {below_id});
  model::Image image;
  image.layers = {below_id, above_id};
  EXPECT_TRUE(exported(store.layer_folders(image)) == shown);

  // Its archive, unpacked by another store.
  image::Store other(root_ / "others", SystemClock{}, system_random());
  const UniqueFd again{::open((root_ / "base.tar").c_str(), O_RDONLY | O_CLOEXEC)};
  other.place(other.stage(again, {}), {});
  write(root_ / "sent.tar", archive);
  const UniqueFd sent{::open((root_ / "sent.tar").c_str(), O_RDONLY | O_CLOEXEC)};
  auto received = other.stage(sent, {});
  EXPECT_EQ(received.diff_id, above_id);
  other.place(std::move(received), {below_id});
  EXPECT_TRUE(exported(other.layer_folders(image)) == shown);
}

TEST_F(LayerCapture, OfNothingIsAnEmptyLayer) {
  write(root_ / "lower/a", "a");
  on_overlay([](const fs::path&) {});
  const UniqueFd upper{::open((root_ / "upper").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  const UniqueFd to{::open((root_ / "t").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)};
  EXPECT_EQ(image::capture_layer(upper, to).entries, 0U);
}

TEST_F(LayerCapture, AFolderThatTheKernelRedirectedIsRefused) {
  fs::create_directory(root_ / "upper/renamed");
  ASSERT_EQ(::setxattr((root_ / "upper/renamed").c_str(), "trusted.overlay.redirect", "old", 3, 0), 0);
  EXPECT_THROW((void)captured(), Error);
}

}  // namespace
}  // namespace stack
