#include "cli/commands/build_context.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>

#include <unistd.h>

#include "base/dockerfile/dockerfile.h"
#include "base/error.h"
#include "base/git/git_secrets.h"
#include "base/hide_credentials.h"
#include "base/truth.h"
#include "compose/remote/kept_checkout.h"
#include "compose/remote/remote_reference.h"

namespace stack::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMagicBytes = 512;      // a tar's first block
constexpr std::size_t kEmptyTarBytes = 1024;  // two empty blocks

// Up to `bytes` of standard input; less at its end.
std::string read_input(std::size_t bytes) {
  std::string text;
  std::array<char, 16384> block;
  while (text.size() < bytes) {
    const ssize_t got = ::read(0, block.data(), std::min(block.size(), bytes - text.size()));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw Error::from_errno(errno, "reading standard input");
    if (got == 0) break;
    text.append(block.data(), static_cast<std::size_t>(got));
  }
  return text;
}

// A tar, plain or compressed with gzip, bzip2, xz or zstd.
bool is_archive(std::string_view first) {
  for (const std::string_view magic : {"\x1f\x8b", "BZh",
                                       "\xfd"
                                       "7zXZ",
                                       "\x28\xb5\x2f\xfd"}) {
    if (first.starts_with(magic)) return true;
  }
  constexpr std::size_t kUstarAt = 257;
  return first.size() > kUstarAt && first.substr(kUstarAt).starts_with("ustar");
}

BuildContext from_standard_input() {
  if (::isatty(0) == 1)
    throw Error(ErrorKind::invalid, "cannot read the context from a terminal")
        .remedy("redirect an archive or a Dockerfile");
  BuildContext context{.source = model::BuildArchive{}, .dockerfile_text = {}, .first = read_input(kMagicBytes)};
  if (is_archive(context.first)) {
    context.sends_input = true;
    return context;
  }
  context.dockerfile_text = context.first + read_standard_input();
  context.first.assign(kEmptyTarBytes, '\0');
  return context;
}

bool is_web_address(std::string_view word) { return word.starts_with("http://") || word.starts_with("https://"); }

// As BuildKit reads it, and a repository of this machine as well.
std::optional<git::GitReference> repository_of(const std::string& word) {
  std::error_code unknown;
  if (fs::exists(word, unknown)) return std::nullopt;
  if (auto reference = git::parse_git_context(word)) return reference;
  const auto other = compose::parse_remote(word);
  if (!other || is_web_address(word)) return std::nullopt;
  if (other->kind != compose::RemoteKind::git)
    throw Error(ErrorKind::unsupported, "the context " + hide_credentials(word) + ": only git repositories are fetched")
        .remedy("fetch it first, and name the folder");
  return *other;
}

// Here, because its keys are this user's.
std::string fetched(const git::GitReference& reference, const std::string& word, const GitContextWish& wish) {
  const std::string what = "the context " + hide_credentials(word);
  if (!reference.problem.empty()) throw Error(ErrorKind::invalid, what + ": " + reference.problem);
  compose::KeptCheckout kept{.wish = compose::kContextCheckout,
                             .preferred = git::Preferred::tag,
                             .environment = git::authorization(reference, wish.secrets)};
  kept.wish.git_folder = wish.git_folder || reference.keep_git_dir;
  kept.wish.submodules = reference.submodules;
  std::string folder = compose::kept_checkout(reference, kept, compose::fetch_cache("git-contexts"));
  if (!fs::is_directory(folder)) throw Error(ErrorKind::invalid, what + " is a file, not a folder");
  return folder;
}

// The absolute path of a folder that is there.
std::string folder_at(const std::string& what, const std::string& path) {
  std::error_code failed;
  const fs::path absolute = fs::canonical(path, failed);
  if (failed == std::errc::no_such_file_or_directory)
    throw Error(ErrorKind::not_found, what + "path \"" + path + "\" not found");
  if (failed) throw Error(ErrorKind::not_found, what + Error::from_errno(failed.value(), path).message());
  if (!fs::is_directory(absolute, failed))
    throw Error(ErrorKind::invalid, what + path + " is a file").remedy("name the folder, and the Dockerfile with -f");
  return absolute.string();
}

}  // namespace

std::string read_standard_input() {
  std::string text = read_input(dockerfile::kTextMax + 1);
  if (text.size() > dockerfile::kTextMax)
    throw Error(ErrorKind::invalid,
                "the Dockerfile is larger than " + std::to_string(dockerfile::kTextMax >> 20) + " MiB");
  return text;
}

GitContextWish git_context_wish(const model::BuildSpec& spec) {
  GitContextWish wish;
  for (const model::BuildSecret& secret : spec.secrets) wish.secrets[secret.id] = secret.content;
  const auto keep = spec.args.find("BUILDKIT_CONTEXT_KEEP_GIT_DIR");
  wish.git_folder = keep != spec.args.end() && parse_truth(keep->second).value_or(false);
  return wish;
}

BuildContext open_build_context(const std::string& word, const GitContextWish& git) {
  if (word == "-") return from_standard_input();
  const auto repository = repository_of(word);
  if (!repository && is_web_address(word))
    return {.source = model::BuildUrl{word}, .dockerfile_text = {}, .first = {}, .sends_input = false, .folder = {}};
  const std::string folder =
      repository ? fetched(*repository, word, git) : folder_at("unable to prepare context: ", word);
  // What a repository calls its Dockerfile may be a link that leads anywhere: only the engine follows it, within the repository.
  return {.source = model::BuildFolder{folder},
          .dockerfile_text = {},
          .first = {},
          .sends_input = false,
          .folder = repository ? std::string{} : folder};
}

model::BuildSource named_build_source(const std::string& where, const std::string& value, const GitContextWish& git) {
  constexpr std::string_view kImage = "docker-image://", kLayout = "oci-layout://";
  if (value.starts_with(kImage)) return model::BuildImage{value.substr(kImage.size())};
  if (value.starts_with(kLayout))
    throw Error(ErrorKind::unsupported, where + value + ": layouts are not read in place")
        .remedy("load it with stack image load, and use docker-image://NAME");
  if (const auto repository = repository_of(value)) return model::BuildFolder{fetched(*repository, value, git)};
  if (is_web_address(value)) return model::BuildUrl{value};
  return model::BuildFolder{folder_at(where, value)};
}

}  // namespace stack::cli
