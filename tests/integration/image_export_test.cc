// Root file systems as archives: what was imported comes out again, layers look as overlayfs would show them. Needs root for owners,
// device nodes and overlayfs's marks.
#include <filesystem>
#include <fstream>
#include <map>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "engine/image/archive/tree_export.h"
#include "engine/image/decompressed_stream.h"
#include "engine/image/image_store.h"
#include "engine/image/unpack.h"

namespace stack {
namespace {

namespace fs = std::filesystem;

class ImageExport : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "stack-export-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
  }
  void TearDown() override { fs::remove_all(root_); }

  // A layer's folder, below which `path` becomes a file of this content.
  fs::path put(const std::string& layer, const std::string& path, const std::string& content) {
    const fs::path file = root_ / layer / path;
    fs::create_directories(file.parent_path());
    std::ofstream{file, std::ios::binary} << content;
    return file;
  }
  void hide(const std::string& layer, const std::string& path) {
    fs::create_directories((root_ / layer / path).parent_path());
    ASSERT_EQ(::mknod((root_ / layer / path).c_str(), S_IFCHR, 0), 0);
  }
  std::string exported(const std::vector<std::string>& layers) {
    std::vector<std::string> folders;
    for (const std::string& layer : layers) folders.push_back((root_ / layer).string());
    const fs::path file = root_ / "archive";
    {
      const UniqueFd to{::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)};
      image::export_layers(folders, to);
    }
    return *read_file(file);
  }
  void unpack(const std::string& bytes, const std::string& into) {
    put(".", "source", bytes);
    fs::create_directories(root_ / into);
    const UniqueFd from{::open((root_ / "source").c_str(), O_RDONLY | O_CLOEXEC)};
    const UniqueFd folder{::open((root_ / into).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    image::DecompressedStream stream{from};
    image::unpack_layer(stream, folder, {});
  }
  // Paths with the contents of files.
  std::map<std::string, std::string> tree(const std::string& folder) {
    std::map<std::string, std::string> all;
    for (const auto& entry : fs::recursive_directory_iterator{root_ / folder}) {
      const std::string path = entry.path().lexically_relative(root_ / folder);
      all[path] = entry.is_regular_file() ? *read_file(entry.path()) : entry.is_symlink() ? "link" : "other";
    }
    return all;
  }

  fs::path root_;
};

TEST_F(ImageExport, EverythingThatFilesHaveComesBack) {
  const fs::path file = put("a", "bin/tool", "program");
  ASSERT_EQ(::chown(file.c_str(), 12, 34), 0);
  ASSERT_EQ(::chmod(file.c_str(), 04751), 0);
  // Older kernels keep no attributes of users in tmpfs.
  const bool notes = ::setxattr(file.c_str(), "user.note", "a\0b", 3, 0) == 0;
  ASSERT_TRUE(notes || errno == EOPNOTSUPP) << errno;
  fs::create_hard_link(file, root_ / "a/bin/zz-same");
  fs::create_symlink("../bin/tool", root_ / "a/bin/link");
  ASSERT_EQ(::mknod((root_ / "a/null").c_str(), S_IFCHR | 0666, makedev(1, 3)), 0);
  ASSERT_EQ(::mkfifo((root_ / "a/pipe").c_str(), 0600), 0);
  put("a", "h\xC3\xA9 \xFF name", "odd");
  put("a", std::string(90, 'd') + "/" + std::string(200, 'f'), "long");
  fs::create_directories(root_ / "a/empty");
  ASSERT_EQ(::chmod((root_ / "a/empty").c_str(), 01777), 0);
  const std::array<timespec, 2> times{timespec{1'600'000'000, 123'456'789}, timespec{1'600'000'000, 123'456'789}};
  for (const char* path : {"a/bin/tool", "a/bin", "a/empty", "a"}) {
    ASSERT_EQ(::utimensat(AT_FDCWD, (root_ / path).c_str(), times.data(), 0), 0);
  }
  const std::string first = exported({"a"});
  EXPECT_EQ(first, exported({"a"}));
  unpack(first, "b");
  EXPECT_EQ(tree("a"), tree("b"));
  struct stat tool {
  }, same{}, device{}, empty{};
  ASSERT_EQ(::stat((root_ / "b/bin/tool").c_str(), &tool), 0);
  ASSERT_EQ(::stat((root_ / "b/bin/zz-same").c_str(), &same), 0);
  ASSERT_EQ(::stat((root_ / "b/null").c_str(), &device), 0);
  ASSERT_EQ(::stat((root_ / "b/empty").c_str(), &empty), 0);
  EXPECT_EQ(tool.st_ino, same.st_ino);
  EXPECT_EQ(tool.st_mode & 07777, 04751u);
  EXPECT_EQ(tool.st_uid, 12u);
  EXPECT_EQ(tool.st_gid, 34u);
  EXPECT_EQ(tool.st_mtim.tv_nsec, 123'456'789);
  EXPECT_EQ(device.st_rdev, makedev(1, 3));
  EXPECT_EQ(empty.st_mode & 07777, 01777u);
  char value[8];
  EXPECT_EQ(::getxattr((root_ / "b/bin/tool").c_str(), "user.note", value, sizeof value), notes ? 3 : -1);
  // Nothing is lost on the way: times, owners and all.
  EXPECT_EQ(exported({"b"}), first);
}

TEST_F(ImageExport, LayersLookAsTheKernelShowsThem) {
  put("low", "kept/a", "1");
  put("low", "kept/gone", "1");
  put("low", "replaced/x", "1");
  put("low", "hidden/y", "1");
  put("low", "file", "1");
  put("low", "was-file", "1");
  put("top", "kept/b", "2");
  hide("top", "kept/gone");
  put("top", "replaced/z", "2");
  ASSERT_EQ(::setxattr((root_ / "top/replaced").c_str(), "trusted.overlay.opaque", "y", 1, 0), 0);
  hide("top", "hidden");
  put("top", "file", "2");
  put("top", "was-file/in", "2");
  put("highest", "hidden/new", "3");
  unpack(exported({"highest", "top", "low"}), "seen");
  EXPECT_EQ(tree("seen"), (std::map<std::string, std::string>{{"kept", "other"},
                                                              {"kept/a", "1"},
                                                              {"kept/b", "2"},
                                                              {"replaced", "other"},
                                                              {"replaced/z", "2"},
                                                              {"file", "2"},
                                                              {"was-file", "other"},
                                                              {"was-file/in", "2"},
                                                              {"hidden", "other"},
                                                              {"hidden/new", "3"}}));
  // The marks themselves are the kernel's.
  char value = 0;
  EXPECT_LT(::getxattr((root_ / "seen/replaced").c_str(), "trusted.overlay.opaque", &value, 1), 0);
}

TEST_F(ImageExport, LinksInLayersLeadNowhereElse) {
  put("low", "etc/passwd", "mine");
  fs::create_directories(root_ / "top");
  fs::create_symlink("/etc", root_ / "top/etc");
  put("outside", "secret", "x");
  fs::create_symlink("../../outside", root_ / "top/out");
  unpack(exported({"top", "low"}), "seen");
  EXPECT_EQ(tree("seen"), (std::map<std::string, std::string>{{"etc", "link"}, {"out", "link"}}));
}

TEST_F(ImageExport, AMissingLayerOrAClosedReaderIsAnError) {
  EXPECT_THROW(exported({"absent"}), Error);
  put("a", "large", std::string(1 << 20, 'x'));
  const UniqueFd full{::open("/dev/full", O_WRONLY | O_CLOEXEC)};
  EXPECT_THROW(image::export_layers({(root_ / "a").string()}, full), Error);
}

}  // namespace
}  // namespace stack
