// What a build wants from other places, and what its user lends for that. Plain values; any thread.
#pragma once

#include <map>
#include <string>

#include "base/git/git_reference.h"

namespace stack::fetch {

// A file of the web.
struct FileWish {
  std::string url;        // http or https; a user and a password in it go to its own host only
  std::string file_name;  // the name that it gets: one component
  std::string checksum;   // "sha256:<64 hex>"; empty: any content will do
  bool operator==(const FileWish&) const = default;
};

// What a git repository holds at one commit, submodules included.
struct TreeWish {
  git::GitReference reference;  // without a problem; its folder is for who reads the tree
  bool git_folder = false;      // with the folder .git, which its reference may ask for as well
  bool operator==(const TreeWish&) const = default;
};

// "tool.tar.gz" of "https://host/a/tool.tar.gz?x": the last component of the path, or "__unnamed__", as BuildKit names it. Pure.
std::string file_name_of(const std::string& url);

// What the user of the build lends: no record, log or message has any of it.
struct FetchRights {
  std::map<std::string, std::string> proxies;      // http_proxy..., where the engine has none of its own
  std::string ssh_agent;                           // a socket; empty: there are no keys
  std::map<std::string, std::string> git_secrets;  // base/git/git_secrets.h
};

}  // namespace stack::fetch
