// What a build says, as BuildKit's clients show it: vertices with their times, outputs, warnings; kept until the client takes it.
//
// Written by one build, read by the call Control/Status of its client, which may come before the build or after its end. Of a client that
// reads slower than a step writes, output is left out and said to be, and progress in between. Loop thread only.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>

#include "base/async/event.h"
#include "base/clock.h"
#include "base/ids.h"
#include "engine/api/build_backend.h"

namespace stack::buildkit {

namespace wire {
class StatusResponse;
class Timestamp;
}  // namespace wire

// What is shown of the Dockerfile beside a warning or an error.
struct SourceText {
  std::string file, text;
};

class BuildLog {
 public:
  static constexpr std::size_t kBehindMax = 1 << 20;  // bytes

  BuildLog(boost::asio::io_context& loop, const Clock& clock, RandomSource random);

  // Steps that are not the builder's: what is received, what is written. The handle is for the others.
  int begin(const std::string& name);
  void end(int vertex, const std::string& error = {});
  // "transferring context: 12.3kB", while it grows and at its end.
  void progress(int vertex, const std::string& what, std::uint64_t current, bool done);

  // The last events end nothing here: close() does.
  void take(const api::BuildEvent& event, const SourceText& source);
  void warn(const std::string& text);
  void close();

  // Serialised StatusResponses, the oldest first.
  [[nodiscard]] std::optional<std::string> next();
  [[nodiscard]] bool closed() const { return closed_; }
  async::Event changed;

 private:
  struct Vertex {
    std::string digest, name;
    std::optional<Wall> started;
    bool over = false;
    std::map<std::string, Wall> statuses;  // begun, by their names
  };
  struct Take;
  Vertex& vertex_of_step(int step, const std::string& name);
  void put(const wire::StatusResponse& response);
  void put_start(Vertex& vertex);
  void put_end(Vertex& vertex, bool cached, const std::string& error);
  void put_output(Vertex& vertex, int stream, const std::string& bytes);
  void put_status(Vertex& vertex, const std::string& name, std::uint64_t current, std::uint64_t total, bool done);
  std::string new_digest() const { return "sha256:" + new_id(random_); }

  const Clock& clock_;
  const RandomSource random_;
  std::map<int, Vertex> vertices_;  // steps by their numbers, others by negative ones
  int others_ = 0;
  std::deque<std::string> waiting_;
  std::size_t waiting_bytes_ = 0;
  std::map<int, std::uint64_t> left_out_;  // bytes of output, by step
  bool closed_ = false;
};

}  // namespace stack::buildkit
