#include "base/git/git_reference.h"

#include <algorithm>

#include "base/path_text.h"
#include "base/percent.h"
#include "base/truth.h"

namespace stack::git {
namespace {

bool name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

bool is_hex(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

// Names of branches, tags and commits by the rules of git-check-ref-format(1), so nothing that git would read as a range, a pattern or
// two names; and no option, nor the "+" in front with which a refspec forces.
bool is_ref_name(std::string_view ref) {
  if (ref.empty() || ref == "@" || ref.starts_with('-') || ref.starts_with('+') || ref.ends_with('.')) return false;
  for (const std::string_view never : {"..", "@{", "//"})
    if (ref.find(never) != std::string_view::npos) return false;
  for (std::size_t at = 0; at <= ref.size();) {
    const std::size_t end = std::min(ref.find('/', at), ref.size());
    const std::string_view part = ref.substr(at, end - at);
    if (part.empty() || part.starts_with('.') || part.ends_with(".lock")) return false;
    at = end + 1;
  }
  return is_printable(ref) && ref.find_first_of("~^:?*[\\") == std::string_view::npos;
}

// Blanks are nothing special in the name of a folder; control characters could be lines of a protocol.
bool is_folder_name(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

void set_ref(GitReference& it, std::string ref) {
  if (!it.ref.empty() && it.ref != ref) {
    it.problem = "it names two references, \"" + it.ref + "\" and \"" + ref + "\"";
  } else if (!is_ref_name(ref)) {
    it.problem = "\"" + ref + "\" is not the name of a branch, a tag or a commit";
  }
  it.ref = std::move(ref);
}

void set_subdir(GitReference& it, std::string_view text) {
  std::string subdir = clean_path("/" + std::string{text}).substr(1);
  if (!it.subdir.empty() && it.subdir != subdir) {
    it.problem = "it names two folders, \"" + it.subdir + "\" and \"" + subdir + "\"";
  } else if (!is_folder_name(subdir)) {
    it.problem = "\"" + std::string{text} + "\" is not a folder of the repository";
  }
  it.subdir = std::move(subdir);
}

std::string below(std::string_view prefix, std::string value) {
  return value.starts_with(prefix) ? value : std::string{prefix} + value;
}

void set_truth(GitReference& it, const std::string& name, const std::string& value, bool& out) {
  const auto truth = parse_truth(value.empty() ? "true" : value);
  if (!truth) it.problem = "its \"" + name + "\" is \"" + value + "\"; true or false is meant";
  out = truth.value_or(out);
}

void set_pair(GitReference& it, const std::string& name, std::string value) {
  if (name == "keep-git-dir") return set_truth(it, name, value, it.keep_git_dir);
  if (name == "submodules") return set_truth(it, name, value, it.submodules);
  if (value.empty()) {
    it.problem = "its \"" + name + "\" has no value";
  } else if (name == "ref") {
    set_ref(it, std::move(value));
  } else if (name == "branch") {
    set_ref(it, below("refs/heads/", std::move(value)));
  } else if (name == "tag") {
    set_ref(it, below("refs/tags/", std::move(value)));
  } else if (name == "subdir") {
    set_subdir(it, value);
  } else if (name == "checksum" || name == "commit") {
    it.checksum = std::move(value);
    if (it.checksum.size() < 7 || it.checksum.size() > 64 || !is_hex(it.checksum))
      it.problem = "\"" + it.checksum + "\" is not a commit";
  } else {
    it.problem =
        "its \"" + name + "\" is not known; there are ref, branch, tag, subdir, checksum, keep-git-dir and submodules";
  }
}

void set_query(GitReference& it, std::string_view query) {
  for (std::size_t at = 0; at < query.size() && it.problem.empty();) {
    const std::size_t end = std::min(query.find('&', at), query.size());
    const std::string_view pair = query.substr(at, end - at);
    at = end + 1;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    set_pair(it, percent_decode(pair.substr(0, equals)),
             percent_decode(pair.substr(std::min(equals + 1, pair.size()))));
  }
  if (it.ref.empty() && is_commit_id(it.checksum)) it.ref = it.checksum;
}

}  // namespace

bool is_scp_form(std::string_view text) {
  const auto at = text.find('@'), colon = text.find(':');
  if (at == std::string_view::npos || colon == std::string_view::npos || at == 0 || at > colon) return false;
  const auto user = text.substr(0, at), host = text.substr(at + 1, colon - at - 1);
  return std::ranges::all_of(user, name_char) && !host.empty() && std::ranges::all_of(host, name_char) &&
         !text.substr(colon + 1).starts_with("//");
}

bool is_commit_id(std::string_view text) { return (text.size() == 40 || text.size() == 64) && is_hex(text); }

std::string host_of(std::string_view url) {
  const auto start = url.find("://");
  auto host = start == std::string_view::npos ? url : url.substr(start + 3);
  host = host.substr(0, host.find('/'));
  if (const auto at = host.rfind('@'); at != std::string_view::npos) host.remove_prefix(at + 1);
  return std::string{host};
}

bool is_printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) > 0x20 && c != 0x7F; });
}

std::string transports_of(const GitReference& reference) {
  return reference.transport == "http" ? "http:https" : reference.transport;
}

void set_fragment(GitReference& reference, std::string_view fragment) {
  const auto colon = fragment.find(':');
  if (const auto ref = fragment.substr(0, colon); !ref.empty()) set_ref(reference, std::string{ref});
  if (colon != std::string_view::npos) set_subdir(reference, fragment.substr(colon + 1));
}

void check_address(GitReference& reference) {
  const std::string& url = reference.url;
  if (url.starts_with('-') || host_of(url).starts_with('-') || !is_printable(url))
    reference.problem = "this is not the address of a repository";
}

std::optional<GitReference> parse_git_reference(std::string_view text) {
  GitReference it;
  const auto hash = text.find('#');
  const std::string_view whole = text.substr(0, hash);
  const auto question = whole.find('?');
  const std::string_view url = whole.substr(0, question);
  const auto scheme = url.substr(0, url.find("://"));
  if (scheme.size() < url.size()) {
    if (scheme != "https" && scheme != "http" && scheme != "ssh" && scheme != "git") return std::nullopt;
    if (scheme.starts_with("http") && !url.ends_with(".git")) return std::nullopt;
    it.transport = scheme;
  } else if (is_scp_form(url)) {
    it.transport = "ssh";
  } else {
    return std::nullopt;
  }
  it.url = url;
  check_address(it);
  if (it.problem.empty() && hash != std::string_view::npos) set_fragment(it, text.substr(hash + 1));
  if (it.problem.empty() && question != std::string_view::npos) set_query(it, whole.substr(question + 1));
  return it;
}

std::optional<GitReference> parse_git_context(const std::string& text) {
  if (!text.starts_with("github.com/")) return parse_git_reference(text);
  const std::size_t end = std::min(text.find_first_of("#?"), text.size());
  const std::string place = text.substr(0, end);
  return parse_git_reference("https://" + place + (place.ends_with(".git") ? "" : ".git") + text.substr(end));
}

}  // namespace stack::git
