// Files of variables, read and laid over each other.
#pragma once

#include "compose/load/load_context.h"

namespace stack::compose {

// How a file of variables is read. What it refers to is looked up in `outside`, then among its own values, then in
// `before`, which holds what the files read earlier said: it may override them, also for its own later lines.
struct EnvFileScope {
  const Variables& outside;
  const Variables& before;
};

// Reads the .env file at `path`. `named_by`: what names it, when a file did; a missing file is then an error there.
// `optional`: a missing file, or a folder in its place, is nothing.
Variables read_env_file(const std::string& path, const EnvFileScope& scope, bool optional, const NamedBy* named_by,
                        LoadContext& context);

// In words, of a file whose status is not ok.
std::string why_unread(const FileText& file);

}  // namespace stack::compose
