// Images as they are in the world, seen in three ways that must agree with what the archive said: by the kernel's overlayfs, by an
// export, and in a volume that is filled from the image.
#include "tests/support/realistic_image.h"

#include <filesystem>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/scope_guard.h"
#include "engine/image/archive/load.h"
#include "engine/image/archive/tree_export.h"
#include "engine/image/image_store.h"
#include "engine/volume/first_use.h"

namespace stack {
namespace {

namespace fs = std::filesystem;

class RealisticImage : public ::testing::TestWithParam<unsigned> {
 protected:
  // Mounts of a namespace of its own, so that nothing stays when it is killed.
  static void SetUpTestSuite() {
    if (::geteuid() != 0) return;
    ASSERT_EQ(::unshare(CLONE_NEWNS), 0);
    ASSERT_EQ(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), 0);
  }
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root";
    std::string pattern = ::testing::TempDir() + "stack-real-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
    // What is on a disk would wait for all that others write there.
    ASSERT_EQ(::mount("tmpfs", root_.c_str(), "tmpfs", 0, nullptr), 0);
    store_.emplace(root_ / "store", clock_, system_random());
  }
  void TearDown() override {
    store_.reset();
    if (root_.empty()) return;
    ::umount2(root_.c_str(), MNT_DETACH);
    fs::remove_all(root_);
  }

  [[nodiscard]] bool has_attributes() const { return ::setxattr(root_.c_str(), "user.try", "1", 1, 0) == 0; }

  test::TreeText load(const test::RealisticOptions& options) {
    const test::TreeText wanted = test::make_realistic_image(options, root_ / "archive.tar", "real:1");
    const UniqueFd archive{::open((root_ / "archive.tar").c_str(), O_RDONLY | O_CLOEXEC)};
    image::load_archive(*store_, archive, image::host_platform(), {});
    layers_ = store_->layer_folders(*store_->find("real:1"));
    EXPECT_EQ(layers_.size(), options.layers);
    return wanted;
  }

  // Names every difference: two maps of a thousand lines help nobody.
  static void expect_same(const char* view, const test::TreeText& got, const test::TreeText& wanted) {
    int shown = 0;
    for (const auto& [path, line] : wanted) {
      const auto found = got.find(path);
      const std::string is = found == got.end() ? "nothing" : found->second;
      if (is != line && ++shown < 10) ADD_FAILURE() << view << ": /" << path << " is " << is << ", not " << line;
    }
    for (const auto& [path, line] : got) {
      if (wanted.count(path) == 0 && ++shown < 10) ADD_FAILURE() << view << ": /" << path << " should not be: " << line;
    }
    EXPECT_EQ(shown, 0) << view;
  }

  test::TreeText by_export() {
    const UniqueFd to{::open((root_ / "export.tar").c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)};
    image::export_layers(layers_, to);
    return test::describe_tar(root_ / "export.tar");
  }

  test::TreeText by_volume(const char* place) {
    const fs::path data = root_ / "volume" / "_data";
    fs::create_directories(data);
    volume::populate(layers_, place, data);
    return test::describe_folder(data);
  }

  // Where mounts are allowed; empty otherwise.
  std::optional<test::TreeText> by_kernel() {
    for (const char* folder : {"upper", "work", "merged"}) fs::create_directory(root_ / folder);
    std::string data =
        "upperdir=" + (root_ / "upper").string() + ",workdir=" + (root_ / "work").string() + ",lowerdir=";
    std::vector<UniqueFd> open;
    for (const std::string& layer : layers_) {
      open.emplace_back(::open(layer.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
      data += (open.size() == 1 ? "" : ":") + std::to_string(open.back().get());
    }
    const fs::path here = fs::current_path(), merged = root_ / "merged";
    fs::current_path("/proc/self/fd");
    const int failed = ::mount("overlay", merged.c_str(), "overlay", 0, data.c_str());
    fs::current_path(here);
    if (failed != 0) return std::nullopt;
    const ScopeGuard unmount{[&] { ::umount2(merged.c_str(), MNT_DETACH); }};
    return test::describe_folder(merged);
  }

  SystemClock clock_;
  fs::path root_;
  std::optional<image::Store> store_;
  std::vector<std::string> layers_;
};

TEST_P(RealisticImage, IsSeenAsItWasWritten) {
  const test::TreeText wanted =
      load({.seed = GetParam(), .layers = 5 + GetParam() * 7, .attributes = has_attributes()});
  ASSERT_GT(wanted.size(), 50u);
  expect_same("export", by_export(), wanted);
  expect_same("volume", by_volume("/"), wanted);
  if (const auto seen = by_kernel()) expect_same("kernel", *seen, wanted);
  // The check of the store knows the layers' archives, and finds no difference.
  EXPECT_EQ(store_->check(), std::vector<std::string>{});
}

INSTANTIATE_TEST_SUITE_P(Seeds, RealisticImage, ::testing::Range(0u, 6u));

TEST_F(RealisticImage, HugeHolesAndManyFilesTakeNoMoreRoomThanTheirData) {
  const test::TreeText wanted =
      load({.layers = 5, .files = 20'000, .sparse_bytes = std::uint64_t{2} << 30, .attributes = has_attributes()});
  expect_same("volume", by_volume("/"), wanted);
  struct stat about {};
  ASSERT_EQ(::stat((root_ / "volume/_data/world/sparse").c_str(), &about), 0);
  EXPECT_EQ(about.st_size, std::int64_t{2} << 30);
  EXPECT_LT(about.st_blocks * 512, 1 << 20);
}

}  // namespace
}  // namespace stack
