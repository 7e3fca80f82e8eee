#include "engine/buildkit/image_output.h"

#include <algorithm>

#include "base/model/reference.h"
#include "engine/buildkit/archive_sender.h"
#include "engine/buildkit/folder_sender.h"
#include "engine/buildkit/pending.h"

namespace stack::buildkit {

namespace asio = boost::asio;

namespace {

constexpr Nanos kTellEvery = std::chrono::milliseconds{100};

// "docker.io/library/web:1" of "web:1", as BuildKit names images; a tag that is not written stays so.
std::string full_name(const std::string& tag) {
  const model::Reference reference = model::parse_reference(tag);
  return reference.name() + (tag.ends_with(":" + reference.tag) ? ":" + reference.tag : "");
}

}  // namespace

asio::awaitable<void> ImageOutput::deliver(Output output) {
  switch (output.kind) {
    case Output::Kind::image:
      describe(output);
      co_return;
    case Output::Kind::folder:
      co_return co_await send_files(std::move(output));
    case Output::Kind::tar:
      co_return co_await send_tar(std::move(output));
    case Output::Kind::archive:
      co_return co_await send_image(std::move(output));
  }
}

void ImageOutput::describe(const Output& output) {
  const int vertex = solve_.log.begin("exporting to image");
  solve_.log.progress(vertex, "exporting layers", 0, true);
  solve_.log.progress(vertex, "writing image " + image_, 0, true);
  auto& values = *solve_.response_.mutable_exporter_response();
  std::string names;
  for (const std::string& tag : output.names) {
    solve_.log.progress(vertex, "naming to " + full_name(tag), 0, true);
    names += (names.empty() ? "" : ",") + full_name(tag);
  }
  solve_.log.end(vertex);
  values["containerimage.config.digest"] = image_;
  values["containerimage.digest"] = image_;
  if (!names.empty()) values["image.name"] = names;
}

asio::awaitable<void> ImageOutput::send_files(Output output) {
  const Tools& tools = solve_.tools_;
  const int vertex = solve_.log.begin("exporting to client directory");
  const auto pending = std::make_shared<Pending<std::shared_ptr<const UniqueFd>>>(tools.loop);
  tools.builder.files(image_, Pending<std::shared_ptr<const UniqueFd>>::filling(pending));
  const auto root = co_await result_of(pending);
  const auto session = co_await tools.sessions.wait_for(solve_.request_.session());
  std::uint64_t total = 0;
  Mono told{};
  std::function<void(std::uint64_t)> tell = [&](std::uint64_t bytes) {
    solve_.check_alive();
    total = bytes;
    const Mono now = tools.time.mono();
    if (now - told < kTellEvery) return;
    told = now;
    solve_.log.progress(vertex, "copying files", bytes, false);
  };
  co_await send_folder(*session, output.number, *root, tools.pool, std::move(tell));
  solve_.log.progress(vertex, "copying files", total, true);
  solve_.log.end(vertex);
}

asio::awaitable<void> ImageOutput::send_tar(Output output) {
  const int vertex = solve_.log.begin("exporting to client tarball");
  const auto session = co_await solve_.tools_.sessions.wait_for(solve_.request_.session());
  const OpenArchive start = [this](const OpenStream& open) { solve_.tools_.images.export_files(image_, open); };
  const std::uint64_t bytes = co_await send_archive(*session, output.number, solve_.tools_.loop, start);
  solve_.log.progress(vertex, "sending tarball", bytes, true);
  solve_.log.end(vertex);
}

asio::awaitable<void> ImageOutput::send_image(Output output) {
  const int vertex = solve_.log.begin("exporting to an image archive");
  const auto session = co_await solve_.tools_.sessions.wait_for(solve_.request_.session());
  const OpenArchive start = [this, &output](const OpenStream& open) {
    solve_.tools_.images.save_image(image_, output.names, open);
  };
  const std::uint64_t bytes = co_await send_archive(*session, output.number, solve_.tools_.loop, start);
  solve_.log.progress(vertex, "sending tarball", bytes, true);
  solve_.log.end(vertex);
  auto& values = *solve_.response_.mutable_exporter_response();
  values["containerimage.config.digest"] = image_;
  values["containerimage.digest"] = image_;
}

void ImageOutput::finish(const std::vector<Output>& outputs) {
  const bool keep = outputs.empty() ||
                    std::ranges::any_of(outputs, [](const Output& each) { return each.kind == Output::Kind::image; });
  if (!keep && is_new_) solve_.tools_.images.discard(image_);
}

}  // namespace stack::buildkit
