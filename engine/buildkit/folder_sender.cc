#include "engine/buildkit/folder_sender.h"

#include <deque>
#include <memory>

#include "engine/buildkit/archive_sender.h"
#include "engine/buildkit/file_methods.h"
#include "engine/buildkit/folder_reader.h"

namespace stack::buildkit {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kStatsAtOnce = 512;
constexpr std::size_t kPieceBytes = 256 << 10;

class Sending {
 public:
  Sending(GrpcStream& stream, BorrowedFd root, async::ThreadPool& pool, std::function<void(std::uint64_t)> on_bytes)
      : stream_(stream), root_(root), pool_(pool), on_bytes_(std::move(on_bytes)) {}

  asio::awaitable<void> run() {
    auto open = [this] { return std::make_shared<FolderReader>(root_); };
    reader_ = co_await pool_.run(std::move(open));
    while (!over_) {
      while (const auto message = stream_.receive_ready()) take(*message);
      if (!described_) {
        co_await describe_some();
      } else if (!asked_.empty()) {
        const std::uint32_t number = asked_.front();
        asked_.pop_front();
        co_await send_file(number);
      } else if (!over_) {
        const auto message = co_await stream_.receive();
        if (!message) throw Error(ErrorKind::unavailable, "the client takes no more files, before the last one");
        take(*message);
      }
    }
    wire::Packet last;
    last.set_type(wire::Packet::FIN);
    co_await send(last);
  }

 private:
  void take(const std::string& message) {
    wire::Packet packet;
    if (!packet.ParseFromString(message)) throw Error(ErrorKind::invalid, "the client sent a packet that is none");
    if (packet.type() == wire::Packet::REQUEST) asked_.push_back(packet.id());
    if (packet.type() == wire::Packet::FIN) over_ = true;
    if (packet.type() == wire::Packet::ERROR)
      throw Error(ErrorKind::unavailable, "the client cannot write the files: " + packet.data());
  }

  asio::awaitable<void> send(wire::Packet packet) {
    const std::string bytes = packet.SerializeAsString();
    bytes_ += bytes.size();
    on_bytes_(bytes_);
    co_await stream_.send(bytes);
  }

  asio::awaitable<void> describe_some() {
    auto work = [this] { return reader_->next(kStatsAtOnce); };
    auto stats = co_await pool_.run(std::move(work));
    for (wire::Stat& stat : stats) {
      wire::Packet packet;
      packet.set_type(wire::Packet::STAT);
      *packet.mutable_stat() = std::move(stat);
      co_await send(std::move(packet));
    }
    if (!stats.empty()) co_return;
    described_ = true;
    wire::Packet last;
    last.set_type(wire::Packet::STAT);
    co_await send(std::move(last));
  }

  asio::awaitable<void> send_file(std::uint32_t number) {
    for (bool more = true; more;) {
      auto work = [this, number] { return reader_->read(number, kPieceBytes); };
      std::string piece = co_await pool_.run(std::move(work));
      more = !piece.empty();
      wire::Packet packet;
      packet.set_type(wire::Packet::DATA);
      packet.set_id(number);
      packet.set_data(std::move(piece));
      co_await send(std::move(packet));
    }
  }

  GrpcStream& stream_;
  BorrowedFd root_;
  async::ThreadPool& pool_;
  std::function<void(std::uint64_t)> on_bytes_;
  std::shared_ptr<FolderReader> reader_;
  std::deque<std::uint32_t> asked_;
  std::uint64_t bytes_ = 0;
  bool described_ = false, over_ = false;
};

}  // namespace

asio::awaitable<void> send_folder(ClientSession& session, int number, BorrowedFd root, async::ThreadPool& pool,
                                  std::function<void(std::uint64_t)> on_bytes) {
  const Headers metadata = output_metadata(number);
  const auto stream = session.open(kSendFilesMethod, metadata);
  Sending sending{*stream, root, pool, std::move(on_bytes)};
  co_await sending.run();
  stream->end();
  while (co_await stream->receive()) {
  }
}

}  // namespace stack::buildkit
