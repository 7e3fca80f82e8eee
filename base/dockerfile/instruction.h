// The instructions of a Dockerfile as values. Words hold the text as it is written, variables, quotes and escapes included;
// expand_instruction.h puts the variables in.
//
// Every value knows its place. Copies are cheap enough to be passed around; usable on any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/dockerfile/run_mount.h"
#include "base/dockerfile/source_range.h"

namespace stack::dockerfile {

struct Heredoc {
  std::string name;              // without quotes
  std::string content;           // as written; each line ends with a newline
  bool expand = true;            // false: a part of the name is quoted
  bool strip_tabs = false;       // `<<-`
  unsigned descriptor = 0;       // the number in front of `<<`
  Range range;                   // of the word `<<NAME`
  std::uint32_t first_line = 0;  // of the content
  bool operator==(const Heredoc&) const = default;
};

// Shell form: one word, the text behind the keyword. Exec form (a JSON list): a word each, decoded.
struct CommandLine {
  bool exec = false;
  std::vector<Word> words;
  std::vector<Heredoc> heredocs;
  bool operator==(const CommandLine&) const = default;
};

struct Pair {
  Word name, value;
  bool operator==(const Pair&) const = default;
};

struct ArgDeclaration {
  Word name;
  std::optional<Word> value;
  std::string description;  // of a comment "# NAME description" right above
  bool operator==(const ArgDeclaration&) const = default;
};

// What ADD and COPY share.
struct FileTransfer {
  std::vector<Word> sources;
  std::vector<Heredoc> inline_files;
  Word destination;
  std::optional<Word> chown, chmod;
  std::vector<Word> excludes;
  bool link = false;
  bool operator==(const FileTransfer&) const = default;
};

struct Add : FileTransfer {
  std::optional<Word> checksum;
  std::optional<bool> keep_git_dir, unpack;
  bool operator==(const Add&) const = default;
};
struct Copy : FileTransfer {
  std::optional<Word> from;  // a stage's name or number, an image or a named context; never expanded
  bool parents = false;
  bool operator==(const Copy&) const = default;
};
struct Run {
  CommandLine command;
  std::vector<RunMount> mounts;
  std::optional<Word> network, security;
  std::vector<Word> devices;
  bool operator==(const Run&) const = default;
};
struct Cmd {
  CommandLine command;
  bool operator==(const Cmd&) const = default;
};
struct Entrypoint {
  CommandLine command;
  bool operator==(const Entrypoint&) const = default;
};
struct Shell {
  std::vector<Word> words;
  bool operator==(const Shell&) const = default;
};
struct Healthcheck {
  bool none = false;
  CommandLine command;
  std::optional<Nanos> interval, timeout, start_period, start_interval;  // nothing: not set, or 0
  std::optional<int> retries;
  bool operator==(const Healthcheck&) const = default;
};
struct Env {
  std::vector<Pair> pairs;
  bool legacy = false;  // "ENV NAME value"
  bool operator==(const Env&) const = default;
};
struct Label {
  std::vector<Pair> pairs;
  bool legacy = false;  // "LABEL NAME value"
  bool operator==(const Label&) const = default;
};
struct Arg {
  std::vector<ArgDeclaration> declarations;
  bool operator==(const Arg&) const = default;
};
struct Expose {
  std::vector<Word> ports;
  bool operator==(const Expose&) const = default;
};
struct Volume {
  std::vector<Word> paths;
  bool operator==(const Volume&) const = default;
};
struct User {
  Word name;
  bool operator==(const User&) const = default;
};
struct Workdir {
  Word path;
  bool operator==(const Workdir&) const = default;
};
struct StopSignal {
  Word signal;
  bool operator==(const StopSignal&) const = default;
};
struct Maintainer {
  Word name;
  bool operator==(const Maintainer&) const = default;
};
// Kept as text: it is parsed again where an image is built from this one.
struct Onbuild {
  std::string trigger;     // upper case: "RUN"
  std::string expression;  // "RUN make", heredocs included
  bool operator==(const Onbuild&) const = default;
};

struct Instruction {
  std::variant<Add, Arg, Cmd, Copy, Entrypoint, Env, Expose, Healthcheck, Label, Maintainer, Onbuild, Run, Shell,
               StopSignal, User, Volume, Workdir>
      value;
  std::string keyword;  // upper case
  std::string text;     // the whole instruction on one line, without heredocs
  Range range;
  std::string written = {};     // the keyword as it stands in the file
  std::string comment = {};     // the last one of the comments right above
  std::uint32_t last_line = 0;  // here-documents included
  bool operator==(const Instruction&) const = default;
};

}  // namespace stack::dockerfile
