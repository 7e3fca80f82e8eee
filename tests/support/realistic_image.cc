#include "tests/support/realistic_image.h"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <memory>

#include <archive.h>
#include <archive_entry.h>

#include "base/error.h"
#include "base/file.h"
#include "engine/image/digest.h"
#include "tests/support/realistic_tree.h"
#include "tests/support/utf8_names.h"

namespace stack::test {
namespace {

namespace fs = std::filesystem;

struct FreeReader {
  void operator()(archive* a) const { archive_read_free(a); }
};
struct FreeWriter {
  void operator()(archive* a) const { archive_write_free(a); }
};
struct FreeEntry {
  void operator()(archive_entry* e) const { archive_entry_free(e); }
};
using Reader = std::unique_ptr<archive, FreeReader>;
using Writer = std::unique_ptr<archive, FreeWriter>;
using Entry = std::unique_ptr<archive_entry, FreeEntry>;

void must(archive* a, int code) {
  if (code != ARCHIVE_OK && code != ARCHIVE_WARN) throw Error(archive_error_string(a));
}

Writer open_tar(const fs::path& file) {
  Writer tar{archive_write_new()};
  archive_write_set_format_pax(tar.get());
  archive_write_set_format_option(tar.get(), "pax", "xattrheader", "SCHILY");
  must(tar.get(), archive_write_open_filename(tar.get(), file.c_str()));
  return tar;
}

void write_zeros(archive* tar, std::uint64_t count) {
  static const std::string zeros(1 << 20, '\0');
  while (count > 0) {
    const auto piece = std::min<std::uint64_t>(count, zeros.size());
    if (archive_write_data(tar, zeros.data(), piece) < 0) throw Error(archive_error_string(tar));
    count -= piece;
  }
}

void write_entry(archive* tar, const LayerEntry& from) {
  const Node& node = from.node;
  const Entry entry{archive_entry_new()};
  archive_entry_set_pathname(entry.get(), (from.path + (node.kind == Kind::folder ? "/" : "")).c_str());
  archive_entry_set_perm(entry.get(), static_cast<mode_t>(node.mode));
  archive_entry_set_uid(entry.get(), node.uid);
  archive_entry_set_gid(entry.get(), node.gid);
  archive_entry_set_mtime(entry.get(), node.time, 0);
  for (const auto& [name, value] : node.attributes)
    archive_entry_xattr_add_entry(entry.get(), name.c_str(), value.data(), value.size());
  const std::uint64_t size = node.hole + node.content.size() + node.tail;
  switch (node.kind) {
    case Kind::folder:
      archive_entry_set_filetype(entry.get(), AE_IFDIR);
      break;
    case Kind::link:
      archive_entry_set_filetype(entry.get(), AE_IFLNK);
      archive_entry_set_symlink(entry.get(), node.target.c_str());
      break;
    case Kind::pipe:
      archive_entry_set_filetype(entry.get(), AE_IFIFO);
      break;
    case Kind::device:
      archive_entry_set_filetype(entry.get(), AE_IFCHR);
      archive_entry_set_rdevmajor(entry.get(), 1);
      archive_entry_set_rdevminor(entry.get(), 3);
      break;
    case Kind::hard_link:
      archive_entry_set_filetype(entry.get(), AE_IFREG);
      archive_entry_set_hardlink(entry.get(), node.target.c_str());
      break;
    case Kind::file:
      archive_entry_set_filetype(entry.get(), AE_IFREG);
      archive_entry_set_size(entry.get(), static_cast<la_int64_t>(size));
      if (node.hole + node.tail > 0) {
        archive_entry_sparse_add_entry(entry.get(), static_cast<la_int64_t>(node.hole),
                                       static_cast<la_int64_t>(node.content.size()));
      }
  }
  must(tar, archive_write_header(tar, entry.get()));
  if (node.kind != Kind::file) return;
  write_zeros(tar, node.hole);
  if (archive_write_data(tar, node.content.data(), node.content.size()) < 0) throw Error(archive_error_string(tar));
  write_zeros(tar, node.tail);
}

// The n-th part of the base's entries, so that a program and its library come from different layers.
void write_base(archive* tar, const fs::path& base, unsigned layer, unsigned layers) {
  if (base.empty()) return;
  const Reader from{archive_read_new()};
  archive_read_support_format_tar(from.get());
  must(from.get(), archive_read_open_filename(from.get(), base.c_str(), 1 << 16));
  archive_entry* entry = nullptr;
  std::vector<char> block(1 << 16);
  for (unsigned i = 0; archive_read_next_header(from.get(), &entry) == ARCHIVE_OK; ++i) {
    // Folders first of all: others would find theirs implied, without owner and mode.
    if ((archive_entry_filetype(entry) == AE_IFDIR ? 0 : i % layers) != layer) continue;
    must(tar, archive_write_header(tar, entry));
    for (;;) {
      const auto got = archive_read_data(from.get(), block.data(), block.size());
      if (got <= 0) break;
      archive_write_data(tar, block.data(), static_cast<std::size_t>(got));
    }
  }
}

std::string config_text(const RealisticOptions& options, const std::vector<std::string>& diff_ids) {
  std::string diffs;
  for (const std::string& diff : diff_ids) diffs += (diffs.empty() ? "\"" : ",\"") + diff + "\"";
  const char* architecture = sizeof(void*) == 8 && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#if defined(__aarch64__)
                                 ? "arm64"
#else
                                 ? "amd64"
#endif
                                 : "unknown";
  std::string config = R"("Volumes":{"/world/data":{},"/var/lib/realistic":{}},"Labels":{"maintainer":"nobody"})";
  if (options.whole_config) {
    config += R"(,"Cmd":["sleep","1000"],"Env":["PATH=/usr/local/bin:/bin:/world/tools","LANG=C.UTF-8"],)"
              R"("User":"1000:1000","WorkingDir":"/world","StopSignal":"SIGINT","ExposedPorts":{"80/tcp":{}},)"
              R"("OnBuild":["RUN true"],"Healthcheck":{"Test":["CMD-SHELL","true"],"Interval":1000000000})";
  }
  return std::string{R"({"architecture":")"} + architecture +
         R"(","os":"linux","created":"2024-01-02T03:04:05Z","config":{)" + config +
         R"(},"rootfs":{"type":"layers","diff_ids":[)" + diffs + "]}}";
}

void add_file(archive* tar, const std::string& name, const std::string& content) {
  write_entry(tar, {name, {.content = content}});
}

}  // namespace

TreeText make_realistic_image(const RealisticOptions& options, const fs::path& archive, const std::string& name) {
  const Utf8Names utf8;
  RealisticTree tree{options};
  const Writer whole = open_tar(archive);
  const fs::path part = archive.string() + ".layer";
  std::vector<std::string> diff_ids;
  std::string list;
  for (unsigned layer = 0; layer < options.layers; ++layer) {
    const Writer tar = open_tar(part);
    write_base(tar.get(), options.base, layer, options.layers);
    for (const LayerEntry& entry : tree.next_layer()) write_entry(tar.get(), entry);
    must(tar.get(), archive_write_close(tar.get()));
    const std::string bytes = read_file(part, std::size_t{1} << 31).value_or("");
    diff_ids.push_back(image::sha256_digest(bytes));
    const std::string file = std::to_string(layer) + "/layer.tar";
    add_file(whole.get(), file, bytes);
    list += (list.empty() ? "\"" : ",\"") + file + "\"";
  }
  fs::remove(part);
  add_file(whole.get(), "config.json", config_text(options, diff_ids));
  add_file(whole.get(), "manifest.json",
           R"([{"Config":"config.json","RepoTags":[")" + name + R"("],"Layers":[)" + list + "]}]");
  must(whole.get(), archive_write_close(whole.get()));
  return tree.text();
}

}  // namespace stack::test
