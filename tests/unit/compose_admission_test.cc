// Each row is what a user writes in a service and what is said about it, with its line.
#include <gtest/gtest.h>

#include "compose/admission/admission.h"
#include "compose/admission/capability_names.h"
#include "compose/admission/ulimit_names.h"
#include "compose/load/loader.h"
#include "engine/sandbox/capabilities.h"

namespace stack::compose {
namespace {

class OneFile final : public FileSource {
 public:
  explicit OneFile(std::string text) : text_(std::move(text)) {}
  FileText read(const std::string& path) override {
    return path == "/p/compose.yaml" ? FileText{FileStatus::ok, text_, {}} : FileText{};
  }
  FileStatus status(const std::string& path) override {
    return path == "/p/compose.yaml" ? FileStatus::ok : FileStatus::missing;
  }
  std::string working_dir() override { return "/p"; }

 private:
  std::string text_;
};

std::string objections(const std::string& text) {
  OneFile files{text};
  const LoadResult loaded = load_project({}, files, {});
  EXPECT_TRUE(loaded.project) << text << render(loaded.diagnostics);
  std::string out;
  if (!loaded.project) return out;
  for (const Objection& it :
       find_objections(*loaded.project, {.processors = 4, .online = *ProcessorList::parse("0-1,8-9")})) {
    out += std::to_string(it.place.line) + " " + (it.fatal ? "" : "(no effect) ") + it.path + ": " + it.message + "\n";
  }
  return out;
}

// A service of these lines, from line 4 on.
std::string of_service(const std::string& lines) {
  return objections("services:\n  a:\n    image: x\n    " + lines +
                    "\n  b: {image: y}\nconfigs: {c: {content: t}}\nvolumes: {d: }\n");
}

struct Row {
  const char *lines, *said;
};

class Values : public testing::TestWithParam<Row> {};

TEST_P(Values, AreObjectedToWithTheirPlace) { EXPECT_EQ(of_service(GetParam().lines), GetParam().said); }

INSTANTIATE_TEST_SUITE_P(
    Restart, Values,
    testing::Values(
        Row{"restart: allways",
            "4 services.a.restart: \"allways\" is not a restart policy; did you mean \"always\"?\n"},
        Row{"restart: unless_stopped",
            "4 services.a.restart: \"unless_stopped\" is not a restart policy; did you mean \"unless-stopped\"?\n"},
        Row{"restart: 'yes'",
            "4 services.a.restart: \"yes\" is not a restart policy; write no, always, unless-stopped or "
            "on-failure[:attempts]\n"},
        Row{"restart: on-failure:-5", "4 services.a.restart: \"-5\" is not a number of attempts; write on-failure:3\n"},
        Row{"restart: always:3",
            "4 services.a.restart: only on-failure takes a number of attempts; write restart: always, or "
            "on-failure:3\n"},
        Row{"restart: on-failure:3", ""}, Row{"restart: 'no'", ""}, Row{"restart: always:0", ""},
        Row{"deploy: {restart_policy: {condition: bogus}}",
            "4 services.a.deploy.restart_policy.condition: \"bogus\" is not a restart condition; write none, "
            "on-failure or "
            "any\n"},
        Row{"deploy: {restart_policy: {condition: any, max_attempts: 2}}",
            "4 services.a.deploy.restart_policy.max_attempts: only condition: on-failure takes a number of "
            "attempts; here "
            "the condition is any\n"},
        Row{"deploy: {restart_policy: {condition: on-failure, max_attempts: 2}}", ""},
        Row{"deploy: {restart_policy: {condition: unless-stopped}}", ""}));

constexpr const char* kPublished =
    " is not a port of the host; write a number from 1 to 65535, a range such as 8000-8010, or leave it out for any "
    "free "
    "port\n";

TEST(PublishedPorts, AreNumbersOrRanges) {
  for (const std::string text : {"abc", "99999", " 18292", "18290-x", "9-8", "-1", "80-"}) {
    EXPECT_EQ(of_service("ports: [{target: 80, published: '" + text + "'}]"),
              "4 services.a.ports[0].published: \"" + text + "\"" + kPublished);
  }
  for (const std::string text : {"", "0", "8080", "8080-8090"})
    EXPECT_EQ(of_service("ports: [{target: 80, published: '" + text + "'}]"), "");
}

INSTANTIATE_TEST_SUITE_P(
    Network, Values,
    testing::Values(
        Row{"network_mode: 'service:b'\n    ports: ['80:80']\n    hostname: h",
            "6 services.a.hostname: has no place beside network_mode: service:b, whose network it is; set it on the "
            "service b instead\n"
            "5 services.a.ports: has no place beside network_mode: service:b, whose network it is; set it on the "
            "service b instead\n"},
        Row{"network_mode: host\n    ports: ['80:80']",
            "5 (no effect) services.a.ports: no port is published with network_mode: host: the container's ports "
            "are the "
            "host's\n"},
        Row{"dns: [notanip]",
            "4 services.a.dns[0]: \"notanip\" is not an IP address of a name server; write one such as 9.9.9.9\n"},
        Row{"extra_hosts: ['h:notanip']",
            "4 services.a.extra_hosts.h: \"notanip\" is not an IP address for h; write one such as 192.168.1.10, or "
            "host-gateway for the machine itself\n"},
        Row{"extra_hosts: ['h:host-gateway', 'i:::1']", ""},
        Row{"mac_address: 01:42:ac:11:65:43",
            "4 services.a.mac_address: \"01:42:ac:11:65:43\" is not a MAC address of an interface; write one such as "
            "02:42:ac:11:00:02\n"},
        Row{"networks: {default: {ipv4_address: xyz}}",
            "4 services.a.networks.default.ipv4_address: \"xyz\" is not an IPv4 address; write one such as "
            "172.20.0.5\n"}));

INSTANTIATE_TEST_SUITE_P(
    Process, Values,
    testing::Values(
        Row{"healthcheck: {test: x, interval: 1ns}",
            "4 services.a.healthcheck.interval: 1ns is too short; write at least 1ms, or 0 for the default\n"},
        Row{"healthcheck: {test: x, interval: 1ms, timeout: 0s}", ""},
        Row{"stop_signal: FOO",
            "4 services.a.stop_signal: there is no signal \"FOO\"; write one such as SIGTERM, INT or 15\n"},
        Row{"working_dir: rel", "4 services.a.working_dir: \"rel\" is not an absolute path; write one such as /rel\n"},
        Row{"cap_add: [NET_ADMINN]",
            "4 services.a.cap_add[0]: there is no capability \"NET_ADMINN\"; did you mean \"NET_ADMIN\"?\n"},
        Row{"cap_drop: [all, cap_chown]", ""},
        Row{"security_opt: [foo]",
            "4 services.a.security_opt[0]: there is no security option \"foo\"; known are no-new-privileges, "
            "seccomp, "
            "apparmor, systempaths, writable-cgroups and label\n"},
        Row{"sysctls: {foo: 1}",
            "4 services.a.sysctls.foo: a container has no setting \"foo\" of its own; it has those of net., "
            "fs.mqueue., kernel.msg*, kernel.shm*, kernel.sem and kernel.domainname\n"},
        Row{"sysctls: {net/ipv4/conf/eth0.5/forwarding: 1, net.ipv4/ip_forward: 1, kernel/shmmax: 9, "
            "kernel.domainname: x}",
            ""},
        Row{"sysctls: {kernel.shmnothing: 1}",
            "4 services.a.sysctls.kernel.shmnothing: a container has no setting \"kernel.shmnothing\" of its own; it "
            "has those of net., fs.mqueue., kernel.msg*, kernel.shm*, kernel.sem and kernel.domainname\n"},
        Row{"sysctls: {kernel.domainname: x}\n    uts: host",
            "4 services.a.sysctls.kernel.domainname: with uts: host the container has the host's names\n"},
        Row{"devices: ['/dev/null:/dev/x:abc']",
            "4 services.a.devices[0]: \"abc\" is not an access mode of a device; write r, w and m (read, write, "
            "mknod), or "
            "leave "
            "it out\n"},
        Row{"device_cgroup_rules: ['c 1:3']",
            "4 services.a.device_cgroup_rules[0]: \"c 1:3\" is not a rule for devices; write one such as \"c 189:* "
            "rwm\"\n"},
        Row{"configs: [{source: c, uid: abc}]",
            "4 services.a.configs[0].uid: \"abc\" is not a number of a user or group; write one such as \"1000\"\n"},
        Row{"tmpfs: ['/x:size=abc']",
            "4 services.a.tmpfs[0]: \"abc\" is not a size; write one such as size=64m or size=50%\n"},
        Row{"tmpfs: ['/x:size=64m,mode=1777,exec,noatime']", ""}));

INSTANTIATE_TEST_SUITE_P(
    Limits, Values,
    testing::Values(
        Row{"cpus: 99", "4 services.a.cpus: this machine has 4 processors; write at most that many\n"},
        Row{"cpus: .nan", "4 services.a.cpus: this is not a number of processors; write one such as 0.5\n"},
        Row{"cpus: .inf", "4 services.a.cpus: this machine has 4 processors; write at most that many\n"},
        Row{"command: [\"a\\0b\", c]",
            "4 services.a.command[0]: a zero byte cannot stand here; the text would end before it\n"},
        Row{"environment: {A: \"a\\0b\"}",
            "4 services.a.environment.A: a zero byte cannot stand here; the text would end before it\n"},
        Row{"cpuset: 0-9", "4 services.a.cpuset: this machine has no processor 2 at work; it has 0-1,8-9\n"},
        Row{"cpuset: 8-9,0", ""},
        Row{"cpuset: 0,,1", "4 services.a.cpuset: \"0,,1\" is not a list of processors; write one such as 0-2,4\n"},
        Row{"mem_limit: 1m", "4 services.a.mem_limit: a container cannot run in so little memory; write at least 6m\n"},
        Row{"mem_limit: 10m\n    memswap_limit: 9m",
            "5 services.a.memswap_limit: it is the sum of memory and swap, so it cannot be below mem_limit; write "
            "-1 for "
            "any swap\n"},
        Row{"shm_size: -1", "4 services.a.shm_size: a size cannot be negative; write one such as 64m\n"},
        Row{"ulimits: {nofiles: 3}",
            "4 services.a.ulimits.nofiles: the kernel has no limit \"nofiles\"; did you mean \"nofile\"?\n"},
        Row{"ulimits: {nofile: {soft: 10, hard: 5}}",
            "4 services.a.ulimits.nofile: the soft limit, 10, is above the hard one, 5; raise hard, or lower "
            "soft\n"},
        Row{"ulimits: {NOFILE: 3, core: -1}", ""}));

INSTANTIATE_TEST_SUITE_P(
    Logging, Values,
    testing::Values(
        Row{"logging: {driver: jsonfile}",
            "4 services.a.logging.driver: this engine has no log driver \"jsonfile\"; did you mean "
            "\"json-file\"?\n"},
        Row{"logging: {options: {max-size: '-1'}}",
            "4 services.a.logging.options.max-size: \"-1\" is not a size of a log; write one such as 10m\n"},
        Row{"logging: {options: {tag: '{{.Name}}/{{.ID}}', compress: 'true', mode: non-blocking, max-size: 10m, "
            "max-buffer-size: 4m, env: 'A,B', labels-regex: '^com\\.', labels: x, env-regex: '(?i)^log_'}}",
            ""},
        Row{"logging: {driver: local, options: {compress: 'false', max-file: 1, mode: blocking}}", ""},
        Row{"logging: {options: {compress: 'true', max-file: 1}}",
            "4 services.a.logging.options.compress: compress cannot be true when max-file is less than 2: only files "
            "that are full are compressed\n"},
        Row{"logging: {options: {compress: maybe}}",
            "4 services.a.logging.options.compress: \"maybe\" is neither true nor false\n"},
        Row{"logging: {options: {max-file: 0}}",
            "4 services.a.logging.options.max-file: \"0\" is not a number of files; write one from 1 to 10000\n"},
        Row{"logging: {options: {mode: nonblocking}}",
            "4 services.a.logging.options.mode: \"nonblocking\" is not a mode; write blocking or non-blocking\n"},
        Row{"logging: {options: {max-buffer-size: 1m}}",
            "4 services.a.logging.options.max-buffer-size: max-buffer-size is only supported with mode: "
            "non-blocking\n"},
        Row{"logging: {options: {mode: non-blocking, max-buffer-size: 2g}}",
            "4 services.a.logging.options.max-buffer-size: \"2g\" is not a size of a buffer; write one such as 4m, at "
            "most 1g\n"},
        Row{"logging: {options: {tag: '{{.Name'}}",
            "4 services.a.logging.options.tag: \"{{.Name\" is not a tag: column 8: expected }}\n"},
        Row{"logging: {options: {tag: '{{.Nope}}'}}",
            "4 services.a.logging.options.tag: \"{{.Nope}}\" is not a tag: there is no field .Nope; the fields are "
            ".ID, "
            ".FullID, .ContainerID, .Name, .ContainerName, .ImageName, .ContainerImageName, .ImageID, .ImageFullID, "
            ".ContainerImageID, .Command, .ContainerEntrypoint, .ContainerArgs, .ContainerEnv, .ContainerLabels, "
            ".Config, .DaemonName\n"},
        Row{"logging: {options: {env-regex: '('}}",
            "4 services.a.logging.options.env-regex: \"(\" is not a regular expression: "
            "Unmatched marking parenthesis ( or \\(\n"},
        Row{"logging: {driver: local, options: {tag: x}}",
            "4 services.a.logging.options.tag: unknown log opt 'tag' for local log driver; known are max-size, "
            "max-file, compress, mode and max-buffer-size\n"},
        Row{"logging: {driver: none, options: {tag: x}}",
            "4 (no effect) services.a.logging.options.tag: this has no effect here: nothing is logged\n"},
        Row{"logging: {options: {foo: x}}",
            "4 services.a.logging.options.foo: unknown log opt 'foo' for json-file log driver; known are max-size, "
            "max-file, compress, mode, max-buffer-size, tag, labels, labels-regex, env and env-regex\n"}));

TEST(TopLevelValues, OfNetworksAndVolumesAreChecked) {
  const std::string head = "services: {a: {image: x, volumes: ['v:/x']}}\n";
  const std::string network = head + "volumes: {v: }\nnetworks: {default: {ipam: {config: [{";
  EXPECT_EQ(objections(network + "subnet: 10.9.0.1/16}]}}}"),
            "3 networks.default.ipam.config[0].subnet: \"10.9.0.1/16\" is an address within a subnet; write "
            "10.9.0.0/16\n");
  EXPECT_EQ(
      objections(network + "subnet: 10.9.0.0/16, gateway: 10.10.0.1}]}}}"),
      "3 networks.default.ipam.config[0].gateway: \"10.10.0.1\" is outside the subnet 10.9.0.0/16; write an address "
      "in it\n");
  EXPECT_EQ(objections(network + "subnet: 10.9.0.0/16},{subnet: 10.9.1.0/24}]}}}"),
            "3 networks.default.ipam.config[1].subnet: the subnet 10.9.1.0/24 overlaps 10.9.0.0/16 of "
            "networks.default.ipam.config[0].subnet\n");
  EXPECT_EQ(objections(head + "volumes: {v: }\nnetworks: {default: {driver_opts: {mtu: abc}}}\n"),
            "3 networks.default.driver_opts.mtu: \"abc\" is not an MTU; write a number from 68 to 65535\n");
  const std::string driver = head + "volumes: {v: }\nnetworks: {default: {driver: ";
  EXPECT_EQ(objections(driver + "macvlan}}\n"),
            "3 networks.default.driver_opts: the driver macvlan needs an interface of the host; write one such as "
            "parent: eth0\n");
  EXPECT_EQ(objections(driver + "ipvlan, driver_opts: {parent: eth0, ipvlan_mode: bridge, x: y}}}\n"),
            "3 networks.default.driver_opts.ipvlan_mode: \"bridge\" is not a mode; write one of l2, l3, l3s\n"
            "3 networks.default.driver_opts.x: the driver ipvlan does not know this option; remove it\n");
  EXPECT_EQ(objections(driver + "macvlan, driver_opts: {parent: eth0.5, macvlan_mode: vepa, mtu: 1400}}}\n"), "");
  const std::string place = "services: {a: {image: x, networks: {n: {";
  const std::string end = "}}}}\nnetworks: {n: }\n";
  EXPECT_EQ(objections(place + "link_local_ips: [169.254.8.8, fe80::8, nonsense]" + end),
            "1 services.a.networks.n.link_local_ips[2]: \"nonsense\" is not an IP address; write one such as "
            "169.254.8.8\n");
  EXPECT_EQ(objections(place + "driver_opts: {com.docker.network.endpoint.sysctls: net.ipv4.ip_forward=1}" + end),
            "1 services.a.networks.n.driver_opts.com.docker.network.endpoint.sysctls: unrecognised network interface "
            "sysctl 'net.ipv4.ip_forward=1'; represent 'net.X.Y.ethN.Z=V' as 'net.X.Y.IFNAME.Z=V', 'X' must be "
            "'ipv4', 'ipv6' or 'mpls'\n");
  const std::string volume = head + "volumes: {v: {driver_opts: {";
  EXPECT_EQ(objections(volume + "foo: bar}}}"),
            "2 volumes.v.driver_opts.foo: invalid option: \"foo\"; the driver local has type, device and o\n");
  EXPECT_EQ(
      objections(volume + "type: nfs, device: ':/x', o: nolock}}}"),
      "2 volumes.v.driver_opts.o: the kernel mounts NFS by its server's address; write o: addr=192.168.1.10 before "
      "other options\n");
  for (const char* good : {"type: tmpfs, device: tmpfs, o: size=10m", "type: '', device: '', o: ''",
                           "type: nfs, device: ':/x', o: 'addr=10.0.0.1,rw'", "type: none, device: /tmp, o: bind"}) {
    EXPECT_EQ(objections(volume + good + "}}}"), "") << good;
  }
}

// The lists of names are kept apart, because rooms of the file and of the engine do not see each other.
TEST(Names, AreThoseThatTheEngineKnows) {
  int known = 0;
  while (!sandbox::capability_name(known).empty()) {
    EXPECT_EQ("CAP_" + std::string{kCapabilityNames.at(static_cast<std::size_t>(known))},
              sandbox::capability_name(known));
    ++known;
  }
  EXPECT_EQ(kCapabilityNames.size(), static_cast<std::size_t>(known));
}

TEST(FixedAddress, LiesInItsNetwork) {
  const std::string networks =
      "networks: {n: {ipam: {config: [{subnet: 10.9.0.0/24}, {subnet: 'fd00:9::/64'}]}}, free: }\n";
  EXPECT_EQ(objections("services:\n  a:\n    image: x\n    networks: {n: {ipv4_address: 10.8.0.5}}\n" + networks),
            "4 services.a.networks.n.ipv4_address: \"10.8.0.5\" is outside the network's subnet 10.9.0.0/24; write an "
            "address in it\n");
  EXPECT_EQ(objections("services:\n  a:\n    image: x\n    networks: {n: {ipv4_address: 10.9.0.5, ipv6_address: "
                       "'fd00:9::5'}, free: {ipv4_address: 10.8.0.5}}\n" +
                       networks),
            "");
}

}  // namespace
}  // namespace stack::compose
