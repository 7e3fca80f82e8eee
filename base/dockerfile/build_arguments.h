// The variables that a Dockerfile sees while it is gone through: automatic platform arguments, the global scope in front of the first
// FROM, and the scope of each stage (Dockerfile reference: "ARG", "Scope", "Automatic platform ARGs"). Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/dockerfile/dockerfile.h"
#include "base/dockerfile/expand.h"

namespace stack::dockerfile {

using Variables = std::map<std::string, std::string, std::less<>>;

struct PlatformName {
  std::string os, architecture, variant;  // "linux", "arm", "v7"
};
// BUILDPLATFORM, BUILDOS, BUILDARCH, BUILDVARIANT, the same for TARGET, and TARGETSTAGE ("default" when no stage is asked for).
// They hold in the global scope, and in a stage after an ARG of their name.
Variables platform_arguments(const PlatformName& build, const PlatformName& target, std::string_view target_stage);
// Build arguments that are known without ARG and are no part of an image: HTTP_PROXY, no_proxy, ALL_PROXY and their kin.
bool is_predefined_argument(std::string_view name);

struct GlobalScope {
  Variables values;  // the automatic ones included
  Problems problems;
};
// Each ARG in front of the first FROM with those before it; `build_arguments` (--build-arg) beat defaults.
GlobalScope global_scope(const Dockerfile& file, const Variables& automatic, const Variables& build_arguments);

// A stage's variables, from instruction to instruction. ARG and ENV set the same ones, the later counts; only ENV gets into the image.
class StageScope {
 public:
  // `environment` is what the image sets that the stage begins with. All three outlive the scope.
  StageScope(const Variables& global, const Variables& build_arguments, const Variables& environment)
      : global_(&global), build_arguments_(&build_arguments), values_(environment), environment_(environment) {}
  // A stage that begins with an earlier one goes on with a copy of that one's scope, its ARGs included.

  // An ARG as written: a default sees the names in front of it. The first mistake is the answer.
  std::optional<Problem> declare(const Arg& arg, char escape);
  // `env` has its variables put in.
  void set(const Env& env);
  // What the image sets counts again, whatever an ARG said since: a stage begins.
  void renew_environment();
  // Whether a declaration gives its name a value; without one, the name keeps what it has.
  [[nodiscard]] bool gives_value(const ArgDeclaration& declaration) const;

  // Lives no longer than the scope.
  [[nodiscard]] Lookup lookup() const;
  [[nodiscard]] const Variables& environment() const { return environment_; }
  // What a command of RUN sees.
  [[nodiscard]] const Variables& values() const { return values_; }

 private:
  const Variables* global_;
  const Variables* build_arguments_;
  Variables values_, environment_;
};

}  // namespace stack::dockerfile
