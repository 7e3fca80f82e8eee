#include "base/dockerfile/build_checks.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "base/dockerfile/base_image.h"
#include "base/dockerfile/expand_instruction.h"
#include "base/dockerfile/runes.h"
#include "base/suggest.h"

namespace stack::dockerfile {
namespace {

constexpr std::string_view kDefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

Range lines_of(const Range& range, std::uint32_t last) {
  return {range.begin, {std::max(last, range.end.line), range.end.column}};
}
Range lines_of(const Stage& stage) { return lines_of(stage.range, stage.last_line); }
Range lines_of(const Instruction& instruction) { return lines_of(instruction.range, instruction.last_line); }

// A word such as KEY or TOKEN between underscores makes a name one of a secret, the word PUBLIC makes it none.
bool names_a_secret(std::string_view name) {
  static constexpr std::array<std::string_view, 10> kWords{"apikey",   "auth",  "credential", "credentials", "key",
                                                           "password", "pword", "passwd",     "secret",      "token"};
  bool secret = false;
  const std::string lowered = lower(name);
  for (std::string_view rest = lowered;;) {
    const std::size_t end = std::min(rest.find('_'), rest.size());
    const std::string_view word = rest.substr(0, end);
    if (word == "public") return false;
    secret = secret || std::ranges::find(kWords, word) != kWords.end();
    if (end == rest.size()) return secret;
    rest.remove_prefix(end + 1);
  }
}

Lookup lookup_in(const Variables& in) {
  return [&in](std::string_view name) {
    const auto found = in.find(name);
    return found == in.end() ? std::nullopt : std::optional{found->second};
  };
}

std::string meant(std::string_view name, const Variables& known, std::string_view sign) {
  std::vector<std::string_view> words;
  words.reserve(known.size());
  for (const auto& [word, value] : known) words.push_back(word);
  const std::string word = nearest_within(name, words, 2);
  return word.empty() ? "" : " (did you mean " + std::string{sign} + word + "?)";
}

// What a stage's instructions leave for the stages that begin with it.
struct StageState {
  StageScope scope;
  std::set<std::string, std::less<>> declared;  // by ARG
  bool known = true;                            // which variables there are
  bool workdir = false, shell = false;
};

class Checker {
 public:
  Checker(const CheckInput& input, const CheckDirective& directive)
      : input_(input), directive_(directive), file_(input.file), escape_(input.file.directives.escape) {}

  Problems run() {
    reading();
    if (has_errors(input_.reading) || file_.stages.empty()) return std::move(findings_);
    stage_names();
    casing();
    global_ = global_scope(file_, input_.automatic, input_.build_arguments).values;
    declared_ = global_;
    for (const Instruction& each : file_.global_args) {
      for (const ArgDeclaration& it : std::get<Arg>(each.value).declarations) declared_.try_emplace(it.name.text);
    }
    default_bases();
    for (const Stage& stage : file_.stages) from(stage);
    if (input_.only_target) {
      if (const auto target = find_stage(file_, *input_.only_target)) need(*target);
    }
    states_.reserve(file_.stages.size());
    for (std::size_t i = 0; i < file_.stages.size(); ++i) instructions(i);
    return std::move(findings_);
  }

 private:
  void add(std::string_view rule, std::string detail, const Range& range) {
    if (!directive_.wants(*find_check_rule(rule))) return;
    findings_.push_back({Severity::warning, std::string{rule}, std::move(detail), "", range});
  }

  // --- the text ------------------------------------------------------------------------------------------------------------------------
  void reading() {
    for (const Problem& problem : input_.reading) {
      if (find_check_rule(problem.code) != nullptr) add(problem.code, problem.message, problem.range);
    }
    for (const Instruction& each : file_.global_args) read(each);
    for (const Stage& stage : file_.stages) {
      read_from(stage);
      for (const Instruction& each : stage.instructions) read(each);
    }
  }

  void read_from(const Stage& stage) {
    if (!stage.name) return;
    if (stage.written_name != stage.name->text)
      add("StageNameCasing", "Stage name '" + stage.written_name + "' should be lowercase", lines_of(stage));
    if ((stage.written == lower(stage.written)) != (stage.written_as == lower(stage.written_as))) {
      add("FromAsCasing", "'" + stage.written_as + "' and '" + stage.written + "' keywords' casing do not match",
          lines_of(stage));
    }
    description("FROM", {stage.name->text}, stage.comment, lines_of(stage));
  }

