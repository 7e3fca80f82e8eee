// A log's file as a disk may give it back: any bytes are read to an end, forwards and by tail.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include "base/error.h"
#include "base/unique_fd.h"
#include "engine/logs/reader.h"
#include "engine/logs/writer.h"

namespace {

// Gone with the program, however it ends but by a kill.
struct Folder {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("stack-fuzz-logs." + std::to_string(::getpid()));
  Folder() { std::filesystem::create_directories(path); }
  ~Folder() { std::filesystem::remove_all(path); }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Folder folder;
  std::ofstream(folder.path / "log.1", std::ios::binary | std::ios::trunc)
      .write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
  stack::logs::Reader reader(folder.path);
  try {
    for (stack::logs::Cursor cursor : {reader.begin(), reader.tail(2), reader.end()}) {
      std::vector<stack::logs::Entry> entries;
      // A record has at least a byte: more rounds than bytes would be no progress.
      std::size_t rounds = 0;
      while (reader.read(cursor, {}, entries, 64)) {
        if (++rounds > size + 1) std::abort();
      }
    }
  } catch (const stack::Error&) {
    return 0;
  }
  // The next run's writer goes on behind it, and what it writes is read.
  const stack::UniqueFd where{::open(folder.path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
  {
    stack::logs::Writer writer;
    if (!writer.open(where, {.max_bytes = 1 << 20, .max_files = 3, .prompt = true})) std::abort();
    writer.append(stack::logs::Stream::out, "again\n", 6, 1);
  }
  stack::logs::Reader after(folder.path);
  stack::logs::Cursor cursor = after.tail(1);
  std::vector<stack::logs::Entry> last;
  while (after.read(cursor, {}, last)) continue;
  if (last.empty() || last.back().text != "again") std::abort();
  std::filesystem::remove(folder.path / "log.2");
  return 0;
}
