#include "cli/commands/init.h"

#include <filesystem>
#include <iostream>

#include <fcntl.h>

#include "base/error.h"
#include "base/file.h"
#include "compose/draft/draft.h"
#include "compose/load/discover.h"
#include "compose/model/project_names.h"
#include "compose/remote/system_files.h"

namespace stack::cli {
namespace {

namespace fs = std::filesystem;

// What opens the file makes it: one that somebody else has made meanwhile stays as it is.
void write_new(const fs::path& path, const std::string& text) {
  const UniqueFd file{::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666)};
  if (!file && errno == EEXIST)
    throw Error(ErrorKind::conflict, path.string() + " exists already").remedy("change it, or remove it first");
  if (!file) throw Error::from_errno(errno, "making " + path.string());
  try {
    write_all(file, text, "writing " + path.string());
  } catch (...) {
    std::error_code ignored;
    fs::remove(path, ignored);
    throw;
  }
}

void tell(const fs::path& path, const compose::FolderFacts& facts) {
  std::cout << "Wrote " << path.string() << "\n";
  const std::vector<std::string> names = compose::service_names(facts);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const compose::Program& program = facts.programs[i];
    const std::string folder = program.folder == "." ? "" : program.folder + "/";
    std::cout << "  " << names[i] << "  by " << folder << program.found_by << "\n";
  }
  if (facts.programs.empty()) std::cout << "  no program was found: it holds an example\n";
  std::cout << "Read it, then start it with: stack up\n";
}

}  // namespace

int init(Session& session, const InitFlags& flags) {
  const GlobalOptions& options = session.options();
  if (options.files.size() > 1) throw Error(ErrorKind::invalid, "init writes one file, and --file names several");
  const bool to_output = !options.files.empty() && options.files.front() == "-";
  // Paths in the file are relative to its folder.
  fs::path folder = options.project_directory;
  if (folder.empty() && !options.files.empty() && !to_output) folder = fs::path{options.files.front()}.parent_path();
  if (folder.empty()) folder = ".";
  const fs::path path = options.files.empty() ? folder / "compose.yaml" : fs::path{options.files.front()};
  if (options.files.empty()) {
    compose::SystemFiles files;
    if (const std::string there = compose::main_file_in(fs::absolute(folder).lexically_normal().string(), files);
        !there.empty())
      throw Error(ErrorKind::conflict, there + " exists already")
          .remedy("change it, or have another one written: stack -f FILE init");
  }
  compose::FolderFacts facts = compose::look_around(folder);
  if (!options.project_name.empty()) {
    facts.name = options.project_name;
    if (facts.name != compose::normal_project_name(facts.name))
      throw Error(ErrorKind::invalid, "\"" + facts.name + "\" cannot be a project's name")
          .remedy(compose::kProjectNameRule);
  }
  const std::string text = compose::draft_compose_file(facts);
  if (options.dry_run || to_output) {
    std::cout << text;
    return 0;
  }
  write_new(path, text);
  if (!flags.quiet) tell(path.lexically_normal(), facts);
  return 0;
}

}  // namespace stack::cli
