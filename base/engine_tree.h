// Who may see what of an engine's folders: one table for everything below its root and its run folder. Whoever makes one of
// these asks here for its mode; `correct` repairs what an earlier version or a careless hand has left otherwise.
//
// Containers' files are behind folders of mode 0700, because among them may be programs that are setuid for a user of the
// container, and that user's number means somebody on the host too. Any thread.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace stack::tree {

enum class Place { root, run };
enum class Kind { folder, file, socket };

struct Row {
  Place place;
  std::string_view path;  // below the place; "*" for each name of a folder; empty: the place itself
  Kind kind;
  mode_t mode;
  std::string_view purpose;
};

inline constexpr mode_t kPrivateFolder = 0700, kPrivateFile = 0600;

std::span<const Row> rows();

// Makes a folder of its own mode, whatever the umask, with the folders above it; one that is there gets that mode. Throws
// stack::Error.
void make_folder(const std::filesystem::path& path, mode_t mode = kPrivateFolder);
// Makes an empty private file where there is none; one that is there becomes private. Throws stack::Error.
void make_private_file(const std::filesystem::path& path);

// The first thing that an engine makes in its root, so that whatever a start that was killed leaves there is known as an engine's.
inline constexpr std::string_view kRootMark = "engine.lock";
// Whether a folder is an engine's root: it has the mark, or a state.db of a version that made none.
bool is_root(const std::filesystem::path& folder);
// Whether a folder may become an engine's root: one already, missing, empty, or with nothing in it that is not of the table. It is
// about to be closed to everybody else.
bool may_be_root(const std::filesystem::path& folder);

// Gives what is there of the table its mode, and to root. Symbolic links are followed only for what is no "*". What could
// not be corrected is returned, a line for each: it is no reason not to start.
// A run folder that is shared with the machine, as /tmp is, keeps its mode.
std::vector<std::string> correct(const std::filesystem::path& root, const std::filesystem::path& run);

}  // namespace stack::tree
