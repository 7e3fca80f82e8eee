// The name of an image as people write it ("busybox", "registry.example/a/b:1.2") and in full ("docker.io/library/busybox:latest").
//
// Grammar and normalisation are those of the Docker reference format (distribution "reference" grammar). A pure value.
#pragma once

#include <string>
#include <string_view>

namespace stack::model {

struct Reference {
  std::string domain;      // "docker.io"
  std::string repository;  // "library/busybox"
  std::string tag;         // "latest"; empty when only a digest was given
  std::string digest;      // "sha256:..." or empty

  // "docker.io/library/busybox"
  [[nodiscard]] std::string name() const;
  // "busybox"
  [[nodiscard]] std::string familiar_name() const;
  // "docker.io/library/busybox:latest"
  [[nodiscard]] std::string canonical() const;
  // "busybox:latest": without what a reader may leave out of the name, but always with the tag.
  [[nodiscard]] std::string familiar() const;
  bool operator==(const Reference&) const = default;
};

// Throws stack::Error(invalid) that says which part is wrong. A name without tag and digest gets the tag "latest".
Reference parse_reference(std::string_view text);
// Why it is none, in the words of Docker's engine; empty when it is one.
std::string reference_fault(std::string_view text);

// "sha256:" and 64 lower-case hexadecimal digits: the one kind of digest that this engine has.
bool is_digest(std::string_view text);
bool is_tag(std::string_view text);

}  // namespace stack::model
