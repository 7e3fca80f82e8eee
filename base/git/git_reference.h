// The address of a git repository, and what of it is meant. Pure.
//
//   https://HOST/PATH.git[#REF[:SUBDIR]]   ssh://[USER@]HOST/PATH   git://HOST/PATH   USER@HOST:PATH
//   ...?branch=NAME | tag=NAME | ref=REF, subdir=PATH, checksum=COMMIT (or commit=COMMIT), keep-git-dir[=BOOL], submodules[=BOOL], joined
//   by "&", in the place of "#REF:SUBDIR"
//
// REF is a branch, a tag, a full name below refs/, or a whole commit id. What could reach git as an option, as a transport that runs
// programs, or as something else than a name is refused.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace stack::git {

struct GitReference {
  std::string url;        // as git takes it
  std::string transport;  // https, http, ssh, git or file
  std::string ref;        // empty: what HEAD is there
  std::string subdir;     // clean, relative to the top, which ".." does not leave; empty: the top
  std::string checksum;   // the commit, or the beginning of one, that it has to be; empty: any
  bool keep_git_dir = false;
  bool submodules = true;
  std::string problem;  // not empty: why it is refused
  bool operator==(const GitReference&) const = default;
};

// Nothing for what is no git address: another scheme, a web address without ".git" at its end, a path.
std::optional<GitReference> parse_git_reference(std::string_view text);

// The same of a context of a build, and of a repository at "github.com/", which needs neither a scheme nor ".git".
std::optional<GitReference> parse_git_context(const std::string& text);

// USER@HOST:PATH, which is no URL.
bool is_scp_form(std::string_view text);
// Takes "REF:SUBDIR"; either may be empty.
void set_fragment(GitReference& reference, std::string_view fragment);
// Notes a problem when the address, set already, could be more than one.
void check_address(GitReference& reference);
// 40 or 64 lower case hexadecimal digits.
bool is_commit_id(std::string_view text);
// "HOST" or "HOST:PORT" of its URL.
std::string host_of(std::string_view url);
// Neither blanks nor control characters.
bool is_printable(std::string_view text);
// The transports by which git may reach it, with colons between them: a server of http may lead on to https.
std::string transports_of(const GitReference& reference);

}  // namespace stack::git
