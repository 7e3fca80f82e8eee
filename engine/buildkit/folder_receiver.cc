#include "engine/buildkit/folder_receiver.h"

#include <deque>
#include <memory>
#include <utility>

#include "engine/buildkit/file_methods.h"
#include "engine/buildkit/folder_writer.h"
#include "engine/buildkit/messages/session.pb.h"

namespace stack::buildkit {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kBatch = 1 << 20;  // bytes of messages that go to the pool at once
constexpr std::size_t kBatchMessages = 4096;

Headers metadata_of(const FolderWish& wish) {
  Headers headers;
  add_metadata(headers, "dir-name", {wish.name});
  if (!wish.includes.empty()) add_metadata(headers, "include-patterns", wish.includes);
  if (!wish.excludes.empty()) add_metadata(headers, "exclude-patterns", wish.excludes);
  if (!wish.follow.empty()) add_metadata(headers, "followpaths", wish.follow);
  return headers;
}

FileStat stat_of(const wire::Stat& stat) {
  return {
      .path = stat.path(), .mode = stat.mode(), .size = stat.size(), .modified = stat.modified(), .link = stat.link()};
}

std::string packet(wire::Packet::Type type, std::uint32_t id = 0) {
  wire::Packet packet;
  packet.set_type(type);
  packet.set_id(id);
  return packet.SerializeAsString();
}

// What has come and what is asked for. Batches of packets are played on the pool, one at a time.
class Transfer {
 public:
  explicit Transfer(UniqueFd into) : writer_(std::move(into)) {}

  // On the pool.
  void play(const std::vector<std::string>& messages) {
    for (const std::string& message : messages) {
      wire::Packet packet;
      if (!packet.ParseFromString(message)) throw Error(ErrorKind::invalid, "the client sent a packet that is none");
      take(packet);
    }
    while (!waiting_.empty() && asked_.size() < FolderWriter::kOpenMax) {
      auto [id, stat] = std::move(waiting_.front());
      waiting_.pop_front();
      writer_.open(id, stat);
      asked_.insert(id);
      ask_.push_back(id);
    }
  }
  // On the loop, between two batches.
  std::vector<std::uint32_t> take_questions() { return std::exchange(ask_, {}); }
  [[nodiscard]] bool complete() const { return stats_ended_ && waiting_.empty() && asked_.empty(); }
  [[nodiscard]] bool over() const { return over_; }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  [[nodiscard]] std::uint64_t size() const { return writer_.size(); }

 private:
  void take(const wire::Packet& packet) {
    switch (packet.type()) {
      case wire::Packet::STAT:
        return take_stat(packet);
      case wire::Packet::DATA:
        return take_data(packet);
      case wire::Packet::FIN:
        over_ = true;
        return;
      case wire::Packet::ERROR:
        throw Error(ErrorKind::invalid, "the client cannot send its files: " + packet.data().substr(0, 4096));
      default:
        throw Error(ErrorKind::invalid, "the client sent a packet of a kind that it does not send");
    }
  }
  void take_stat(const wire::Packet& packet) {
    if (stats_ended_) throw Error(ErrorKind::invalid, "the client names more files after the last one");
    bytes_ += packet.ByteSizeLong();
    if (!packet.has_stat()) {
      stats_ended_ = true;
      return writer_.end_stats();
    }
    const std::uint32_t id = next_++;
    FileStat stat = stat_of(packet.stat());
    if (writer_.add(stat)) waiting_.emplace_back(id, std::move(stat));
  }
  void take_data(const wire::Packet& packet) {
    bytes_ += packet.ByteSizeLong();
    if (!packet.data().empty()) return writer_.write(packet.id(), packet.data());
    writer_.close(packet.id());
    asked_.erase(packet.id());
  }

  FolderWriter writer_;
  std::deque<std::pair<std::uint32_t, FileStat>> waiting_;
  std::set<std::uint32_t> asked_;
  std::vector<std::uint32_t> ask_;
  std::uint32_t next_ = 0;
  std::uint64_t bytes_ = 0;
  bool stats_ended_ = false, over_ = false;
};

}  // namespace

asio::awaitable<std::uint64_t> receive_folder(ClientSession& session, FolderWish wish, UniqueFd into,
                                              async::ThreadPool& pool, std::function<void(std::uint64_t)> on_bytes) {
  const auto stream = session.open(kReadFolderMethod, metadata_of(wish));
  const auto transfer = std::make_shared<Transfer>(std::move(into));
  bool said_end = false;
  while (!transfer->over()) {
    std::vector<std::string> messages;
    auto first = co_await stream->receive();
    if (!first) throw Error(ErrorKind::unavailable, "the client sends no more files, before the last one");
    std::size_t bytes = first->size();
    messages.push_back(std::move(*first));
    while (bytes < kBatch && messages.size() < kBatchMessages) {
      auto more = stream->receive_ready();
      if (!more) break;
      bytes += more->size();
      messages.push_back(std::move(*more));
    }
    auto work = [transfer, &messages] { transfer->play(messages); };
    co_await pool.run(std::move(work));
    if (on_bytes) on_bytes(transfer->bytes());
    for (const std::uint32_t id : transfer->take_questions()) co_await stream->send(packet(wire::Packet::REQUEST, id));
    if (transfer->complete() && !std::exchange(said_end, true)) co_await stream->send(packet(wire::Packet::FIN));
  }
  stream->end();
  while (co_await stream->receive()) {
  }
  co_return transfer->size();
}

}  // namespace stack::buildkit
