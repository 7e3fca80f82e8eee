#include "engine/build/stage_planner.h"

#include <algorithm>

#include "base/dockerfile/base_image.h"
#include "base/dockerfile/expand_instruction.h"
#include "base/error.h"
#include "base/letter_case.h"
#include "base/model/reference.h"
#include "engine/build/stage_run.h"

namespace stack::build {
namespace {

using dockerfile::Severity;

constexpr std::string_view kPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

bool has_path(const std::vector<std::string>& env) {
  return std::ranges::any_of(env, [](const std::string& entry) { return entry.starts_with("PATH="); });
}

std::string from_text(const std::string& reference) {
  return "FROM " + (reference.starts_with("sha256:") ? reference : model::parse_reference(reference).canonical());
}

std::optional<std::size_t> number(const std::string& text) {
  if (text.empty() || text.size() > 6 || text.find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
  return std::stoul(text);
}

// Without the tag that a name has when none is written.
const model::BuildSource* find_context(const model::BuildSpec& spec, const std::string& name) {
  for (const std::string& key : {name, name + ":latest"}) {
    if (const auto found = spec.named_contexts.find(key); found != spec.named_contexts.end()) return &found->second;
  }
  if (!name.ends_with(":latest")) return nullptr;
  const auto found = spec.named_contexts.find(name.substr(0, name.size() - 7));
  return found == spec.named_contexts.end() ? nullptr : &found->second;
}

}  // namespace

dockerfile::PlatformName name_of(const image::Platform& platform) {
  return {platform.os, platform.architecture, platform.variant};
}

dockerfile::Variables variables_of(const std::vector<std::string>& env) {
  dockerfile::Variables result;
  for (const std::string& entry : env) {
    const std::size_t equals = entry.find('=');
    if (equals != std::string::npos) result[entry.substr(0, equals)] = entry.substr(equals + 1);
  }
  return result;
}

image::Platform target_platform(const model::BuildSpec& spec, const image::Platform& host) {
  return spec.platforms.empty() ? host : image::normalised(image::parse_platform(spec.platforms.front()));
}

StagePlanner::StagePlanner(const dockerfile::Dockerfile& file, const model::BuildSpec& spec, const BaseImages& images,
                           const RunPlatforms& machine)
    : file_(file), spec_(spec), images_(images), machine_(machine), target_(target_platform(spec, machine.host)) {
  const dockerfile::Variables automatic =
      dockerfile::platform_arguments(name_of(machine_.host), name_of(target_), spec.target);
  arguments_ = {spec.args.begin(), spec.args.end()};
  global_ = dockerfile::global_scope(file, automatic, arguments_);
  problems = global_.problems;
}

void StagePlanner::problem(const dockerfile::Range& range, std::string code, std::string message, std::string remedy) {
  problems.push_back({Severity::error, std::move(code), std::move(message), std::move(remedy), range});
}

NodeId StagePlanner::add(Node node) {
  nodes.push_back(std::move(node));
  return nodes.size() - 1;
}

std::string StagePlanner::display_name(std::size_t index) const {
  if (file_.stages.size() == 1) return {};
  const auto& name = file_.stages[index].name;
  return name ? name->text : "stage-" + std::to_string(index);
}

std::string StagePlanner::base_text(NodeId node) const {
  const auto* image = std::get_if<FromImage>(&nodes[node].what);
  return image == nullptr ? nodes[node].instruction : from_text(image->reference);
}

std::string StagePlanner::slot(std::size_t index, std::size_t step) const {
  const auto* folder = std::get_if<model::BuildFolder>(&spec_.context);
  return (folder != nullptr ? folder->path : spec_.builder_of) + "|" + spec_.dockerfile + "|" + std::to_string(index) +
         "|" + std::to_string(step);
}

bool StagePlanner::no_cache(std::size_t index) const {
  if (spec_.no_cache) return true;
  const auto& stage = file_.stages[index];
  const auto& names = spec_.no_cache_stages;
  return std::ranges::any_of(names, [&](const std::string& name) {
    return (stage.name && stage.name->text == name) || name == std::to_string(index);
  });
}

const StageResult* StagePlanner::stage(std::size_t index) {
  const auto known = stages_.find(index);
  if (known != stages_.end()) return known->second ? &*known->second : nullptr;
  auto result = plan(index);
  auto& place = stages_[index] = std::move(result);
  return place ? &*place : nullptr;
}

const BaseImage* StagePlanner::image_of(const WantedImage& wanted) {
  const auto found = images_.find(wanted.key());
  if (found != images_.end()) return &found->second;
  if (std::ranges::find(missing, wanted) == missing.end()) missing.push_back(wanted);
  return nullptr;
}

std::optional<FileSource> StagePlanner::source_of(std::size_t stage, const std::string& name,
                                                  const dockerfile::Range& range) {
  std::string reference = name;
  if (const model::BuildSource* context = find_context(spec_, name)) {
    if (const auto* image = std::get_if<model::BuildImage>(context)) {
      reference = image->reference;
    } else if (const auto* built = std::get_if<model::BuildStage>(context)) {
      reference = built->image_id;
    } else {
      return FileSource{name};
    }
  } else {
    auto earlier = dockerfile::earlier_stage(file_, stage, name);
    if (const auto index = number(name); !earlier && index) {
      if (*index >= stage) {
        problem(range, "from", "stage " + name + " does not stand above this one", "name a stage above");
        return std::nullopt;
      }
      earlier = *index;
    }
    const auto& own = file_.stages[stage].name;
    if (!earlier && own && own->text == lower(name)) {
      problem(range, "from", "circular dependency detected on stage: " + own->text, "name a stage above, or an image");
      return std::nullopt;
    }
    if (earlier) {
      const StageResult* result = this->stage(*earlier);
      return result == nullptr ? std::nullopt : std::optional{FileSource{result->node}};
    }
  }
  const WantedImage wanted{reference, target_};
  const BaseImage* image = image_of(wanted);
  if (image == nullptr) return std::nullopt;
  const auto known = image_nodes_.find(wanted.key());
  if (known != image_nodes_.end()) return FileSource{known->second};
  const NodeId node = add({.what = FromImage{reference, image->image.layers},
                           .parent = {},
                           .name = from_text(reference),
                           .instruction = "FROM " + reference,
                           .slot = {},
                           .range = range});
  image_nodes_[wanted.key()] = node;
  return FileSource{node};
}

std::optional<StageResult> StagePlanner::begin_with_image(std::size_t index, const std::string& reference,
                                                          const image::Platform& platform) {
  const BaseImage* base = image_of({reference, platform});
  if (base == nullptr) return std::nullopt;
  StageResult result;
  result.image = base->image;
  result.image.author.clear();
  result.image.comment.clear();
  result.base_history = base->history;
  result.node = add({.what = FromImage{reference, base->image.layers},
                     .parent = {},
                     .name = {},
                     .instruction = "FROM " + reference,
                     .slot = slot(index, 0),
                     .range = file_.stages[index].range});
  return result;
}

std::optional<StageResult> StagePlanner::begin(std::size_t index, const dockerfile::Stage& stage,
                                               const image::Platform& platform) {
  dockerfile::Word base = stage.base;
  const dockerfile::Lookup lookup = [&](std::string_view name) -> std::optional<std::string> {
    const auto found = global_.values.find(name);
    return found == global_.values.end() ? std::nullopt : std::optional{found->second};
  };
  if (auto wrong = dockerfile::expand_word(base, lookup, file_.directives.escape)) {
    problems.push_back(std::move(*wrong));
    return std::nullopt;
  }
  if (base.text.empty()) {
    problem(stage.base.range, "from", "the base \"" + stage.base.text + "\" is empty once its variables are put in",
            "give the argument a value in front of the first FROM, or with --build-arg");
    return std::nullopt;
  }
  const model::BuildSource* context = find_context(spec_, base.text);
  if (context != nullptr) {
    if (const auto* image = std::get_if<model::BuildImage>(context))
      return begin_with_image(index, image->reference, platform);
    if (const auto* built = std::get_if<model::BuildStage>(context))
      return begin_with_image(index, built->image_id, platform);
  } else if (const auto earlier = dockerfile::earlier_stage(file_, index, base.text)) {
    const StageResult* from = this->stage(*earlier);
    return from == nullptr ? std::nullopt : std::optional{*from};
  } else if (base.text != "scratch") {
    return begin_with_image(index, base.text, platform);
  }
  StageResult result;
  result.image.os = platform.os;
  result.image.architecture = platform.architecture;
  result.image.variant = platform.variant;
  result.image.config.working_dir = "/";
  result.node = add({.what = FromNothing{},
                     .parent = {},
                     .name = {},
                     .instruction = "FROM scratch",
                     .slot = {},
                     .range = stage.range});
  if (context == nullptr) return result;
  result.node = add({.what = CopyFiles{.from = base.text,
                                       .sources = {"."},
                                       .inline_files = {},
                                       .destination = "/",
                                       .chown = {},
                                       .chmod = {},
                                       .excludes = {}},
                     .parent = result.node,
                     .name = {},
                     .instruction = "FROM " + base.text,
                     .slot = slot(index, 0),
                     .range = stage.range});
  result.history.push_back({"FROM " + base.text, {}, result.node});
  return result;
}

std::optional<StageResult> StagePlanner::plan(std::size_t index) {
  const dockerfile::Stage& stage = file_.stages[index];
  image::Platform platform = target_;
  if (stage.platform) {
    dockerfile::Word word = *stage.platform;
    const dockerfile::Lookup lookup = [&](std::string_view name) -> std::optional<std::string> {
      const auto found = global_.values.find(name);
      return found == global_.values.end() ? std::nullopt : std::optional{found->second};
    };
    try {
      if (auto wrong = dockerfile::expand_word(word, lookup, file_.directives.escape)) {
        problems.push_back(std::move(*wrong));
        return std::nullopt;
      }
      platform = image::normalised(image::parse_platform(word.text));
    } catch (const Error& error) {
      problem(stage.platform->range, "platform", error.message(), "write a platform such as linux/amd64");
      return std::nullopt;
    }
  }
  auto result = begin(index, stage, platform);
  if (!result) return std::nullopt;
  if (!has_path(result->image.config.env))
    result->image.config.env.insert(result->image.config.env.begin(), std::string{kPath});
  if (result->scope) {
    result->scope->renew_environment();
  } else {
    result->scope.emplace(global_.values, arguments_, variables_of(result->image.config.env));
  }
  StageRun run{*this, index, platform, std::move(*result)};
  return run.finish();
}

}  // namespace stack::build
