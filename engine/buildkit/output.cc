#include "engine/buildkit/output.h"

#include <array>

#include "base/error.h"
#include "base/split.h"
#include "base/truth.h"

namespace stack::buildkit {
namespace {

using Attributes = google::protobuf::Map<std::string, std::string>;

Output::Kind kind_of(const std::string& type) {
  if (type == "moby" || type == "image") return Output::Kind::image;
  if (type == "local") return Output::Kind::folder;
  if (type == "tar") return Output::Kind::tar;
  if (type == "oci" || type == "docker") return Output::Kind::archive;  // one is both
  throw Error(ErrorKind::unsupported, "the output type=" + type + " is not supported")
      .remedy("use type=image, oci, docker, local or tar");
}

// Those that change nothing here: layers are stored unpacked, there is one place for them, and one platform in a result.
bool changes_nothing(const std::string& name) {
  static constexpr std::array<std::string_view, 6> kNames{
      "unpack", "store", "push", "platform-split", "dangling-name-prefix", "name-canonical"};
  for (const std::string_view each : kNames) {
    if (name == each) return true;
  }
  return false;
}

void take(Output& output, const std::string& name, const std::string& value) {
  const bool named = output.kind == Output::Kind::image || output.kind == Output::Kind::archive;
  if (name == "name" && named) {
    for (std::string& each : split_list(value)) output.names.push_back(std::move(each));
  } else if (name == "tar" && output.kind == Output::Kind::archive) {
    if (parse_truth(value) == true || value.empty()) return;
    throw Error(ErrorKind::unsupported, "the output's tar=" + value + " is not supported").remedy("unpack the archive");
  } else if (name == "push" && parse_truth(value) == true) {
    throw Error(ErrorKind::unsupported, "the output's push=true is not supported").remedy("push it afterwards");
  } else if (!changes_nothing(name) && name != "name" && !value.empty()) {
    throw Error(ErrorKind::unsupported, "the attribute " + name + "=" + value + " of the output is not supported")
        .remedy("leave it out");
  }
}

Output output_of(const std::string& type, const Attributes& attributes, int number) {
  Output output{.kind = kind_of(type), .names = {}, .number = number};
  for (const auto& [name, value] : attributes) {
    // Docker's clients push by themselves what an engine of Docker's own has built.
    if (type != "moby" || name != "push") take(output, name, value);
  }
  return output;
}

}  // namespace

std::vector<Output> read_outputs(const wire::SolveRequest& request) {
  std::vector<Output> all;
  for (const auto& each : request.exporters())
    all.push_back(output_of(each.type(), each.attributes(), static_cast<int>(all.size())));
  if (all.empty() && !request.exporter().empty())
    all.push_back(output_of(request.exporter(), request.exporter_attributes(), 0));
  return all;
}

}  // namespace stack::buildkit
