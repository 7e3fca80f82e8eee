#include "base/dockerfile/expand_instruction.h"

#include <utility>

namespace stack::dockerfile {
namespace {

class InstructionExpander {
 public:
  InstructionExpander(const Lookup& lookup, char escape, std::vector<std::string>* unset)
      : lookup_(lookup), escape_(escape), unset_(unset) {}

  // Throws Problem.
  void word(Word& it) { it.text = expanded(it.text, it.range, {.escape = escape_}).text; }
  void word(std::optional<Word>& it) {
    if (it) word(*it);
  }

  void operator()(Add& it) {
    transfer(it);
    word(it.checksum);
  }
  void operator()(Copy& it) { transfer(it); }
  void operator()(Arg& it) {
    for (ArgDeclaration& declaration : it.declarations) {
      word(declaration.name);
      word(declaration.value);
    }
  }
  void operator()(Env& it) { pairs(it.pairs); }
  void operator()(Label& it) { pairs(it.pairs); }
  void operator()(Expose& it) {
    std::vector<Word> ports;
    for (const Word& port : it.ports) {
      for (auto& piece : expanded(port.text, port.range, {.escape = escape_}).words)
        ports.push_back({std::move(piece.text), port.range});
    }
    it.ports = std::move(ports);
  }
  void operator()(Run& it) {
    for (RunMount& mount : it.mounts) {
      for (MountOption& option : mount.options) {
        if (option.value) option.value = expanded(*option.value, mount.range, {.escape = escape_}).text;
      }
      if (auto problem = resolve_mount(mount)) throw std::move(*problem);
    }
    for (Word& device : it.devices) word(device);
  }
  void operator()(StopSignal& it) { word(it.signal); }
  void operator()(User& it) { word(it.name); }
  void operator()(Volume& it) {
    for (Word& path : it.paths) word(path);
  }
  void operator()(Workdir& it) { word(it.path); }
  void operator()(Cmd& /*it*/) {}
  void operator()(Entrypoint& /*it*/) {}
  void operator()(Healthcheck& /*it*/) {}
  void operator()(Maintainer& /*it*/) {}
  void operator()(Onbuild& /*it*/) {}
  void operator()(Shell& /*it*/) {}

 private:
  Expansion expanded(std::string_view text, const Range& range, const ExpandOptions& options) {
    Expansion result = expand(text, lookup_, options);
    if (unset_ != nullptr) unset_->insert(unset_->end(), result.unset.begin(), result.unset.end());
    if (result.error)
      throw Problem{Severity::error, "expansion", std::move(*result.error), std::move(result.remedy), range};
    return result;
  }
  void pairs(std::vector<Pair>& it) {
    for (Pair& pair : it) {
      word(pair.name);
      word(pair.value);
    }
  }
  void transfer(FileTransfer& it) {
    word(it.chown);
    word(it.chmod);
    for (Word& exclude : it.excludes) word(exclude);
    for (Word& source : it.sources) word(source);
    word(it.destination);
    for (Heredoc& file : it.inline_files) {
      if (file.expand) file.content = expanded(file.content, file.range, {.plain_quotes = true}).text;
    }
  }

  const Lookup& lookup_;
  char escape_;
  std::vector<std::string>* unset_;
};

}  // namespace

std::optional<Problem> expand_instruction(Instruction& instruction, const Lookup& lookup, char escape,
                                          std::vector<std::string>* unset) {
  try {
    std::visit(InstructionExpander{lookup, escape, unset}, instruction.value);
    return std::nullopt;
  } catch (Problem& problem) {
    return std::move(problem);
  }
}

std::optional<Problem> expand_word(Word& word, const Lookup& lookup, char escape, std::vector<std::string>* unset) {
  try {
    InstructionExpander{lookup, escape, unset}.word(word);
    return std::nullopt;
  } catch (Problem& problem) {
    return std::move(problem);
  }
}

}  // namespace stack::dockerfile
