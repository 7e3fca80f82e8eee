#include "engine/core/init_program.h"

#include <algorithm>

#include <sys/stat.h>

#include "base/error.h"
#include "base/file.h"
#include "engine/sandbox/child_init.h"

namespace stack::core {
namespace {

constexpr std::size_t kProgramBytesMax = 64 << 20;
constexpr unsigned kMode = 0755;

}  // namespace

void keep_init_program(const Options& options) {
  const auto content = read_file(options.shim_program, kProgramBytesMax);
  if (!content) throw Error(ErrorKind::not_found, "reading " + options.shim_program.string());
  const std::filesystem::path copy = options.init_program();
  if (read_file(copy, kProgramBytesMax) != content) replace_file(copy, *content, Durable::no, kMode);
}

void mount_init_program(const Options& options, sandbox::LaunchInput& input) {
  const std::string source = options.init_program();
  std::vector<model::Mount>& mounts = input.spec.mounts;
  const bool taken =
      std::ranges::any_of(mounts, [](const model::Mount& mount) { return mount.target == sandbox::kInitProgram; });
  struct stat there {};
  if (taken || ::stat(source.c_str(), &there) != 0) return;
  input.bind_sources.push_back({mounts.size(), source, true, true});
  mounts.push_back({.kind = model::MountKind::bind,
                    .source = source,
                    .target = sandbox::kInitProgram,
                    .read_only = true,
                    .create_host_path = false});
}

}  // namespace stack::core
