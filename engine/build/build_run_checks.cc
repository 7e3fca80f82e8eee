// The build checks of a BuildRun: what they are told of the machine, the images and the context.
#include "base/dockerfile/build_checks.h"
#include "base/model/reference.h"
#include "engine/build/build_run.h"
#include "engine/build/stage_planner.h"

namespace stack::build {
namespace {

dockerfile::ImageFacts facts_of(const model::ImageConfig& config) {
  return {.environment = variables_of(config.env), .shell = !config.shell.empty()};
}

bool is_reference(const std::string& text) {
  try {
    static_cast<void>(model::parse_reference(text));
    return true;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

dockerfile::CheckDirective BuildRun::check_directive(const dockerfile::Dockerfile& file) const {
  const auto given = request_.spec.args.find(std::string{dockerfile::kCheckArgument});
  const bool argument = given != request_.spec.args.end();
  if (!argument && !file.directives.check) return {};
  try {
    return dockerfile::read_check_directive(argument ? given->second : file.directives.check->text);
  } catch (const Error& error) {
    const std::string what =
        argument ? "build-arg:" + std::string{dockerfile::kCheckArgument} : std::string{"check options"};
    throw Error(ErrorKind::invalid, "failed to parse " + what + ": " + error.message());
  }
}

dockerfile::Problems BuildRun::checked(const dockerfile::Dockerfile& file, const dockerfile::Problems& reading,
                                       bool all_stages) const {
  const model::BuildSpec& spec = request_.spec;
  const image::Platform target = target_platform(spec, machine_.host);
  const dockerfile::Variables automatic =
      dockerfile::platform_arguments(name_of(machine_.host), name_of(target), spec.target);
  const dockerfile::Variables arguments{spec.args.begin(), spec.args.end()};
  const Context* const context = contexts_->find("");
  const auto image = [&](const std::string& reference) -> std::optional<dockerfile::ImageFacts> {
    const auto planned = images_.find(WantedImage{reference, target}.key());
    if (planned != images_.end()) return facts_of(planned->second.image.config);
    // Local images only: a check fetches nothing.
    if (!is_reference(reference)) return std::nullopt;
    const auto local = ports_.images.find(reference);
    return local ? std::optional{facts_of(local->config)} : std::nullopt;
  };
  const dockerfile::CheckInput input{.file = file,
                                     .reading = reading,
                                     .automatic = automatic,
                                     .build_arguments = arguments,
                                     .image = image,
                                     .valid_reference = is_reference,
                                     .ignored = context == nullptr ? nullptr : context->tree.ignored(),
                                     .only_target = all_stages ? std::nullopt : std::optional{spec.target}};
  return dockerfile::build_checks(input, check_directive(file));
}

}  // namespace stack::build
