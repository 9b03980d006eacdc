// decide_again.h - what runs is decided about again: snapshots were replaced, or the clock was moved.
//
// Requests at once. Tunnels so many a turn: there may be tens of thousands, and other connections are not to wait for
// all of them. Between two turns one that has not had its turn decides nothing by what is no longer in force.
// Owner     Worker; must not outlive the loop's last turn. Thread: the worker's loop.
#pragma once

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

 private:
  void some_tunnels();

  EventLoop& loop_;
  ConnectionTable& connections_;
  std::size_t next_ = 0;   // of the slots
  std::size_t left_ = 0;   // slots until once around
  bool going_on_ = false;  // a task that goes on from there is on its way
};

}  // namespace citygate::proxy