  void read(const Instruction& each) {
    if (each.keyword == "MAINTAINER")
      add("MaintainerDeprecated", "Maintainer instruction is deprecated in favor of using label", lines_of(each));
    const auto* const arg = std::get_if<Arg>(&each.value);
    if (arg == nullptr) return;
    std::vector<std::string> names;
    for (const ArgDeclaration& declaration : arg->declarations) names.push_back(declaration.name.text);
    description("ARG", names, each.comment, lines_of(each));
  }

  void description(const std::string& keyword, const std::vector<std::string>& names, const std::string& comment,
                   const Range& range) {
    if (comment.empty() || std::ranges::find(names, comment.substr(0, comment.find(' '))) != names.end()) return;
    add("InvalidDefinitionDescription",
        "Comment for " + keyword + " should follow the format: `# " + (names.size() > 1 ? "<arg_key>" : names.front()) +
            " <description>`",
        range);
  }

  // --- everything ----------------------------------------------------------------------------------------------------------------------
  void stage_names() {
    std::set<std::string_view> seen;
    for (const Stage& stage : file_.stages) {
      if (!stage.name) continue;
      const std::string& name = stage.name->text;
      if (name == "scratch" || name == "context") {
        add("ReservedStageName", "Stage name should not use the same name as reserved stage \"" + name + "\"",
            lines_of(stage));
      }
      if (!seen.insert(name).second)
        add("DuplicateStageName", "Duplicate stage name \"" + name + "\", stage names should be unique",
            lines_of(stage));
    }
  }

  // What most keywords have that are of one case throughout, is right.
  void casing() {
    int balance = 0;
    const auto count = [&balance](const std::string& word) {
      balance += word == lower(word) ? 1 : word == upper(word) ? -1 : 0;
    };
    for (const Stage& stage : file_.stages) {
      count(stage.written);
      for (const Instruction& each : stage.instructions) count(each.written);
    }
    const bool lowercase = balance > 0;
    const auto check = [&](const std::string& word, const Range& range) {
      if (word == (lowercase ? lower(word) : upper(word))) return;
      add("ConsistentInstructionCasing",
          "Command '" + word + "' should match the case of the command majority (" +
              (lowercase ? "lowercase" : "uppercase") + ")",
          range);
    };
    for (const Stage& stage : file_.stages) {
      check(stage.written, lines_of(stage));
      for (const Instruction& each : stage.instructions) check(each.written, lines_of(each));
    }
  }

  // Whether the images have names when nobody gives an argument.
  void default_bases() {
    const Variables defaults = global_scope(file_, input_.automatic, {}).values;
    for (const Stage& stage : file_.stages) {
      Word base = stage.base;
      if (expand_word(base, lookup_in(defaults), escape_)) continue;
      if (!base.text.empty() && input_.valid_reference(base.text)) continue;
      add("InvalidDefaultArgInFrom",
          "Default value for ARG " + stage.base.text + " results in empty or invalid base image name", lines_of(stage));
    }
  }

  // --- FROM ----------------------------------------------------------------------------------------------------------------------------
  void from(const Stage& stage) {
    undeclared(stage, expand(stage.base.text, lookup_in(global_), {.escape = escape_}));
    if (!stage.platform) return;
    const Expansion platform = expand(stage.platform->text, lookup_in(global_), {.escape = escape_});
    undeclared(stage, platform);
    const bool target = platform.used == std::vector<std::string>{"TARGETPLATFORM"};
    if (platform.unset.empty() && target && platform.text == lookup_in(global_)("TARGETPLATFORM")) {
      add("RedundantTargetPlatform",
          "Setting platform to predefined " + stage.platform->text +
              " in FROM is redundant as this is the default behavior",
          lines_of(stage));
    }
    if (!platform.used.empty() || !platform.unset.empty() || platform.error) return;
    if (stage.name && names_platform(stage.name->text, platform.text)) return;
    add("FromPlatformFlagConstDisallowed",
        "FROM --platform flag should not use constant value \"" + platform.text + "\"", lines_of(stage));
  }

  // "build_amd64" of "linux/amd64".
  static bool names_platform(std::string_view stage, std::string_view platform) {
    for (int part = 0; part < 2 && !platform.empty(); ++part) {
      const std::size_t end = std::min(platform.find('/'), platform.size());
      if (end != 0 && stage.find(platform.substr(0, end)) != std::string_view::npos) return true;
      platform.remove_prefix(std::min(end + 1, platform.size()));
    }
    return false;
  }

