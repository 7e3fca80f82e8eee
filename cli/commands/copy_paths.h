// What the two paths of a copy mean, by docker cp's rules. Pure.
//
//   source is   destination           becomes
//   a file      missing               the file of that name; one that ends in "/" is refused
//   a file      a file                replaces it
//   a file      a folder              lies in it
//   a folder    missing               the folder of that name
//   a folder    a file                refused
//   a folder    a folder              lies in it; a source that ends in "/." only with its content
#pragma once

#include <string>

namespace stack::cli {

// One of the two words: "web:/etc/x", or a path of this machine with an empty container. A colon behind a "/" or "." at the beginning
// belongs to the path.
struct CopyPlace {
  std::string container, path;
};
CopyPlace parse_copy_place(const std::string& word);

// The last part of a path, "." for one that ends in it, and the folder that has it.
struct PathParts {
  std::string folder, name;
};
PathParts parts_of(const std::string& path);
bool asserts_folder(const std::string& path);  // ends in "/" or "/."
// `clean`, as `path` ends: with "/", with "/.", or without either.
std::string ending_like(std::string clean, const std::string& path);
std::string last_part(const std::string& path);  // "b" of "a/b/", "." of "a/.", "/" of "/"

struct CopySource {
  std::string path;
  bool is_folder = false;
  std::string called;  // when not by the path's last part
};
struct CopyTarget {
  std::string path;
  bool exists = false, is_folder = false;
};
// Into which folder, and under which name; "." is the content of a folder.
struct Landing {
  std::string folder, name;
};
// Throws stack::Error(invalid) in docker cp's words: "cannot copy directory", "no such directory".
Landing landing_of(const CopySource& source, const CopyTarget& target);

// Where a link leads that was found at `path`.
std::string target_path(const std::string& path, const std::string& link);

// An entry of an archive whose names begin with `old_name`, with the new one instead.
std::string renamed_entry(const std::string& entry, const std::string& old_name, const std::string& new_name);

}  // namespace stack::cli
