#include "engine/core/log_tail.h"

#include <boost/asio/io_context.hpp>

namespace stack::core {

namespace asio = boost::asio;

LogTail::LogTail(asio::io_context& loop, async::ThreadPool& workers, LogWatches& watches,
                 const std::filesystem::path& folder, OnOutput on_output, From from)
    : workers_(workers),
      wake_(loop),
      reader_(folder),
      cursor_(from == From::begin ? reader_.begin() : reader_.end()),
      on_output_(std::move(on_output)),
      watch_(watches.watch(folder, [this] { wake(); })) {}

void LogTail::wake() {
  changed_ = true;
  wake_.notify_all();
}

void LogTail::end() {
  ended_ = true;
  wake();
}

asio::awaitable<void> LogTail::run() {
  for (;;) {
    // What was complete when the reading began is all there is.
    const bool last = ended_;
    changed_ = false;
    while (co_await read()) {
    }
    if (last) co_return;
    while (!changed_) co_await wake_.wait();
  }
}

// False at the end of what is written.
asio::awaitable<bool> LogTail::read() {
  struct Chunk {
    std::vector<logs::Entry> entries;
    bool more = false;
  };
  auto work = [this] {
    Chunk chunk;
    chunk.more = reader_.read(cursor_, {}, chunk.entries);
    return chunk;
  };
  if (ready_) co_await ready_();
  Chunk chunk = co_await workers_.run(std::move(work));
  for (logs::Entry& entry : chunk.entries) {
    if (!entry.partial && !entry.no_newline) entry.text += '\n';
    on_output_(entry.stream == logs::Stream::err ? 2 : 1, entry.text);
  }
  co_return chunk.more;
}

}  // namespace stack::core
