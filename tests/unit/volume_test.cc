#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "engine/volume/first_use.h"
#include "engine/volume/volume_store.h"

namespace stack::volume {
namespace {

namespace fs = std::filesystem;

// An image of one layer with a few files at /srv, and a volume.
class FirstUse : public testing::Test {
 protected:
  FirstUse() {
    std::string pattern = fs::temp_directory_path() / "stack-volume.XXXXXX";
    root_ = ::mkdtemp(pattern.data());
    fs::create_directories(layer() / "srv/deep");
    fs::create_directories(data());
    for (int i = 0; i < 50; ++i) std::ofstream{layer() / "srv" / std::to_string(i)} << i;
    std::ofstream{layer() / "srv/deep/file"} << "deep";
  }
  ~FirstUse() override { fs::remove_all(root_); }
  fs::path layer() const { return root_ / "layer"; }
  fs::path data() const { return root_ / "volume/_data"; }
  void fill() const { populate({layer().string()}, "/srv", data()); }
  static std::ptrdiff_t count(const fs::path& folder) {
    return std::distance(fs::directory_iterator{folder}, fs::directory_iterator{});
  }
  fs::path root_;
};

TEST_F(FirstUse, CopiesOnceAndKeepsWhatIsThere) {
  if (::geteuid() != 0) GTEST_SKIP() << "copying owners needs root";
  fill();
  EXPECT_EQ(count(data()), 51);
  EXPECT_EQ(read_file(data() / "deep/file"), "deep");
  fs::remove(data() / "7");
  std::ofstream{data() / "8"} << "mine";
  fill();
  EXPECT_EQ(count(data()), 50);
  EXPECT_EQ(read_file(data() / "8"), "mine");
  EXPECT_EQ(count(data().parent_path()), 1) << "no mark stays";
}

TEST_F(FirstUse, FillsAnewWhatAKilledEngineFilledInPart) {
  if (::geteuid() != 0) GTEST_SKIP() << "copying owners needs root";
  std::ofstream{data() / "1"} << "half a fi";
  std::ofstream{data().string() + ".filling"};
  fill();
  EXPECT_EQ(count(data()), 51);
  EXPECT_EQ(read_file(data() / "1"), "1");
  EXPECT_EQ(count(data().parent_path()), 1);
}

TEST_F(FirstUse, SeveralAtOnceFillItOnce) {
  if (::geteuid() != 0) GTEST_SKIP() << "copying owners needs root";
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) threads.emplace_back([this] { fill(); });
  }
  EXPECT_EQ(count(data()), 51);
}

TEST_F(FirstUse, AFolderOfTheHostAsAVolume) {
  const Store store{root_ / "volumes"};
  const std::string there = root_ / "there";
  std::filesystem::create_directory(there);
  model::VolumeSpec spec{.name = "bound", .driver_opts = {{"type", "none"}, {"o", "bind"}, {"device", there}}};
  EXPECT_EQ(store.create(spec, Wall{}).mountpoint, there);
  spec.driver_opts["device"] = there + "/missing";
  EXPECT_THROW(store.create(spec, Wall{}), Error);
  spec.driver_opts = {{"type", "nfs"}, {"o", "nolock"}, {"device", ":/x"}};  // no server
  EXPECT_THROW(store.create(spec, Wall{}), Error);
}

}  // namespace
}  // namespace stack::volume
