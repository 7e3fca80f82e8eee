// A place outside of the engine that a cache is read from or written to: a folder or a repository of a registry. The seam between the
// builder and both.
//
// Loop thread; one object serves one build. Each call throws stack::Error.
#pragma once

#include <memory>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "engine/image/image_store.h"
#include "engine/image/manifest.h"

namespace stack::build {

class CachePlace {
 public:
  virtual ~CachePlace() = default;
  [[nodiscard]] virtual std::string name() const = 0;  // for messages

  struct Document {
    std::string text, media_type;  // the type may be empty
  };
  // The manifest or index of this digest; of none: what the place's own name leads to.
  virtual boost::asio::awaitable<Document> manifest(std::string digest) = 0;
  // A small one, whole and verified.
  virtual boost::asio::awaitable<std::string> blob(image::Descriptor wanted, std::size_t bytes_max) = 0;
  // A layer, unpacked. Its digest is verified.
  virtual boost::asio::awaitable<std::shared_ptr<image::Store::Staged>> layer(image::Descriptor wanted) = 0;

  // A blob of the image store.
  virtual boost::asio::awaitable<void> put_layer(image::Descriptor blob) = 0;
  virtual boost::asio::awaitable<void> put_blob(std::string content) = 0;
  // Under the place's name.
  virtual boost::asio::awaitable<void> put_manifest(std::string media_type, std::string text) = 0;
};

// Throws invalid when what came is not what was asked for.
inline void check_layer(const image::Descriptor& wanted, const image::Store::Staged& came) {
  if (came.source_digest == wanted.digest && (wanted.size == 0 || came.source_bytes == wanted.size)) return;
  throw Error(ErrorKind::invalid, "the layer " + wanted.digest + " came with the digest " + came.source_digest);
}

}  // namespace stack::build
