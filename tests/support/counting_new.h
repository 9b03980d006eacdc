// counting_new.h - an operator new that counts, for programs that show that something does not allocate.
//
// To be included by exactly one file of a program: it replaces the global operators. All forms but the aligned ones are
// here: one left to the sanitizers' runtime would meet the wrong operator delete. Not inlined, since the compiler would
// see malloc meet delete, and warn.
#pragma once

#include <atomic>
#include <cstdlib>
#include <new>

namespace citygate::tests {
inline std::atomic<std::size_t> allocations{0};
}  // namespace citygate::tests

[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++citygate::tests::allocations;
  return std::malloc(size != 0 ? size : 1);
}
[[gnu::noinline]] void* operator new(std::size_t size) {
  if (void* out = operator new(size, std::nothrow)) return out;
  throw std::bad_alloc();
}
void* operator new[](std::size_t size) { return operator new(size); }
void* operator new[](std::size_t size, const std::nothrow_t& tag) noexcept { return operator new(size, tag); }
[[gnu::noinline]] void operator delete(void* pointer) noexcept { std::free(pointer); }
void operator delete(void* pointer, std::size_t) noexcept { operator delete(pointer); }
void operator delete(void* pointer, const std::nothrow_t&) noexcept { operator delete(pointer); }
void operator delete[](void* pointer) noexcept { operator delete(pointer); }
void operator delete[](void* pointer, std::size_t) noexcept { operator delete(pointer); }
void operator delete[](void* pointer, const std::nothrow_t&) noexcept { operator delete(pointer); }
