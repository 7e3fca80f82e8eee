#include "cli/commands/image.h"

#include <algorithm>
#include <charconv>
#include <ctime>
#include <iostream>
#include <set>

#include <fcntl.h>
#include <unistd.h>

#include "cli/view/image_view.h"
#include "engine/base/bytes.h"
#include "engine/base/duration.h"
#include "engine/base/scope_guard.h"

namespace stack::cli {

namespace {

// What has the name, and of its names only that one.
std::vector<model::Image> named(std::vector<model::Image> images, const std::string& name) {
  if (name.empty()) return images;
  for (model::Image& image : images) {
    std::erase_if(image.references, [&](const std::string& reference) {
      return reference != name && reference.substr(0, reference.rfind(':')) != name;
    });
  }
  std::erase_if(images, [](const model::Image& image) { return image.references.empty(); });
  return images;
}

UniqueFd open_archive(const std::string& path) {
  UniqueFd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file) return file;
  const int failed = errno;
  throw Error(failed == ENOENT ? ErrorKind::not_found : ErrorKind::internal,
              Error::from_errno(failed, "opening " + path).message());
}

Error failure_of(const std::vector<Error>& errors) {
  std::string text;
  for (const Error& error : errors) text += (text.empty() ? "" : "\n") + error.message();
  Error all{errors.front().kind(), text};
  if (!errors.front().remedy_text().empty()) all.remedy(errors.front().remedy_text());
  return all;
}

void print(const api::ImageRemoval& removal) {
  for (const std::string& name : removal.untagged) std::cout << "Untagged: " << name << "\n";
  for (const std::string& id : removal.deleted) std::cout << "Deleted: " << id << "\n";
}

Wall parse_until(const std::string& text) {
  const Wall now = SystemClock{}.wall();
  if (const auto ago = parse_duration(text)) return now - *ago;
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error == std::errc{} && end == text.data() + text.size()) return Wall{std::chrono::seconds{seconds}};
  std::tm parts{};
  for (const char* format : {"%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d"}) {
    const char* rest = ::strptime(text.c_str(), format, &parts);
    if (rest != nullptr && *rest == 0) return Wall{std::chrono::seconds{::timegm(&parts)}};
    parts = {};
  }
  throw Error(ErrorKind::invalid, "invalid time \"" + text + "\"")
      .remedy("write it as in 24h, 2026-01-31 or 1767225600");
}

}  // namespace

int image_import(Session& session, const ImageImportFlags& flags) {
  UniqueFd file;
  if (flags.file != "-") file = open_archive(flags.file);
  const BorrowedFd source = file ? BorrowedFd{file} : BorrowedFd{0};
  const model::Image image = session.engine().import_image(
      source, {.reference = flags.reference, .message = flags.message, .changes = flags.changes});
  std::cout << image.id << "\n";
  return 0;
}

int image_ls(Session& session, const ImageLsFlags& flags) {
  if (flags.format != "table" && flags.format != "json") {
    throw Error(ErrorKind::unsupported, "unsupported --format \"" + flags.format + "\"").remedy("use table or json");
  }
  const std::vector<model::Image> images = named(session.engine().images(), flags.name);
  const Wall now = SystemClock{}.wall();
  if (flags.quiet) {
    for (const model::Image& image : images) std::cout << (flags.no_trunc ? image.id : image.id.substr(7, 12)) << "\n";
  } else {
    std::cout << (flags.format == "json" ? images_json(images, now, flags.no_trunc)
                                         : images_table(images, now, flags.no_trunc, flags.digests));
  }
  return 0;
}

int image_inspect(Session& session, const std::vector<std::string>& names) {
  std::vector<api::ImageDetails> found;
  std::vector<Error> errors;
  for (const std::string& name : names) {
    try {
      found.push_back(session.engine().inspect_image(name));
    } catch (const Error& error) {
      errors.push_back(error);
    }
  }
  std::cout << image_inspect_json(found) << "\n";
  if (!errors.empty()) throw failure_of(errors);
  return 0;
}

