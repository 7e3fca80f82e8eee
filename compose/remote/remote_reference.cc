#include "compose/remote/remote_reference.h"

#include <algorithm>
#include <array>

#include "base/path_text.h"

namespace stack::compose {
namespace {

// Other than a build's context, a project is not looked for from the repository's top on: as with Docker Compose.
bool leads_out(std::string_view fragment) {
  const auto colon = fragment.find(':');
  if (colon == std::string_view::npos || colon + 1 == fragment.size()) return false;
  const std::string folder = clean_path(fragment.substr(colon + 1));
  return folder.starts_with('/') || folder == ".." || folder.starts_with("../");
}

}  // namespace

std::optional<RemoteReference> parse_remote(std::string_view text) {
  RemoteReference it;
  if (text.starts_with("oci://")) {
    it.kind = RemoteKind::oci;
    it.url = text;
    if (!git::is_printable(text) || text.size() == std::string_view{"oci://"}.size())
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
  } else if (git::is_scp_form(url)) {
    it.transport = "ssh";
  } else if (url.starts_with("github.com/")) {
    it.transport = "https";
  } else if (url.ends_with(".git")) {
    it.transport = "file";
  } else {
    return std::nullopt;
  }
  it.url = (url.starts_with("github.com/") ? "https://" : "") + std::string{url};
  if (it.problem.empty() && leads_out(fragment))
    it.problem = "\"" + std::string{fragment.substr(fragment.find(':') + 1)} + "\" is not a folder of the repository";
  if (it.problem.empty()) git::set_fragment(it, fragment);
  if (it.problem.empty()) git::check_address(it);
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
