// The image store on a real file system: hostile archives stay inside, nothing half-made stays, first use fills a volume.
// Needs root for owners and device nodes.
#include "engine/image/image_store.h"

#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/model/reference.h"
#include "engine/volume/first_use.h"
#include "engine/volume/volume_store.h"
#include "tests/support/tar_text.h"

namespace stack {
namespace {

namespace fs = std::filesystem;

using Tar = test::TarText;

class ImageStore : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "stack-image-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
  }
  void TearDown() override { fs::remove_all(root_); }

  model::Image import(image::Store& store, const std::string& bytes,
                      const image::ImportRequest& request = {.reference = "x"},
                      const image::UnpackLimits& limits = {}) {
    const fs::path file = root_ / "archive";
    std::ofstream{file, std::ios::binary} << bytes;
    const UniqueFd fd{::open(file.c_str(), O_RDONLY | O_CLOEXEC)};
    return store.import(fd, request, limits);
  }
  image::Store open() { return image::Store{root_ / "store", clock_, system_random()}; }
  void expect_untouched() {
    EXPECT_TRUE(fs::is_empty(root_ / "store/incoming"));
    EXPECT_TRUE(fs::is_empty(root_ / "store/layers"));
    EXPECT_TRUE(fs::is_empty(root_ / "store/blobs/sha256"));
    EXPECT_FALSE(fs::exists(root_ / "escaped"));
  }

  SystemClock clock_;
  fs::path root_;
};

