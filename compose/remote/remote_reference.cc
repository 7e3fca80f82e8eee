#include "compose/remote/remote_reference.h"

#include <algorithm>
#include <array>

#include "base/path_text.h"

namespace stack::compose {
namespace {

bool name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

// USER@HOST:PATH, which is no URL.
bool scp_form(std::string_view text) {
  const auto at = text.find('@'), colon = text.find(':');
  if (at == std::string_view::npos || colon == std::string_view::npos || at == 0 || at > colon) return false;
  const auto user = text.substr(0, at), host = text.substr(at + 1, colon - at - 1);
  return std::ranges::all_of(user, name_char) && !host.empty() && std::ranges::all_of(host, name_char) &&
         !text.substr(colon + 1).starts_with("//");
}

bool printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) > 0x20 && c != 0x7F; });
}

// Names of branches, tags and commits; nothing that git would read as a range, a pattern or two names.
bool ref_name(std::string_view ref) {
  return !ref.starts_with('-') && !ref.starts_with('/') && ref.find("..") == std::string_view::npos &&
         ref.find("@{") == std::string_view::npos && printable(ref) &&
         ref.find_first_of("~^:?*[\\+") == std::string_view::npos;
}

std::string host_of(std::string_view url) {
  const auto start = url.find("://");
  auto host = start == std::string_view::npos ? url : url.substr(start + 3);
  host = host.substr(0, host.find('/'));
  if (const auto at = host.rfind('@'); at != std::string_view::npos) host.remove_prefix(at + 1);
  return std::string{host};
}

void set_fragment(RemoteReference& it, std::string_view fragment) {
  const auto colon = fragment.find(':');
  it.ref = fragment.substr(0, colon);
  const std::string subdir{colon == std::string_view::npos ? std::string_view{} : fragment.substr(colon + 1)};
  it.subdir = subdir.empty() ? "" : clean_path(subdir);
  if (it.subdir == ".") it.subdir.clear();
  if (!ref_name(it.ref)) it.problem = "\"" + it.ref + "\" is not the name of a branch, a tag or a commit";
  if (it.subdir.starts_with('/') || it.subdir == ".." || it.subdir.starts_with("../") || !printable(it.subdir)) {
    it.problem = "\"" + subdir + "\" is not a folder of the repository";
  }
}

}  // namespace

std::optional<RemoteReference> parse_remote(std::string_view text) {
  RemoteReference it;
  if (text.starts_with("oci://")) {
    it.kind = RemoteKind::oci;
    it.url = text;
    if (!printable(text) || text.size() == std::string_view{"oci://"}.size())
      it.problem = "this is not the name of an artifact";
    return it;
  }
  const auto hash = text.find('#');
  std::string_view url = text.substr(0, hash);
  std::string_view fragment = hash == std::string_view::npos ? std::string_view{} : text.substr(hash + 1);
  if (const auto tail = url.rfind(".git@"); tail != std::string_view::npos && hash == std::string_view::npos) {
    fragment = url.substr(tail + 5);
    url = url.substr(0, tail + 4);
  }
  const auto scheme = url.substr(0, url.find("://"));
  if (scheme.size() < url.size()) {
    it.transport = scheme;
    const bool known = scheme == "https" || scheme == "http" || scheme == "ssh" || scheme == "file";
    if (!known) {
      it.problem = "files cannot be fetched by " + std::string{scheme} + "; https, ssh and file can be used";
    } else if (scheme.starts_with("http") && !url.ends_with(".git")) {
      it.problem = "only git repositories can be fetched, and the address of one ends with .git";
    }
  } else if (url.find("::") != std::string_view::npos && url.find('/') > url.find("::")) {
    it.problem = "helpers of git that run programs are not used";
  } else if (scp_form(url)) {
    it.transport = "ssh";
  } else if (url.starts_with("github.com/")) {
    it.transport = "https";
  } else if (url.ends_with(".git")) {
    it.transport = "file";
  } else {
    return std::nullopt;
  }
  it.url = (url.starts_with("github.com/") ? "https://" : "") + std::string{url};
  if (it.problem.empty()) set_fragment(it, fragment);
  if (it.problem.empty() && (it.url.starts_with('-') || host_of(it.url).starts_with('-') || !printable(it.url))) {
    it.problem = "this is not the address of a repository";
  }
  return it;
}

bool is_remote(std::string_view context) {
  static constexpr std::array<std::string_view, 5> kPrefixes{"git@", "github.com/", "http:", "https:", "ssh:"};
  if (context.find("://") != std::string_view::npos) return true;
  for (const auto prefix : kPrefixes) {
    if (context.starts_with(prefix)) return true;
  }
  return false;
}

}  // namespace stack::compose
