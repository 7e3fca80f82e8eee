// What a folder of source code says of itself: enough to draft a Compose file for it. A plain value; look_around() reads it.
#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace stack::compose {

// What a program is written in or served by, as its files tell.
enum class Stack { dockerfile, node, python, go, rust, maven, gradle, ruby, php, pages };

// What a program stores things in, as its dependencies tell.
enum class Store { postgres, mysql, mongo, redis, rabbitmq };

struct Program {
  std::string folder;  // relative to the one that was looked at, "." for itself
  Stack stack = Stack::pages;
  std::string found_by;              // the file that tells, relative to `folder`
  std::vector<std::string> command;  // of the shell, one after the other; empty: the image's
  std::vector<int> ports;            // that it listens on; empty: not known
  std::set<Store> stores;
  bool operator==(const Program&) const = default;
};

struct FolderFacts {
  std::string name;  // of the folder, as a project's name
  std::vector<Program> programs;
  bool operator==(const FolderFacts&) const = default;
};

// One program when the folder itself is one, else those of the folders in it, in the order of their names. Links are not followed, of a
// file only the first MB is read, and what cannot be read counts as not there. Throws stack::Error when the folder cannot be listed.
FolderFacts look_around(const std::filesystem::path& folder);

}  // namespace stack::compose
