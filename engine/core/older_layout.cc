#include "engine/core/older_layout.h"

#include <filesystem>

#include "base/error.h"

namespace stack::core {

namespace fs = std::filesystem;

void adopt_older_layout(const Options& options) {
  const fs::path older = options.run / "containers";
  std::error_code failed;
  if (!fs::is_directory(older, failed)) return;
  for (const fs::directory_entry& entry : fs::directory_iterator{older, failed}) {
    const fs::path folder = options.container(entry.path().filename().string());
    if (!fs::is_directory(folder, failed)) continue;
    for (const char* name : {"hosts", "hostname", "resolv.conf"}) {
      if (fs::exists(folder / name, failed) || !fs::is_regular_file(entry.path() / name, failed)) continue;
      if (!fs::copy_file(entry.path() / name, folder / name, failed))
        throw Error::from_errno(failed.value(), "copying " + (entry.path() / name).string());
    }
  }
  fs::remove_all(older, failed);
  if (failed) throw Error::from_errno(failed.value(), "removing " + older.string());
}

}  // namespace stack::core
