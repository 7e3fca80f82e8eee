#include "cli/commands/image.h"

#include <algorithm>
#include <filesystem>
#include <iostream>

#include <unistd.h>

#include "base/model/reference.h"
#include "cli/commands/archive_input.h"
#include "cli/commands/archive_output.h"
#include "cli/commands/failures.h"
#include "cli/commands/image_choice.h"
#include "cli/view/agreement.h"
#include "cli/view/prune_view.h"
#include "engine/client/engine_error.h"

namespace stack::cli {
namespace {

void print(const api::ImageRemoval& removal) {
  for (const std::string& name : removal.untagged) std::cout << "Untagged: " << name << "\n";
  for (const std::string& id : removal.deleted) std::cout << "Deleted: " << id << "\n";
}

bool agreed_to_prune_images(bool all) {
  return agreed(std::string{"WARNING! This will remove all "} +
                (all ? "images without at least one container associated to them" : "dangling images") +
                ".\nAre you sure you want to continue?");
}

}  // namespace

int image_import(Session& session, const ImageImportFlags& flags) {
  const bool from_web = flags.file.starts_with("http://") || flags.file.starts_with("https://");
  // The history shall say where it is from; Docker's client says nothing, and the engine then writes "-".
  const bool from_file = !from_web && flags.file != "-" && flags.message.empty() && !session.options().docker;
  const std::string message =
      from_file ? "Imported from " + std::filesystem::path{flags.file}.filename().string() : flags.message;
  const api::ImportOptions options{
      .reference = flags.reference, .message = message, .platform = flags.platform, .changes = flags.changes};
  client::EngineClient& engine = session.engine();
  model::Image image;
  if (from_web) {
    image = engine.import_image_from(flags.file, options);
  } else {
    send_archive(session, flags.file, model::Action::import, false,
                 [&](BorrowedFd source, const client::Sending& sending) {
                   image = engine.import_image(source, options, sending);
                 });
  }
  std::cout << image.id << "\n";
  return 0;
}

int image_save(Session& session, const ImageSaveFlags& flags) {
  check_platform(session, flags.names, flags.platform);
  write_archive(flags.output, [&](BorrowedFd to) { session.engine().save_images(flags.names, to); });
  return 0;
}

int image_export(Session& session, const ImageExportFlags& flags) {
  write_archive(flags.output, [&](BorrowedFd to) { session.engine().export_image(flags.name, to); });
  return 0;
}

int image_load(Session& session, const ImageLoadFlags& flags) {
  const std::string path = flags.input.empty() ? "-" : flags.input;
  if (path == "-" && ::isatty(0) != 0) {
    throw Error(ErrorKind::invalid, "there is no archive to read").remedy("use --input FILE, or redirect it");
  }
  client::EngineClient& engine = session.engine();
  std::vector<std::string> lines;
  send_archive(session, path, model::Action::load, flags.quiet, [&](BorrowedFd source, const client::Sending& sending) {
    lines = engine.load_images(source, flags.platform, sending);
  });
  for (const std::string& line : lines) std::cout << line << "\n";
  return 0;
}

int image_tag(Session& session, const ImageTagFlags& flags) {
  if (const std::string fault = model::reference_fault(flags.new_name); !fault.empty())
    throw Error(ErrorKind::invalid,
                "Error parsing reference: \"" + flags.new_name + "\" is not a valid repository/tag: " + fault);
  session.engine().tag_image(flags.name, flags.new_name);
  return 0;
}

int image_rm(Session& session, const ImageRmFlags& flags) {
  check_platform(session, flags.names, flags.platform,
                 "there is no such variant to remove; without --platform the image goes whatever it is for");
  const api::ImageRemoval removal = session.engine().remove_images(flags.names, flags.force);
  print(removal);
  const Failures failures{removal.errors};
  flags.force ? failures.report_forced(session.options().docker) : failures.report();
  return 0;
}

int image_prune(Session& session, const ImagePruneFlags& flags) {
  api::ImageFilter filter{.all = flags.all};
  for (const auto& [name, value] : parse_filters(flags.filters)) {
    if (name == "until") {
      filter.until = parse_until(value);
    } else if (name == "label") {
      filter.labels.push_back(value);
    } else if (name == "label!") {
      filter.not_labels.push_back(value);
    } else if (name == "dangling") {
      filter.all = !parse_truth(name, value);
    } else {
      throw client::EngineError(Error(ErrorKind::invalid, "invalid filter '" + name + "'")
                                    .remedy("use until=, label=, label!= or dangling="));
    }
  }
  if (!flags.force && !agreed_to_prune_images(filter.all)) return 0;
  const api::ImageRemoval removal = session.engine().prune_images(filter);
  std::cout << removed_images_text(removal) << reclaimed_text(removal.freed_bytes);
  return 0;
}

int image_check(Session& session) {
  const std::vector<std::string> lines = session.engine().check_images();
  for (const std::string& line : lines) std::cout << line << "\n";
  if (lines.empty()) std::cerr << "everything is as it was stored\n";
  return lines.empty() ? 0 : 1;
}

}  // namespace stack::cli
