// decide_again.h - what runs is decided about again: snapshots were replaced, or the clock was moved.
//
// Requests at once. Tunnels so many a turn: there may be tens of thousands, and other connections are not to wait for
// all of them. Between two turns one that has not had its turn decides nothing by what is no longer in force.
// Where a session of the portal ended, what runs from that address: there it is looked for, so many slots a turn.
// Owner     Worker; must not outlive the loop's last turn. Thread: the worker's loop.
#pragma once

#include <span>
#include <vector>

#include "base/address.h"
#include "proxy/connection_table.h"
#include "proxy/net/event_loop.h"

namespace citygate::proxy {

class DecideAgain {
 public:
  // Both borrowed.
  DecideAgain(EventLoop& loop, ConnectionTable& connections) : loop_(loop), connections_(connections) {}

  // Called while tunnels of the call before still wait for their turn, it goes on from there, once around: many orders
  // in a row do not keep those at the end waiting.
  void all();
  // What runs from there. Called again meanwhile, it goes once around for all that were named.
  void from(std::span<const IpAddress> clients);

 private:
  void some_tunnels();
  void some_clients();

  EventLoop& loop_;
  ConnectionTable& connections_;
  std::size_t next_ = 0;            // of the slots
  std::size_t left_ = 0;            // slots until once around
  bool going_on_ = false;           // a task that goes on from there is on its way
  std::vector<IpAddress> clients_;  // sorted; empty: nobody is looked for
  std::size_t next_slot_ = 0, slots_left_ = 0;
};

}  // namespace citygate::proxy