int image_save(Session& session, const ImageSaveFlags& flags) {
  if (flags.output.empty()) {
    if (::isatty(1) != 0) {
      throw Error(ErrorKind::invalid, "an archive is nothing for a terminal")
          .remedy("use --output FILE, or redirect it");
    }
    session.engine().save_images(flags.names, BorrowedFd{1});
    return 0;
  }
  // Beside its place first: a failure leaves what was there.
  const std::string temporary = flags.output + ".part" + std::to_string(::getpid());
  const UniqueFd file{::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
  if (!file) throw Error::from_errno(errno, "making " + temporary);
  ScopeGuard remove{[&] { ::unlink(temporary.c_str()); }};
  session.engine().save_images(flags.names, file);
  if (::rename(temporary.c_str(), flags.output.c_str()) != 0) throw Error::from_errno(errno, "making " + flags.output);
  remove.dismiss();
  return 0;
}

int image_load(Session& session, const ImageLoadFlags& flags) {
  UniqueFd file;
  if (!flags.input.empty() && flags.input != "-") file = open_archive(flags.input);
  if (!file && ::isatty(0) != 0) {
    throw Error(ErrorKind::invalid, "there is no archive to read").remedy("use --input FILE, or redirect it");
  }
  const std::vector<std::string> lines =
      session.engine().load_images(file ? BorrowedFd{file} : BorrowedFd{0}, flags.platform);
  for (const std::string& line : lines) std::cout << line << "\n";
  return 0;
}

int image_history(Session& session, const ImageHistoryFlags& flags) {
  const api::ImageDetails details = session.engine().inspect_image(flags.name);
  std::cout << (flags.quiet              ? history_ids(details, flags.no_trunc)
                : flags.format == "json" ? history_json(details, SystemClock{}.wall())
                                         : history_table(details, SystemClock{}.wall(), flags.no_trunc));
  return 0;
}

int image_tag(Session& session, const std::string& name, const std::string& new_name) {
  session.engine().tag_image(name, new_name);
  return 0;
}

int image_rm(Session& session, const ImageRmFlags& flags) {
  const api::ImageRemoval removal = session.engine().remove_images(flags.names, flags.force);
  print(removal);
  std::vector<Error> errors = removal.errors;
  // Who forces does not mind that something is gone already.
  if (flags.force) std::erase_if(errors, [](const Error& error) { return error.kind() == ErrorKind::not_found; });
  if (!errors.empty()) throw failure_of(errors);
  return 0;
}

int image_prune(Session& session, const ImagePruneFlags& flags) {
  api::ImageFilter filter{.all = flags.all};
  for (const std::string& word : flags.filters) {
    const std::size_t equals = word.find('=');
    const std::string name = word.substr(0, equals);
    const std::string value = equals == std::string::npos ? "" : word.substr(equals + 1);
    if (name == "until") {
      filter.until = parse_until(value);
    } else if (name == "label") {
      filter.labels.push_back(value);
    } else if (name == "label!") {
      filter.not_labels.push_back(value);
    } else if (name == "dangling") {
      filter.all = value == "false" || value == "0";
    } else {
      throw Error(ErrorKind::invalid, "invalid filter \"" + word + "\"")
          .remedy("use until=, label=, label!= or dangling=");
    }
  }
  if (!flags.force) {
    std::cerr << "This removes all images " << (filter.all ? "that no container uses" : "that have no name")
              << ". Go on? [y/N] " << std::flush;
    std::string answer;
    std::getline(std::cin, answer);
    if (answer != "y" && answer != "Y" && answer != "yes") return 1;
  }
  const api::ImageRemoval removal = session.engine().prune_images(filter);
  if (!removal.deleted.empty()) std::cout << "Deleted Images:\n";
  for (const std::string& name : removal.untagged) std::cout << "untagged: " << name << "\n";
  for (const std::string& id : removal.deleted) std::cout << "deleted: " << id << "\n";
  std::cout << (removal.deleted.empty() ? "" : "\n") << "Total reclaimed space: " << human_bytes(removal.freed_bytes)
            << "\n";
  return 0;
}

int image_check(Session& session) {
  const std::vector<std::string> lines = session.engine().check_images();
  for (const std::string& line : lines) std::cout << line << "\n";
  if (lines.empty()) std::cerr << "everything is as it was stored\n";
  return lines.empty() ? 0 : 1;
}

int images(Session& session, const ImagesFlags& flags) {
  if (flags.format != "table" && flags.format != "json") {
    throw Error(ErrorKind::unsupported, "unsupported --format \"" + flags.format + "\"").remedy("use table or json");
  }
  const Session::Target target = session.target(flags.services);
  std::vector<model::Container> containers = session.engine().containers(target.name, true);
  if (!flags.services.empty()) {
    std::erase_if(containers, [&](const model::Container& c) {
      return std::find(flags.services.begin(), flags.services.end(), c.spec.service) == flags.services.end();
    });
  }
  std::map<std::string, model::Image> by_id;
  for (model::Image& image : session.engine().images()) by_id[image.id] = std::move(image);
  if (flags.quiet) {
    std::set<std::string> ids;
    for (const model::Container& c : containers) ids.insert(c.spec.image_id.substr(7));
    for (const std::string& id : ids) std::cout << id << "\n";
    return 0;
  }
  std::cout << (flags.format == "json" ? project_images_json(containers, by_id)
                                       : project_images_table(containers, by_id, SystemClock{}.wall()));
  return 0;
}

}  // namespace stack::cli
