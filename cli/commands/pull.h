// `stack pull` and `push`, `stack image pull` and `push`, and `stack login` and `logout`: what has to do with registries.
#pragma once

#include <string>
#include <vector>

#include "cli/commands/session.h"

namespace stack::cli {

struct PullFlags {
  std::vector<std::string> services;
  bool quiet = false, ignore_failures = false, include_deps = false, ignore_buildable = false;
  std::string policy;  // empty, missing or always
};
int pull(Session& session, const PullFlags& flags);

struct ImagePullFlags {
  std::string reference, platform;
  bool quiet = false, all_tags = false;
  bool unsigned_too = true;  // signatures are not looked at: asking for that is a mistake
};
// Prints the image's full name.
int image_pull(Session& session, const ImagePullFlags& flags);

struct PushFlags {
  std::vector<std::string> services;
  bool quiet = false, ignore_failures = false, include_deps = false;
};
// The images of services that are built here.
int push(Session& session, const PushFlags& flags);
struct ImagePushFlags {
  std::string reference, platform;
  bool quiet = false, all_tags = false;
  bool unsigned_too = true;  // signatures are not looked at: asking for that is a mistake
};
int image_push(Session& session, const ImagePushFlags& flags);

struct LoginFlags {
  std::string server, user, password;
  bool password_stdin = false;
};
int login(Session& session, const LoginFlags& flags);
struct LogoutFlags {
  std::string server;
};
int logout(Session& session, const LogoutFlags& flags);

// Fetches the image again; returns whether anything new came. Its progress goes to standard error, or as Docker's client has it to the
// descriptor `fd`.
bool fetch_image(Session& session, const std::string& reference, const std::string& platform, bool quiet, int fd = 1);
// Refuses --disable-content-trust=false, which asks for what is not there.
void check_trust(bool unsigned_too);
// The platform that DOCKER_DEFAULT_PLATFORM asks for; empty when it does not.
std::string default_platform();
// What this user can show to the registries of a project's images.
model::CredentialsByRegistry credentials_for(const compose::Project& project);

}  // namespace stack::cli
