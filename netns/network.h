// The network room's facade: bridges, addresses, veths, published ports and names of one engine.
//
// Owns, in the network namespace it was opened in: one nftables table, one bridge per network and the host's ends of
// the veths, all named with the engine's tag so that several engines stand side by side and a sweep finds what a killed
// one left. Everything here is called on the daemon's loop and returns without waiting for anything but the kernel's
// own answer. Failures are thrown as stack::Error with the step; teardown collects errors, goes on and returns their
// text.
//
// Order of a container's life here:  reserve -> reserve_ports -> launch_network (bytes for the shim to play) ->
// serve_dns -> [set_readiness, flush]* -> release. The shim makes the veths and the child sets its addresses; this room
// only says how (design, section 5). A container that starts again without release in between goes through
// launch_network again. attach and detach change one that runs.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/model/container_state.h"
#include "base/model/launch_network.h"
#include "base/model/network_spec.h"
#include "base/unique_fd.h"

namespace boost::asio {
class io_context;
}

namespace stack::netns {

struct Options {
  std::string tag;                         // 4 to 6 of [a-z0-9]: in every interface name and in the table's name
  std::vector<std::string> default_pools;  // CIDRs that networks without a subnet are cut from ("10.0.0.0/8" or, with
                                           // the length of each piece, "10.0.0.0/8,20"); empty: the built-in ones
  std::vector<std::string> resolvers;      // the host's DNS servers, "address" or "[address]:port"; empty: those of
                                           // /etc/resolv.conf, read when asked
};

struct EndpointRequest {
  std::string container_id;
  std::string sticky_key;  // who inherits the address: the container's name, which is also one of its DNS names
  std::string hostname;    // a DNS name too
  std::vector<model::Attachment> attachments;
  std::vector<std::string> dns, dns_search, dns_options;
};

// One published port of one replica. All bindings that agree in everything but `container` share one service address;
// the kernel spreads new connections over those that are ready.
struct PublishRequest {
  std::string container_id;
  std::string owner;  // for messages: "project/service"
  std::vector<model::PublishedPort> ports;
  // Replicas of one owner share a fixed host port; a second owner of it is a conflict.
};

// Whether new connections to a published port may go to a container.
enum class Readiness : std::uint8_t {
  none,         // it starts, stops, or does not run
  last_resort,  // it runs and its check does not say "healthy": only while no replica of the port is ready
  ready
};

struct SweepReport {
  std::vector<std::string> removed;  // "interface x", "table y"
  std::vector<std::string> errors;
};

class NetworkStack {
 public:
  // Throws Error(unsupported) when the kernel has no nftables, bridges or veths, with a remedy; Error(not_permitted)
  // without CAP_NET_ADMIN.
  static std::unique_ptr<NetworkStack> open(boost::asio::io_context& loop, Options options);
  virtual ~NetworkStack() = default;

  // --- networks ------------------------------------------------------------------------------------------------------
  // Checks and reserves; makes no interface. Fills pools and bridge. Throws invalid (bad CIDR, gateway outside the
  // subnet...), conflict (overlaps another network or a route of the host, named), unsupported (driver).
  virtual model::Network plan_network(std::string id, const model::NetworkSpec& spec) = 0;
  // Makes the interface, or accepts the one that is there; also after a restart of the engine or the machine. What it changed
  // on a bridge that somebody else made, for the network's record; nothing for one of ours.
  virtual std::optional<model::AdoptedBridge> ensure_network(const model::Network& network) = 0;
  // Takes note of a stored network without making its interface, so that remove_all undoes what it changed.
  virtual void note_network(const model::Network& network) = 0;
  // Throws conflict, with the containers' names, while endpoints are reserved on it.
  // A bridge that somebody else made stays, without what ensure_network changed on it.
  virtual void remove_network(const std::string& id) = 0;
  // Undoes plan_network and as much of ensure_network as has happened; what cannot be undone is logged.
  virtual void discard_network(const std::string& id) noexcept = 0;

