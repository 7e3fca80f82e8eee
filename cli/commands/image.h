// `stack image` and what belongs to it: import, load, save, ls, inspect, history, tag, rm, prune, check; and Compose's `stack images`.
#pragma once

#include <string>
#include <vector>

#include "cli/commands/session.h"

namespace stack::cli {

struct ImageImportFlags {
  std::string file, reference, message, platform;
  std::vector<std::string> changes;
};
// Prints the image's id.
int image_import(Session& session, const ImageImportFlags& flags);

struct ImageLsFlags {
  bool quiet = false, no_trunc = false, digests = false;
  std::string name;                  // only those of this repository, or with this tag
  std::vector<std::string> filters;  // see name_values.h
  std::string format = "table";      // or json, or a template: format_json.h
};
int image_ls(Session& session, const ImageLsFlags& flags);

struct ImageInspectFlags {
  std::vector<std::string> names;
  std::string format, platform;  // empty: indented JSON; any platform
};
// A list of JSON objects, one an image, as Docker has them; continues after unknown names and then fails.
int image_inspect(Session& session, const ImageInspectFlags& flags);

struct ImageSaveFlags {
  std::vector<std::string> names;
  std::string output;    // empty: standard output, unless that is a terminal
  std::string platform;  // refuse images for another one
};
int image_save(Session& session, const ImageSaveFlags& flags);
struct ImageExportFlags {
  std::string name, output;  // as above
};
int image_export(Session& session, const ImageExportFlags& flags);
struct ImageLoadFlags {
  std::string input, platform;  // empty: standard input; those of this machine
  bool quiet = false;
};
int image_load(Session& session, const ImageLoadFlags& flags);

struct ImageHistoryFlags {
  std::string name, platform, format = "table";
  bool quiet = false, no_trunc = false, human = true;
};
int image_history(Session& session, const ImageHistoryFlags& flags);
struct ImageTagFlags {
  std::string name, new_name;
};
int image_tag(Session& session, const ImageTagFlags& flags);

struct ImageRmFlags {
  std::vector<std::string> names;
  std::string platform;  // refuse images for another one
  bool force = false;
};
int image_rm(Session& session, const ImageRmFlags& flags);

struct ImagePruneFlags {
  bool all = false, force = false;
  std::vector<std::string> filters;  // until=, label=, label!=
};
int image_prune(Session& session, const ImagePruneFlags& flags);
// Verifies everything that is stored; 1 when something is damaged.
int image_check(Session& session);

struct ImagesFlags {
  std::vector<std::string> services;
  bool quiet = false;
  std::string format = "table";
};
// The images that the project's containers were made of.
int images(Session& session, const ImagesFlags& flags);

}  // namespace stack::cli
