// The hashes by which Docker Compose knows what it has made; those below are Compose 2.40's.
#include "compose/print/compose_hash.h"

#include <gtest/gtest.h>

#include "compose/load/loader.h"

namespace stack::compose {
namespace {

constexpr const char* kFile = R"(name: hashes
services:
  plain: {image: busybox, command: [sleep, "5"]}
  full:
    image: busybox
    command: sleep 1000
    environment: {B: "2", A: "x<y&z", C: "$$HOME"}
    ports: ["8080:80", "127.0.0.1:53:53/udp"]
    volumes: ["data:/d", "/srv/x:/x:ro", {type: tmpfs, target: /t, tmpfs: {size: 1m}}]
    networks: {n: {aliases: [q], ipv4_address: 10.9.0.5}, default: }
    deploy: {replicas: 2, resources: {limits: {memory: 64m, cpus: "0.5"}}}
    healthcheck: {test: "true", interval: 5s, retries: 3}
    labels: {l: m}
    depends_on: [plain]
    restart: always
    x-own: {a: 1}
    ulimits: {nofile: 100, nproc: {soft: 5, hard: 6}}
    logging: {driver: json-file, options: {max-size: 1m}}
    cap_add: [SYS_TIME]
    extra_hosts: ["a:1.2.3.4"]
    sysctls: {net.core.somaxconn: 5}
    stop_grace_period: 90s
    memswap_limit: 256m
    tmpfs: /run
    dns: 1.1.1.1
    user: "5"
  built: {build: {context: /srv/app, args: {A: b}}, pull_policy: build, scale: 3, profiles: [p]}
  given:
    {image: busybox, configs: [c], secrets: [{source: s, target: /s, mode: 0400}], init: true, read_only: true, env_file: [],
    shm_size: 1g, pid: host, tty: true}
  watched:
    {image: busybox, develop: {watch: [{path: /srv/src, action: sync, target: /a}]}, post_start: [{command: echo hi}],
    attach: false, annotations: {a: b}}
  # What Compose leaves out, or writes by other names.
  edges:
    image: busybox
    ulimits: {nofile: 0, core: {soft: 0, hard: 0}, nproc: {soft: 0, hard: 5}}
    mem_swappiness: 0
    blkio_config: {weight_device: [{path: /dev/vda, weight: 400}], device_read_bps: [{path: /dev/vda, rate: 12mb}]}
    volumes: [/a, /anonymous, {type: bind, source: /etc, target: /x, bind: {create_host_path: false}}]
    deploy: {x-own: 1, resources: {reservations: {devices: [{capabilities: [gpu], count: 0}]}}}
    x-own: {a: 1}
volumes: {data: {}, other: {driver_opts: {type: tmpfs, device: tmpfs}, labels: {a: b}}}
networks:
  n: {ipam: {config: [{subnet: 10.9.0.0/24}]}, internal: true}
  m: {driver: bridge, driver_opts: {x: y}, attachable: true, labels: {a: b}}
configs: {c: {content: hello}}
secrets: {s: {environment: HOME}}
)";

class OneFile final : public FileSource {
 public:
  FileText read(const std::string& path) override {
    if (path != "/p/compose.yaml") return {FileStatus::missing, {}, {}};
    return {FileStatus::ok, kFile, {}};
  }
  FileStatus status(const std::string& path) override {
    return path == "/p/compose.yaml" ? FileStatus::ok : FileStatus::missing;
  }
  std::string working_dir() override { return "/p"; }
};

Project loaded() {
  OneFile file;
  LoadResult result = load_project({.profiles = {"p"}}, file, {{"HOME", "/h"}});
  EXPECT_TRUE(result.project) << render(result.diagnostics);
  return result.project ? *result.project : Project{};
}

TEST(ComposeHash, OfServices) {
  const Project project = loaded();
  const std::map<std::string, std::string> hashes{
      {"built", "8ed9276b9b43971f5e501d66147c519a039b4cf02cb7c2f3b6c3aa25e8d28823"},
      {"edges", "5283a84580308dcac58353761a59d45a9359ea98da9b5b6e7588dfa09014e2f0"},
      {"full", "7f09181f9c4798707a616fe21e0de25bd710c04e8bf7d325374eaa52dfeed648"},
      {"given", "6cc74077e5d28d6884409c2746070d6eeb8a96655e2fac2462af63a2b2858b94"},
      {"plain", "a8a66a92cf36883eaec2d826f6a3a27a23b323f7da9705fd59bcab5d3fb07a83"},
      {"watched", "002a52b84227e25666b9d12fe615ccaf4d2d625f1641480d23fa429b2bca2f5b"}};
  for (const auto& [name, hash] : hashes) EXPECT_EQ(compose_hash(project.services.at(name)), hash) << name;
}

TEST(ComposeHash, OfVolumesAndNetworks) {
  const Project project = loaded();
  EXPECT_EQ(compose_hash(project.volumes.at("data")),
            "767a6f4719f41b08ea573f67844e515cefcdd0edd4d51f75c969a6b17ed778d1");
  EXPECT_EQ(compose_hash(project.networks.at("n")), "29edcce7eb013f7d52a54f7bb51c08b2743d055839c7d6747acab0b368a5f3b8");
  EXPECT_EQ(compose_hash(project.networks.at("default")),
            "094ae8719a11612bf1fa7af58f6a472544ad1bf8cbefdaffa49e78bfb1c8e619");
}

}  // namespace
}  // namespace stack::compose