  // --- endpoints -----------------------------------------------------------------------------------------------------
  // Chooses an address per attachment: the static one, else the one that sticky_key had last, else a free one. Nothing
  // is reserved when it throws (invalid, conflict, not_found).
  virtual std::vector<model::Endpoint> reserve(const EndpointRequest& request) = 0;
  // A container with static addresses exists and will reserve them: no other one gets them by chance meanwhile. What is no address,
  // or of no network here, is left out; reserve() says so.
  virtual void expect(const EndpointRequest& request) = 0;
  // Takes note of what a restarted engine knows from its store.
  virtual void adopt(const EndpointRequest& request, const std::vector<model::Endpoint>& endpoints) = 0;
  // Gives the addresses back (they stay preferred for sticky_key), removes names, backends and port reservations.
  virtual void release(const std::string& container_id) = 0;
  // Takes the host's ends of the container's veths away, which else stay as long as somebody lives in its namespace.
  virtual void disconnect(const std::string& container_id) = 0;
  // One more network for a container that has started, at once when `pid`, its first process, is not 0. Its names resolve, and the
  // default route follows the rules of launch_network. All endpoints that it has then. Throws as reserve does, and what the kernel
  // refuses; nothing of it stays then.
  virtual std::vector<model::Endpoint> attach(const EndpointRequest& request, const model::Attachment& attachment,
                                              std::int32_t pid) = 0;
  // The other way round, for an endpoint of the network with this id; what is not there is fine.
  virtual std::vector<model::Endpoint> detach(const std::string& container_id, const std::string& network_id,
                                              std::int32_t pid) = 0;
  // What the shim plays to connect the container; from now on its names resolve. Each call gives the host's ends of the
  // veths fresh names (see endpoints) and ends the DNS of the run before, because the kernel takes its time to remove
  // what a dead namespace held. The container is not ready until set_readiness says so. Without endpoints it gets its
  // loopback interface only.
  virtual model::LaunchNetwork launch_network(const std::string& container_id) = 0;
  // As reserved or adopted, with the names of the last launch; empty for a container that is not known.
  virtual std::vector<model::Endpoint> endpoints(const std::string& container_id) const = 0;
  // Answers the container's DNS on sockets that were opened in its namespace, until release or the next launch. Also
  // asks the kernel about the veths, which makes it notice at once that their other ends are up: left alone, it drops
  // what is sent in the first milliseconds, and a connection tried then waits a second.
  virtual void serve_dns(const std::string& container_id, UniqueFd udp, UniqueFd tcp) = 0;

  // --- published ports and names -------------------------------------------------------------------------------------
  // Checks and reserves the host's ports (a bound socket holds each, so that no other process takes it) without opening
  // them. Throws conflict that names the owner: a project's service, or the process that listens. Adopting again is not
  // an error: a restarted engine passes the bindings it knows as fixed ports. Ports without an address follow the
  // option com.docker.network.bridge.host_binding_ipv4 of the container's network, so reserve() comes first.
  virtual std::vector<model::PortBinding> reserve_ports(const PublishRequest& request) = 0;
  // Which new connections go to this container (with flush()) and whether names that it shares with replicas resolve to
  // it (at once). Nothing happens for a container that has no endpoint here (host or another one's network).
  virtual void set_readiness(const std::string& container_id, Readiness readiness) = 0;
  // Commits what the calls above changed as one nftables transaction; without a change it does nothing.
  virtual void flush() = 0;

  // --- housekeeping --------------------------------------------------------------------------------------------------
  // Removes every interface with the engine's tag that belongs to no known network or endpoint, and rebuilds the table.
  virtual SweepReport sweep() = 0;
  // What of the host's settings would stay although this engine left now, and for whom; or empty.
  virtual std::string remains() = 0;
  // Removes everything this engine made, and puts forwarding back unless another engine needs it: for an engine that
  // leaves while nothing of it runs, and for `stackd --purge`. ensure_network makes a network's interface again.
  virtual SweepReport remove_all() = 0;
};

}  // namespace stack::netns
