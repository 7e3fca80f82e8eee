// One stage of a Dockerfile after another, each turned into nodes and a configuration. The working half of plan_build(); used nowhere else.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/dockerfile/build_arguments.h"
#include "engine/build/build_plan.h"
#include "engine/build/emulation.h"
#include "engine/build/history_text.h"
#include "engine/image/change.h"

namespace stack::build {

dockerfile::PlatformName name_of(const image::Platform& platform);
// Of "NAME=value" each.
dockerfile::Variables variables_of(const std::vector<std::string>& env);

// What a stage has become; another one may begin with it.
struct StageResult {
  NodeId node = 0;
  model::Image image;
  std::vector<image::HistoryStep> base_history;
  std::vector<HistoryEntry> history;
  std::optional<dockerfile::StageScope> scope;
  SeenArguments arguments;
};

class StagePlanner {
 public:
  // All outlive it.
  StagePlanner(const dockerfile::Dockerfile& file, const model::BuildSpec& spec, const BaseImages& images,
               const RunPlatforms& machine);

  // Null when it cannot be planned; then there are problems or missing images. A stage is planned once.
  const StageResult* stage(std::size_t index);
  void problem(const dockerfile::Range& range, std::string code, std::string message, std::string remedy = {});

  std::vector<Node> nodes;
  dockerfile::Problems problems;
  std::vector<WantedImage> missing;

 private:
  friend class StageRun;
  std::optional<StageResult> plan(std::size_t index);
  std::optional<StageResult> begin(std::size_t index, const dockerfile::Stage& stage, const image::Platform& platform);
  std::optional<StageResult> begin_with_image(std::size_t index, const std::string& reference,
                                              const image::Platform& platform);
  // The files that `name` of --from or a mount stands for.
  std::optional<FileSource> source_of(std::size_t stage, const std::string& name, const dockerfile::Range& range);
  const BaseImage* image_of(const WantedImage& wanted);
  NodeId add(Node node);
  // As steps have it in their names: empty for the only stage.
  [[nodiscard]] std::string display_name(std::size_t index) const;
  // The step that a stage begins with: "FROM docker.io/library/debian:12".
  [[nodiscard]] std::string base_text(NodeId node) const;
  [[nodiscard]] std::string slot(std::size_t index, std::size_t step) const;
  [[nodiscard]] bool no_cache(std::size_t index) const;

  const dockerfile::Dockerfile& file_;
  const model::BuildSpec& spec_;
  const BaseImages& images_;
  const RunPlatforms machine_;
  const image::Platform target_;
  dockerfile::GlobalScope global_;
  dockerfile::Variables arguments_;  // --build-arg
  std::map<std::size_t, std::optional<StageResult>> stages_;
  std::map<std::string, NodeId> image_nodes_;
};

// The platform that is built for: the first that is asked for, or this machine's.
image::Platform target_platform(const model::BuildSpec& spec, const image::Platform& host);

}  // namespace stack::build
