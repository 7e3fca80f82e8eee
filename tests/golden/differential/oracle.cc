#include "oracle.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/error.h"
#include "base/file.h"
#include "base/scope_guard.h"

namespace stack::compose {
namespace {

namespace fs = std::filesystem;

std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? "'\\''" : std::string{c};
  return out + "'";
}

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

void write(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream{path, std::ios::binary} << text;
}

std::string command_line(const OracleCommand& command, const Sample& sample) {
  std::string line = "env -i PATH=\"$PATH\" HOME=/home/user";
  for (const auto& [name, value] : sample.environment) line += " " + quoted(name + "=" + value);
  line += " " + command.compose;
  for (const auto& word : sample.arguments) line += " " + quoted(word);
  line += " --format json";
  if (sample.files.contains("-")) return line + " <../stdin";
  return line + " </dev/null";
}

}  // namespace

std::vector<Outcome> ask(const OracleCommand& command, const std::vector<Sample>& samples) {
  std::string name = (fs::temp_directory_path() / "stack-differential-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw Error(ErrorKind::internal, "cannot make a temporary folder");
  const fs::path folder{name};
  const ScopeGuard clean{[&] {
    std::error_code ignored;
    fs::remove_all(folder, ignored);
  }};
  std::string script = "cd " + quoted(command.root + name) + " || exit 1\n";
  script += "one() { cd \"$1/p\" && ulimit -t 20 && . ../run >../out 2>../err; echo $? >../code; }\n";
  script += "for d in */; do (one \"$d\"); done\n";
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const fs::path here = folder / std::to_string(i);
    fs::create_directories(here / "p");
    for (const auto& [path, text] : samples[i].files) write(path == "-" ? here / "stdin" : here / "p" / path, text);
    write(here / "run", command_line(command, samples[i]) + "\n");
  }
  write(folder / "all", script);
  const std::string call = command.shell + " 'bash " + command.root + name + "/all'";
  if (const int code = std::system(call.c_str()); code != 0) {
    throw Error(ErrorKind::internal, "cannot run " + call + ": it ended with " + std::to_string(code));
  }
  std::vector<Outcome> answers;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const fs::path here = folder / std::to_string(i);
    Outcome answer;
    answer.accepted = read_file(here / "code").value_or("") == "0\n";
    answer.json = answer.accepted ? read_file(here / "out").value_or("") : "";
    answer.messages = read_file(here / "err").value_or("");
    // Where it crashed is of no interest, and never the same.
    answer.messages.erase(std::min(answer.messages.find("\ngoroutine "), answer.messages.size()));
    for (auto* text : {&answer.json, &answer.messages}) replace_all(*text, command.root + here.string(), "");
    answers.push_back(std::move(answer));
  }
  return answers;
}

}  // namespace stack::compose
