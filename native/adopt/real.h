// The C library's own functions, found behind ours.
#ifndef LEGATO_ADOPT_REAL_H
#define LEGATO_ADOPT_REAL_H

#include <dlfcn.h>
#include <stdatomic.h>
#include <stddef.h>

#define EXPORT __attribute__((visibility("default")))

// REAL(name) is the next definition of name after this library: looked up once, also before our constructor has run.
#define REAL(name)                                                                  \
  ({                                                                                \
    static _Atomic(void *) real_known;                                              \
    void *real_at = atomic_load_explicit(&real_known, memory_order_relaxed);        \
    if (real_at == NULL) {                                                          \
      real_at = dlsym(RTLD_NEXT, #name);                                            \
      atomic_store_explicit(&real_known, real_at, memory_order_relaxed);            \
    }                                                                               \
    (__typeof__(name) *)real_at;                                                    \
  })

// A system call as the kernel takes it, past our own syscall(): sets errno, is no cancellation point.
#define KERNEL(...) (REAL(syscall)(__VA_ARGS__))

#endif
