#include "engine/build/contexts.h"

#include <algorithm>
#include <array>
#include <optional>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/sys/syscalls.h"
#include "engine/build/archive_file.h"

namespace stack::build {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kIgnoreBytesMax = 4 << 20;
constexpr std::size_t kDockerfileBytesMax = 16 << 20;  // the parser refuses more than 2 MB, in its own words

UniqueFd open_folder(const std::string& path, const std::string& what) {
  UniqueFd fd{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (fd) return fd;
  if (errno == ENOENT) throw Error(ErrorKind::not_found, what + " \"" + path + "\" does not exist");
  if (errno == ENOTDIR) throw Error(ErrorKind::invalid, what + " \"" + path + "\" is not a folder");
  throw Error::from_errno(errno, "opening " + what + " \"" + path + "\"");
}

// Nothing when there is no such file; a folder or a pipe is not one.
std::optional<std::string> read_below(BorrowedFd root, const std::string& path, std::size_t bytes_max) {
  const auto file = sys::open_in_root(root, path.c_str(), O_RDONLY | O_NONBLOCK, 0);
  if (!file) {
    if (file.err() == ENOENT || file.err() == ENOTDIR) return std::nullopt;
    throw Error::from_errno(file.err(), "opening " + path);
  }
  struct stat about {};
  if (::fstat(file->get(), &about) != 0) throw Error::from_errno(errno, "looking at " + path);
  if (!S_ISREG(about.st_mode)) throw Error(ErrorKind::invalid, "\"" + path + "\" is not a regular file");
  std::string text;
  std::array<char, 65536> block{};
  for (;;) {
    const ssize_t got = ::read(file->get(), block.data(), block.size());
    if (got < 0) throw Error::from_errno(errno, "reading " + path);
    if (got == 0) return text;
    text.append(block.data(), static_cast<std::size_t>(got));
    if (text.size() > bytes_max)
      throw Error(ErrorKind::invalid, "\"" + path + "\" is larger than " + std::to_string(bytes_max >> 20) + " MB");
  }
}

// The file beside the Dockerfile comes first, then the context's own. A Dockerfile that is a text has none beside it.
std::shared_ptr<const dockerfile::IgnoreFile> ignore_file(BorrowedFd root, const model::BuildSpec& spec, bool main) {
  const auto parsed = [](const std::string& text, const std::string& name) {
    dockerfile::Problems problems;
    auto file = std::make_shared<dockerfile::IgnoreFile>(dockerfile::IgnoreFile::parse(text, problems));
    if (dockerfile::has_errors(problems)) throw Error(ErrorKind::invalid, dockerfile::render(problems, name));
    return file->empty() ? nullptr : file;
  };
  const auto [own, general] = dockerfile::ignore_file_names(spec.dockerfile);
  if (main && !spec.dockerfile_text) {
    const fs::path path = own;
    UniqueFd folder;
    if (path.is_absolute()) folder = open_folder(path.parent_path(), "the Dockerfile's folder");
    const auto text = path.is_absolute() ? read_below(folder, path.filename(), kIgnoreBytesMax)
                                         : read_below(root, own, kIgnoreBytesMax);
    if (text) return parsed(*text, own);
  }
  const auto text = read_below(root, general, kIgnoreBytesMax);
  return text ? parsed(*text, general) : nullptr;
}

UniqueFd unpack(BorrowedFd archive, const fs::path& folder) {
  if (archive.get() < 0) throw Error(ErrorKind::invalid, "the build context is to come as an archive, and none came");
  try {
    return unpack_archive(archive, folder);
  } catch (Error& error) {
    throw error.context("reading the build context");
  }
}

}  // namespace

Contexts::Contexts(const model::BuildSpec& spec, BorrowedFd archive, const fs::path& scratch) {
  open("", spec.context, spec, archive, scratch);
  for (const auto& [name, source] : spec.named_contexts) open(name, source, spec, archive, scratch);
  read_dockerfile(spec);
}

void Contexts::open(const std::string& name, const model::BuildSource& source, const model::BuildSpec& spec,
                    BorrowedFd archive, const fs::path& scratch) {
  const std::string display = name.empty() ? "the build context" : "the context \"" + name + "\"";
  UniqueFd root;
  std::string memo_key;
  if (const auto* folder = std::get_if<model::BuildFolder>(&source)) {
    if (!folder->path.starts_with('/'))
      throw Error(ErrorKind::invalid, display + " \"" + folder->path + "\" is not an absolute path");
    root = open_folder(folder->path, display);
    memo_key = folder->received ? folder->remembered_as : folder->path;
  } else if (std::holds_alternative<model::BuildArchive>(source)) {
    if (!name.empty()) throw Error(ErrorKind::unsupported, display + " cannot be an archive: only the main one can");
    root = unpack(archive, scratch / "context");
  } else if (name.empty()) {
    throw Error(ErrorKind::unsupported, "the build context cannot be an image").remedy("give it as a named context");
  } else {
    return;
  }
  const auto* given = std::get_if<model::BuildFolder>(&source);
  std::shared_ptr<const dockerfile::IgnoreFile> ignore;
  if (given == nullptr || !given->received) ignore = ignore_file(root, spec, name.empty());
  contexts_[name] = std::make_unique<Context>(FileTree{std::move(root), FileTree::Owners::ignored, std::move(ignore)},
                                              display, memo_key);
}

void Contexts::read_dockerfile(const model::BuildSpec& spec) {
  name_ = spec.dockerfile.empty() ? "Dockerfile" : spec.dockerfile;
  if (spec.dockerfile_text) {
    text_ = *spec.dockerfile_text;
    return;
  }
  std::optional<std::string> text;
  if (name_.starts_with('/')) {
    text = read_file(name_, kDockerfileBytesMax);
  } else {
    const Context* main = find("");
    text = read_below(main->tree.root(), name_, kDockerfileBytesMax);
    // As BuildKit: the default name may be written small.
    if (!text && name_ == "Dockerfile") text = read_below(main->tree.root(), "dockerfile", kDockerfileBytesMax);
  }
  if (!text) {
    throw Error(ErrorKind::not_found, "the Dockerfile \"" + name_ + "\" does not exist")
        .remedy("name the right one with --file, or write one");
  }
  text_ = std::move(*text);
}

Context* Contexts::find(const std::string& name) {
  const auto found = contexts_.find(name);
  return found == contexts_.end() ? nullptr : found->second.get();
}

}  // namespace stack::build