TEST_F(ImageStore, AnArchiveBecomesAnImageThatSurvivesAReopen) {
  std::string id;
  {
    image::Store store = open();
    const model::Image image = import(store,
                                      Tar{}
                                          .entry('5', "bin/", {}, {}, 0755)
                                          .entry('0', "./bin/app", "#!x", {}, 04755, 7)
                                          .entry('2', "link", {}, "bin/app")
                                          .entry('1', "hard", {}, "bin/app")
                                          .end(),
                                      {.reference = "app:1", .changes = {"CMD [\"/bin/app\"]"}});
    id = image.id;
    const fs::path layer = store.layer_folders(image).front();
    struct stat about {};
    ASSERT_EQ(::stat((layer / "bin/app").c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 07777, 04755u);
    EXPECT_EQ(about.st_uid, 7u);
    EXPECT_EQ(about.st_nlink, 2u);
    EXPECT_EQ(about.st_mtime, 1'700'000'000);
    EXPECT_EQ(fs::read_symlink(layer / "link"), "bin/app");
  }
  image::Store again = open();
  const auto found = again.find("app:1");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->id, id);
  EXPECT_EQ(found->config.command, (std::vector<std::string>{"/bin/app"}));
  EXPECT_EQ(again.find(id.substr(7, 12))->id, id);
  EXPECT_FALSE(again.find("app:2"));
}

TEST_F(ImageStore, TheSameArchiveTwiceIsOneLayerAndTheNameMoves) {
  image::Store store = open();
  const std::string bytes = Tar{}.entry('0', "a", "1").end();
  const model::Image first = import(store, bytes);
  const model::Image second = import(store, bytes, {.reference = "x", .changes = {"USER app"}});
  EXPECT_NE(first.id, second.id);
  EXPECT_EQ(first.layers, second.layers);
  EXPECT_EQ(store.find("x")->id, second.id);
  EXPECT_TRUE(store.find(first.id)->references.empty());
}

TEST_F(ImageStore, NothingLeavesTheLayer) {
  image::Store store = open();
  const std::string up = "../../../../escaped";
  EXPECT_THROW(import(store, Tar{}.entry('0', up, "x").end()), Error);
  EXPECT_THROW(import(store, Tar{}.entry('0', "a/../../escaped", "x").end()), Error);
  EXPECT_THROW(import(store, Tar{}.entry('1', "a", {}, "../../../../../../etc/passwd").end()), Error);
  EXPECT_THROW(import(store, Tar{}.entry('1', "a", {}, "/nosuch").end()), Error);
  expect_untouched();
  EXPECT_THROW(import(store, Tar{}.entry('2', "a", {}, "b").entry('2', "b", {}, "a").entry('0', "a/x", "x").end()),
               Error);
  expect_untouched();
  // A link to an absolute path is kept as it is, and means a place inside the layer.
  const model::Image image = import(store, Tar{}
                                               .entry('5', "tmp/", {}, {}, 0755)
                                               .entry('2', "out", {}, "/../../tmp")
                                               .entry('0', "out/escaped", "x")
                                               .entry('0', "/absolute", "y")
                                               .end());
  const fs::path layer = store.layer_folders(image).front();
  const std::string outside = root_.string();
  const model::Image made = import(store, Tar{}
                                              .entry('2', "out", {}, outside)
                                              .entry('2', "up", {}, "../../new/../made")
                                              .entry('0', "out/escaped", "x")
                                              .entry('0', "up/deep/f", "x")
                                              .end());
  const fs::path other = store.layer_folders(made).front();
  EXPECT_TRUE(fs::exists(other / outside.substr(1) / "escaped"));
  EXPECT_TRUE(fs::exists(other / "made/deep/f"));
  EXPECT_FALSE(fs::exists(root_ / "escaped"));
  EXPECT_FALSE(fs::exists("/tmp/escaped"));
  EXPECT_TRUE(fs::exists(layer / "tmp/escaped"));
  EXPECT_TRUE(fs::exists(layer / "absolute"));
}

TEST_F(ImageStore, DamagedAndOversizedArchivesLeaveNothing) {
  image::Store store = open();
  EXPECT_THROW(import(store, ""), Error);
  EXPECT_THROW(import(store, "this is not an archive at all, whatever you may hope"), Error);
  EXPECT_THROW(import(store, Tar{}.entry('0', "a", std::string(5000, 'x')).cut().substr(0, 1500)), Error);
  EXPECT_THROW(
      import(store, Tar{}.entry('0', "a", std::string(5000, 'x')).end(), {.reference = "x"}, {.bytes_max = 4000}),
      Error);
  EXPECT_THROW(import(store, Tar{}.entry('0', "a").entry('0', "b").end(), {.reference = "x"}, {.entries_max = 1}),
               Error);
  EXPECT_THROW(import(store, Tar{}.entry('0', "a").end(), {.reference = "Bad Name"}), Error);
  EXPECT_THROW(import(store, Tar{}.entry('0', "a").end(), {.reference = "x", .changes = {"RUN x"}}), Error);
  expect_untouched();
}

TEST_F(ImageStore, WhiteoutsBecomeOverlaysOwn) {
  image::Store store = open();
  const model::Image image =
      import(store, Tar{}.entry('5', "d/", {}, {}, 0755).entry('0', "d/.wh.gone").entry('0', "d/.wh..wh..opq").end());
  const fs::path layer = store.layer_folders(image).front();
  struct stat about {};
  ASSERT_EQ(::lstat((layer / "d/gone").c_str(), &about), 0);
  EXPECT_TRUE(S_ISCHR(about.st_mode) && about.st_rdev == 0);
  char value[4] = {};
  EXPECT_EQ(::getxattr((layer / "d").c_str(), "trusted.overlay.opaque", value, sizeof value), 1);
}

TEST_F(ImageStore, PaxHeadersGiveNamesAndCapabilities) {
  image::Store store = open();
  const auto record = [](const std::string& text) {
    std::size_t size = text.size() + 2;
    while (std::to_string(size).size() + text.size() + 2 != size) ++size;
    return std::to_string(size) + " " + text + "\n";
  };
  // Version 2, effective, CAP_NET_RAW (linux/capability.h).
  const std::string capability{"\1\0\0\2\0\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20};
  const model::Image image = import(
      store, Tar{}
                 .entry('x', "h",
                        record("path=gr\xc3\xbcn") + record("SCHILY.xattr.security.capability=" + capability) +
                            record("SCHILY.xattr.trusted.overlay.opaque=y") + record("SCHILY.xattr.user.note=hi"))
                 .entry('0', "short", "x", {}, 0755)
                 .end());
  const std::string file = store.layer_folders(image).front() + "/gr\xc3\xbcn";
  char value[64] = {};
  ASSERT_EQ(::getxattr(file.c_str(), "security.capability", value, sizeof value), 20);
  EXPECT_EQ(std::string(value, 20), capability);
  EXPECT_LT(::getxattr(file.c_str(), "trusted.overlay.opaque", value, sizeof value), 0)
      << "layers do not tell overlayfs what to do";
}

TEST_F(ImageStore, ADamagedBlobIsIgnoredAndSaid) {
  {
    image::Store store = open();
    import(store, Tar{}.entry('0', "a", "1").end());
  }
  for (const auto& blob : fs::directory_iterator{root_ / "store/blobs/sha256"}) std::ofstream{blob.path()} << "{}";
  EXPECT_TRUE(open().list().empty());
}

TEST_F(ImageStore, TheLastNameTakesTheImageAndItsBytesAlong) {
  image::Store store = open();
  using User = image::Store::User;
  const auto unused = [](const std::string&) { return std::optional<User>{}; };
  const auto used = [](const std::string&) { return std::optional<User>{{"0a1b2c3d4e5f", "x", true}}; };
  const model::Image image = import(store, Tar{}.entry('0', "a", "1").end(), {.reference = "x:1"});
  store.tag("x:1", "y:2");
  EXPECT_THROW(store.tag("nosuch", "z"), Error);
  EXPECT_THROW(store.remove(image.id, false, unused), Error) << "two repositories";
  EXPECT_EQ(store.remove("y:2", false, used).untagged, (std::vector<std::string>{"y:2"}));
  EXPECT_THROW(store.remove("x:1", false, used), Error);
  EXPECT_THROW(store.remove(image.id, true, used), Error);
  ASSERT_TRUE(store.find("x:1"));
  const image::Removal gone = store.remove("x:1", false, unused);
  EXPECT_EQ(gone.deleted, (std::vector<std::string>{image.id}));
  EXPECT_GT(gone.freed_bytes, 0u);
  EXPECT_FALSE(store.find("x:1"));
  store.sweep();
  expect_untouched();
  EXPECT_TRUE(fs::is_empty(root_ / "store/discarded"));
  EXPECT_THROW(store.remove("x:1", false, unused), Error);
}

// As with Docker: containers that do not run keep working with an image that nobody else has any more.
TEST_F(ImageStore, WhatIsTakenByForceStaysForItsContainersAlone) {
  using User = image::Store::User;
  bool there = true;
  const auto stopped = [&](const std::string&) {
    return there ? std::optional<User>{{"0a1b2c3d4e5f", "x", false}} : std::nullopt;
  };
  const std::string archive = Tar{}.entry('0', "a", "1").end();
  std::string id;
  image::Store::NewImage again;
  {
    image::Store store = open();
    const model::Image image = import(store, archive, {.reference = "x:1"});
    id = image.id;
    again = {.config = store.read_blob(id, 1 << 20).value_or(""),
             .manifest = store.read_blob(image.manifest, 1 << 20).value_or(""),
             .names = {model::parse_reference("y:1")},
             .repo_digests = {}};
    EXPECT_THROW(store.remove(id, false, stopped), Error);
    EXPECT_THROW(store.remove("x:1", false, stopped), Error);
    const image::Removal taken = store.remove("x:1", true, stopped);
    EXPECT_EQ(taken.untagged, (std::vector<std::string>{"x:1"}));
    EXPECT_EQ(taken.deleted, (std::vector<std::string>{id}));
    EXPECT_FALSE(store.find("x:1") || store.find(id) || store.find(id.substr(7, 12)));
    EXPECT_TRUE(store.list().empty());
    EXPECT_TRUE(store.has_taken());
  }
  image::Store store = open();
  EXPECT_FALSE(store.find(id)) << "after a restart of the engine";
  const auto used = store.find_used(id);
  ASSERT_TRUE(used);
  EXPECT_TRUE(fs::exists(store.layer_folders(*used).front()));
  EXPECT_EQ(store.drop_taken(stopped), 0u);
  // The same image comes again: it is everybody's.
  EXPECT_EQ(store.commit(again).id, id);
  EXPECT_TRUE(store.find(id) && store.find("y:1"));
  EXPECT_FALSE(store.has_taken());
  EXPECT_EQ(store.remove(id, true, stopped).deleted, (std::vector<std::string>{id}));
  there = false;
  EXPECT_GT(store.drop_taken(stopped), 0u);
  EXPECT_FALSE(store.find_used(id));
  store.sweep();
  expect_untouched();
}

TEST_F(ImageStore, WhatIsPinnedStays) {
  image::Store store = open();
  const fs::path file = root_ / "layer.tar";
  std::ofstream{file, std::ios::binary} << Tar{}.entry('0', "a", "1").end();
  const UniqueFd fd{::open(file.c_str(), O_RDONLY | O_CLOEXEC)};
  image::Store::Staged staged = store.stage(fd, {});
  const std::string chain = staged.diff_id;
  {
    const image::Store::Pin pin{store, {chain}};
    store.place(std::move(staged), {});
    store.collect();
    EXPECT_TRUE(store.has_layer(chain));
    EXPECT_TRUE(store.has_blob(chain));
  }
  EXPECT_GT(store.collect(), 0u);
  EXPECT_FALSE(store.has_layer(chain));
  EXPECT_FALSE(store.has_blob(chain));
}

TEST_F(ImageStore, WhatTheTableDoesNotLeadToIsGoneAfterAReopen) {
  std::string chain;
  {
    image::Store store = open();
    import(store, Tar{}.entry('0', "kept", "1").end());
    const fs::path file = root_ / "layer.tar";
    std::ofstream{file, std::ios::binary} << Tar{}.entry('0', "a", "1").end();
    const UniqueFd fd{::open(file.c_str(), O_RDONLY | O_CLOEXEC)};
    image::Store::Staged staged = store.stage(fd, {});
    chain = staged.diff_id;
    store.place(std::move(staged), {});
    store.put_blob("half an image");
    fs::create_directory(root_ / "store/incoming/torn");
  }
  const std::string incoming = file_identity(root_ / "store/incoming");
  image::Store again = open();
  EXPECT_EQ(file_identity(root_ / "store/incoming"), incoming)
      << "a start on a disk without inodes cannot make it again";
  EXPECT_FALSE(again.has_layer(chain));
  EXPECT_TRUE(fs::is_empty(root_ / "store/incoming"));
  EXPECT_EQ(std::distance(fs::directory_iterator{root_ / "store/layers"}, {}), 1);
  EXPECT_EQ(std::distance(fs::directory_iterator{root_ / "store/blobs/sha256"}, {}), 3);
  EXPECT_TRUE(again.find("x"));
  EXPECT_TRUE(again.check().empty());
}

TEST_F(ImageStore, ADamagedTableIsNamedWithAWayOut) {
  const fs::path table = root_ / "store/images.json";
  {
    image::Store store = open();
    import(store, Tar{}.entry('0', "kept", "1").end());
  }
  for (const char* text :
       {"", "{\"version\":1", "[]", "{}", R"({"version":1,"images":{"x":{}},"names":{},"layers":{}})"}) {
    std::ofstream{table, std::ios::trunc} << text;
    try {
      open();
      FAIL() << text;
    } catch (const Error& error) {
      EXPECT_NE(error.message().find(table.string()), std::string::npos) << error.message();
      EXPECT_NE(error.remedy_text().find("move it away"), std::string::npos) << error.remedy_text();
    }
  }
  fs::rename(table, root_ / "away");
  EXPECT_FALSE(open().find("x"));
}

TEST_F(ImageStore, TheCheckSaysWhatIsDamaged) {
  image::Store store = open();
  const model::Image image = import(store, Tar{}
                                               .entry('5', "d/", {}, {}, 0755)
                                               .entry('0', "d/f", "hello")
                                               .entry('0', "g", "x")
                                               .entry('2', "l", {}, "g")
                                               .entry('1', "h", {}, "g")
                                               .entry('0', "d/.wh.gone")
                                               .end());
  EXPECT_TRUE(store.check().empty());
  const fs::path layer = store.layer_folders(image).front();
  std::ofstream{layer / "d/f"} << "hellO";
  fs::remove(layer / "h");
  fs::permissions(layer / "g", fs::perms::owner_all);
  const auto found = store.check();
  ASSERT_EQ(found.size(), 3u);
  EXPECT_NE(found[0].find("/d/f has another content"), std::string::npos) << found[0];
  EXPECT_NE(found[1].find("/g has another mode"), std::string::npos) << found[1];
  EXPECT_NE(found[2].find("/h is missing"), std::string::npos) << found[2];
  std::ofstream{root_ / "store/blobs/sha256" / image.layers.front().substr(7), std::ios::app} << "more";
  EXPECT_FALSE(store.check().empty());
}

// What comes later in an archive takes the place of what came before, whatever kind either is of.
TEST_F(ImageStore, TheCheckFollowsPathsThatAreNamedTwice) {
  image::Store store = open();
  import(store, Tar{}
                    .entry('0', ".", "ignored", {}, 0755)
                    .entry('2', "./", {}, "elsewhere", 0755)
                    .entry('0', "f", "one")
                    .entry('1', "h", {}, "f")
                    .entry('0', "f", "two")
                    .entry('5', "f/", {}, {}, 0700)
                    .entry('0', "f/g", "three")
                    .entry('2', "f", {}, "h")
                    .entry('0', "a//b", "x")
                    .entry('0', "a/./b", "y")
                    .entry('0', ".wh.f")
                    .end());
  const auto found = store.check();
  EXPECT_TRUE(found.empty()) << found.front();
}

TEST_F(ImageStore, ImpliedFoldersLookLikeThoseBelow) {
  image::Store store = open();
  const auto staged = [&](const std::string& bytes) {
    std::ofstream{root_ / "layer.tar", std::ios::binary} << bytes;
    const UniqueFd fd{::open((root_ / "layer.tar").c_str(), O_RDONLY | O_CLOEXEC)};
    return store.stage(fd, {});
  };
  image::Store::Staged bottom = staged(Tar{}.entry('5', "tmp/", {}, {}, 01777, 5).end());
  image::Store::Staged top = staged(Tar{}.entry('0', "tmp/deep/f", "x").end());
  const std::vector<std::string> diffs{bottom.diff_id, top.diff_id};
  EXPECT_EQ(top.unpacked.implied_folders, (std::vector<std::string>{"tmp", "tmp/deep"}));
  store.place(std::move(bottom), {});
  store.place(std::move(top), {diffs[0]});
  struct stat about {};
  ASSERT_EQ(::stat((root_ / "store/layers" / image::chain_ids(diffs)[1].substr(7) / "tmp").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 07777, 01777u);
  EXPECT_EQ(about.st_uid, 5u);
}

TEST_F(ImageStore, FirstUseFillsAnEmptyVolumeAndOnlyThat) {
  image::Store store = open();
  const model::Image image = import(store, Tar{}
                                               .entry('5', "data/", {}, {}, 0750, 9)
                                               .entry('0', "data/f", "hello", {}, 0640, 9)
                                               .entry('2', "data/l", {}, "f")
                                               .end());
  const volume::Store volumes{root_ / "volumes"};
  const model::Volume volume = volumes.create({.name = "data"}, Wall{});
  volume::populate(store.layer_folders(image), "/data", volume.mountpoint);
  const fs::path data = volume.mountpoint;
  struct stat about {};
  ASSERT_EQ(::stat(data.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 07777, 0750u);
  EXPECT_EQ(about.st_uid, 9u);
  EXPECT_EQ(read_file(data / "f"), "hello");
  EXPECT_EQ(fs::read_symlink(data / "l"), "f");
  replace_file(data / "f", "mine", Durable::no);
  volume::populate(store.layer_folders(image), "/data", volume.mountpoint);
  EXPECT_EQ(read_file(data / "f"), "mine");
  const model::Volume other = volumes.create({.name = "other"}, Wall{});
  volume::populate(store.layer_folders(image), "/nosuch", other.mountpoint);
  EXPECT_TRUE(fs::is_empty(other.mountpoint));
}

TEST_F(ImageStore, VolumesRefuseNamesThatAreNone) {
  const volume::Store volumes{root_ / "volumes"};
  for (const char* bad : {"", "a", "../x", "a/b", "-x", ".removed-x"}) {
    EXPECT_THROW(static_cast<void>(volumes.create({.name = bad}, Wall{})), Error) << bad;
  }
  EXPECT_THROW(static_cast<void>(volumes.create({.name = "xx", .driver = "nfs"}, Wall{})), Error);
  EXPECT_THROW(static_cast<void>(volumes.create({.name = "xx", .driver_opts = {{"nonsense", "1"}}}, Wall{})), Error);
}

}  // namespace
}  // namespace stack
