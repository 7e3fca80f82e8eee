// What a client of BuildKit's protocol sends: bytes of an HTTP/2 connection, and packets that describe its files, which are written below
// a folder of the test's own. Nothing may leave that folder.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/io_context.hpp>
#include <fcntl.h>
#include <unistd.h>

#include "base/error.h"
#include "engine/buildkit/folder_writer.h"
#include "engine/buildkit/frontend_request.h"
#include "engine/buildkit/grpc_stream.h"
#include "engine/buildkit/h2_connection.h"
#include "engine/buildkit/messages/gateway.pb.h"
#include "engine/buildkit/messages/session.pb.h"

namespace {

namespace fs = std::filesystem;
using namespace stack;
using namespace stack::buildkit;

void hear(std::string_view bytes, std::size_t step) {
  boost::asio::io_context loop;
  async::SystemTimekeeper time{loop};
  const H2Connection::Transport transport{
      .write = [](const std::string&) {}, .full = [] { return false; }, .close = {}};
  H2Connection server{loop, H2Connection::Role::server, transport, [&](const std::shared_ptr<H2Stream>& stream) {
                        GrpcStream call{stream, GrpcStream::Side::server, time, std::chrono::seconds{1}};
                        try {
                          while (call.receive_ready()) {
                          }
                          call.finish({});
                        } catch (const Error& error) {
                          call.finish(grpc_status_of(error));
                        }
                      }};
  server.take("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  for (std::size_t at = 0; at < bytes.size(); at += step) server.take(bytes.substr(at, step));
}

// Each packet behind a byte with its length.
void receive(std::string_view bytes) {
  std::string name = (fs::temp_directory_path() / "fuzz-buildkit-XXXXXX").string();
  const fs::path base = ::mkdtemp(name.data());
  fs::create_directory(base / "root");
  try {
    FolderWriter writer{UniqueFd{::open((base / "root").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)}};
    std::uint32_t id = 0;
    for (std::size_t at = 0; at < bytes.size();) {
      const std::size_t length = static_cast<unsigned char>(bytes[at]);
      wire::Packet packet;
      const std::string_view part = bytes.substr(std::min(at + 1, bytes.size()), length);
      at += 1 + length;
      if (!packet.ParseFromArray(part.data(), static_cast<int>(part.size()))) continue;
      const auto& stat = packet.stat();
      const FileStat file{.path = stat.path(),
                          .mode = stat.mode(),
                          .size = stat.size(),
                          .modified = stat.modified(),
                          .link = stat.link()};
      if (writer.add(file)) {
        writer.open(id, file);
        writer.write(id, packet.data().substr(0, 4096));
        writer.close(id);
      }
      ++id;
    }
    writer.end_stats();
  } catch (const Error&) {
    // Refused, which is as good.
  }
  for (const auto& each : fs::directory_iterator{base}) {
    if (each.path().filename() != "root") std::abort();
  }
  fs::remove_all(base);
}

void read_options(std::string_view bytes) {
  wire::GatewaySolveRequest request;
  if (!request.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return;
  try {
    read_frontend_request({request.frontend_options().begin(), request.frontend_options().end()}, {});
  } catch (const Error&) {
    // Refused by name.
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes{reinterpret_cast<const char*>(data) + 1, size - 1};
  switch (data[0] % 3) {
    case 0:
      hear(bytes, 1 + data[0] / 3);
      break;
    case 1:
      receive(bytes);
      break;
    default:
      read_options(bytes);
      break;
  }
  return 0;
}