  void undeclared(const Stage& stage, const Expansion& expansion) {
    std::set<std::string> seen;
    for (const std::string& name : expansion.unset) {
      const auto declares = [&](const Instruction& each) {
        const auto& all = std::get<Arg>(each.value).declarations;
        return std::ranges::any_of(all, [&](const ArgDeclaration& it) { return it.name.text == name; });
      };
      if (!seen.insert(name).second || std::ranges::any_of(file_.global_args, declares)) continue;
      add("UndefinedArgInFrom", "FROM argument '" + name + "' is not declared" + meant(name, declared_, ""),
          lines_of(stage));
    }
  }

  // --- the instructions ----------------------------------------------------------------------------------------------------------------
  [[nodiscard]] std::optional<std::size_t> stage_below(std::size_t stage) const {
    Word base = file_.stages[stage].base;
    if (expand_word(base, lookup_in(global_), escape_)) return std::nullopt;
    return earlier_stage(file_, stage, base.text);
  }

  void need(std::size_t stage) {
    if (!needed_.insert(stage).second) return;
    const auto from = [&](const std::string& name) {
      if (name.empty()) return;
      if (const auto earlier = earlier_stage(file_, stage, name)) return need(*earlier);
      for (std::size_t i = 0; i < stage; ++i) {
        if (name == std::to_string(i)) return need(i);
      }
    };
    if (const auto below = stage_below(stage)) need(*below);
    for (const Instruction& each : file_.stages[stage].instructions) {
      if (const auto* copy = std::get_if<Copy>(&each.value); copy != nullptr && copy->from) from(copy->from->text);
      const auto* const run = std::get_if<Run>(&each.value);
      if (run == nullptr) continue;
      for (const RunMount& mount : run->mounts) from(mount.from);
    }
  }

  [[nodiscard]] StageState beginning(std::size_t stage) {
    if (const auto below = stage_below(stage)) return states_[*below];
    Word base = file_.stages[stage].base;
    std::optional<ImageFacts> facts;
    if (!expand_word(base, lookup_in(global_), escape_)) {
      if (base.text == "scratch") {
        facts = ImageFacts{};
      } else {
        facts = input_.image(base.text);
      }
    }
    Variables environment = facts ? facts->environment : Variables{};
    environment.try_emplace("PATH", kDefaultPath);
    return {.scope = StageScope{global_, input_.build_arguments, environment},
            .declared = {},
            .known = facts.has_value(),
            .workdir = false,
            .shell = facts && facts->shell};
  }

  void instructions(std::size_t stage) {
    states_.push_back(beginning(stage));
    state_ = &states_.back();
    wanted_ = !input_.only_target || needed_.contains(stage);
    once_.clear();
    for (const Instruction& each : file_.stages[stage].instructions) instruction(each);
  }

  void tell(std::string_view rule, std::string detail, const Instruction& of) {
    if (wanted_) add(rule, std::move(detail), lines_of(of));
  }

  void instruction(const Instruction& each) {
    if (const auto* arg = std::get_if<Arg>(&each.value)) return declare(*arg, each);
    Instruction filled = each;
    std::vector<std::string> unset;
    if (expand_instruction(filled, state_->scope.lookup(), escape_, &unset)) return;
    // Ports are expanded without a look at what is missing.
    if (!std::holds_alternative<Expose>(each.value)) undefined(unset, each);
    std::visit([&](const auto& value) { check(value, each); }, filled.value);
  }

  void undefined(const std::vector<std::string>& names, const Instruction& of) {
    if (!state_->known) return;
    for (const std::string& name : names) {
      if (state_->declared.contains(name)) continue;
      tell("UndefinedVar", "Usage of undefined variable '$" + name + "'" + meant(name, state_->scope.values(), "$"),
           of);
    }
  }

  void declare(const Arg& arg, const Instruction& of) {
    for (const ArgDeclaration& each : arg.declarations) {
      std::vector<std::string> unset;
      Word name = each.name, value = each.value.value_or(Word{});
      static_cast<void>(expand_word(name, state_->scope.lookup(), escape_, &unset));
      static_cast<void>(expand_word(value, state_->scope.lookup(), escape_, &unset));
      undefined(unset, of);
      // What is wrong with it the plan reports.
      static_cast<void>(state_->scope.declare({.declarations = {each}}, escape_));
      state_->declared.insert(name.text);
      secret("ARG", name.text, of);
    }
  }

  void secret(const std::string& keyword, const std::string& name, const Instruction& of) {
    if (!names_a_secret(name)) return;
    tell("SecretsUsedInArgOrEnv",
         "Do not use ARG or ENV instructions for sensitive data (" + keyword + " \"" + name + "\")", of);
  }

  void legacy(const Instruction& of) {
    tell("LegacyKeyValueFormat",
         "\"" + of.written + " key=value\" should be used instead of legacy \"" + of.written + " key value\" format",
         of);
  }

  // The earlier one is the one that has no effect.
  void once(const Instruction& each) {
    const Instruction*& earlier = once_[each.keyword];
    if (earlier != nullptr) {
      tell("MultipleInstructionsDisallowed",
           "Multiple " + earlier->written +
               " instructions should not be used in the same stage because only the last one will be used",
           *earlier);
    }
    earlier = &each;
  }

  void command(const CommandLine& line, const Instruction& each) {
    once(each);
    if (line.exec || line.words.empty() || state_->shell) return;
    tell("JSONArgsRecommended",
         "JSON arguments recommended for " + each.written + " to prevent unintended behavior related to OS signals",
         each);
  }

  void ignored_files(const FileTransfer& transfer, const std::string& command, const Instruction& each) {
    if (input_.ignored == nullptr) return;
    for (const Word& source : transfer.sources) {
      if (source.text.find("://") != std::string::npos) continue;
      // As written, as BuildKit has it: "./x" is none of the patterns' paths.
      if (!input_.ignored->ignores(source.text)) continue;
      tell("CopyIgnoredFile",
           "Attempting to " + command + " file \"" + source.text + "\" that is excluded by .dockerignore", each);
    }
  }

  void check(const Cmd& it, const Instruction& each) { command(it.command, each); }
  void check(const Entrypoint& it, const Instruction& each) { command(it.command, each); }
  void check(const Healthcheck& /*it*/, const Instruction& each) { once(each); }
  void check(const Shell& /*it*/, const Instruction& /*each*/) { state_->shell = true; }
  void check(const Env& it, const Instruction& each) {
    if (it.legacy) legacy(each);
    for (const Pair& pair : it.pairs) secret("ENV", pair.name.text, each);
    state_->scope.set(it);
  }
  void check(const Label& it, const Instruction& each) {
    if (it.legacy) legacy(each);
  }
  void check(const Workdir& it, const Instruction& each) {
    if (!state_->workdir && !it.path.text.starts_with('/')) {
      tell("WorkdirRelativePath",
           "Relative workdir \"" + it.path.text + "\" can have unexpected results if the base image changes", each);
    }
    state_->workdir = true;
  }
  void check(const Expose& it, const Instruction& each) {
    for (const Word& port : it.ports) {
      const std::size_t slash = std::min(port.text.rfind('/'), port.text.size());
      if (const std::string protocol = port.text.substr(slash); protocol != lower(protocol))
        tell("ExposeProtoCasing", "Defined protocol '" + port.text + "' in EXPOSE instruction should be lowercase",
             each);
      if (port.text.find(':') == std::string::npos) continue;
      tell("ExposeInvalidFormat",
           "EXPOSE instruction should not define an IP address or host-port mapping, found '" + port.text + "'", each);
    }
  }
  void check(const Copy& it, const Instruction& each) {
    if (!it.from) ignored_files(it, "Copy", each);
  }
  void check(const Add& it, const Instruction& each) { ignored_files(it, "Add", each); }
  template <class Other>
  void check(const Other& /*it*/, const Instruction& /*each*/) {}

  const CheckInput& input_;
  const CheckDirective& directive_;
  const Dockerfile& file_;
  const char escape_;
  Problems findings_;
  Variables global_, declared_;  // the second one: names without values as well
  std::set<std::size_t> needed_;
  std::vector<StageState> states_;
  StageState* state_ = nullptr;                     // of the stage that is gone through
  bool wanted_ = true;                              // its findings
  std::map<std::string, const Instruction*> once_;  // by keyword, the last one of the stage
};

}  // namespace

Problems build_checks(const CheckInput& input, const CheckDirective& directive) {
  return Checker{input, directive}.run();
}

std::string violation_text(const Problems& findings) {
  std::set<std::string_view> rules;
  for (const Problem& finding : findings) rules.insert(finding.code);
  std::string text;
  for (const std::string_view rule : rules) text.append(text.empty() ? "" : ", ").append(rule);
  return text.empty() ? "" : "lint violation found for rules: " + text;
}

}  // namespace stack::dockerfile
