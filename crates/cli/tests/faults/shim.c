/* Loaded into the command under test (LD_PRELOAD): numbers its calls on files below FAULT_ROOT in
 * the order they begin, over all threads, and at number FAULT_AT kills or stops the process before
 * the call, or fails the call. strace counts each thread by itself, so it cannot sweep a program
 * whose calls wander between threads; the suite holds this shim to strace's view of one run.
 *
 * FAULT_CALLS  kinds to number: "create,write,sync,rename,link,unlink,mkdir,truncate,read"
 * FAULT_DO     "kill", "stop" or an errno; FAULT_STICKY: fail every call from FAULT_AT on
 * FAULT_LOG    one line when a call begins, one when it ends
 * FAULT_CLOCK  seconds to add to the time of day
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static char root[4096], kinds[256];
static size_t root_length;
static long at, clock_shift;
static int sticky, fail_with, signal_with, log_fd = -1;
static atomic_long calls;

__attribute__((constructor)) static void start(void) {
    const char *value = getenv("FAULT_CALLS");
    snprintf(kinds, sizeof kinds, ",%s,", value ? value : "");
    at = (value = getenv("FAULT_AT")) ? atol(value) : 0;
    sticky = getenv("FAULT_STICKY") != NULL;
    if ((value = getenv("FAULT_DO"))) {
        if (!strcmp(value, "kill"))
            signal_with = SIGKILL;
        else if (!strcmp(value, "stop"))
            signal_with = SIGSTOP;
        else
            fail_with = atoi(value);
    }
    if ((value = getenv("FAULT_LOG")))
        log_fd = (int)syscall(SYS_openat, AT_FDCWD, value,
                              O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    clock_shift = (value = getenv("FAULT_CLOCK")) ? atol(value) : 0;
    if ((value = getenv("FAULT_ROOT"))) {
        snprintf(root, sizeof root, "%s", value);
        root_length = strlen(root);
    }
}

static void note(const char *text, int length) {
    if (log_fd >= 0)
        syscall(SYS_write, log_fd, text, (size_t)length);
}

/* The call's number, 0 when it does not count, or -1 with errno set when it must fail. */
static long begin(const char *kind, const char *path, const char *to) {
    char text[9000], wanted[32];
    if (root_length == 0 || path == NULL)
        return 0;
    if (strncmp(path, root, root_length) != 0 && !(to && strncmp(to, root, root_length) == 0))
        return 0;
    snprintf(wanted, sizeof wanted, ",%s,", kind);
    if (strstr(kinds, wanted) == NULL)
        return 0;
    long number = atomic_fetch_add(&calls, 1) + 1;
    note(text, snprintf(text, sizeof text, "%ld\t%s\t%s\t%s\n", number, kind, path, to ? to : ""));
    if (at > 0 && (number == at || (sticky && number > at))) {
        if (fail_with) {
            note(text, snprintf(text, sizeof text, "%ld\tend\tfailed\n", number));
            errno = fail_with;
            return -1;
        }
        if (signal_with)
            syscall(SYS_kill, getpid(), signal_with);
    }
    return number;
}

static void end(long number, int ok) {
    char text[64];
    int saved = errno;
    if (number > 0)
        note(text, snprintf(text, sizeof text, "%ld\tend\t%s\n", number, ok ? "ok" : "failed"));
    errno = saved;
}

static long begin_fd(const char *kind, int fd) {
    char link[64], path[4096];
    int saved = errno;
    if (root_length == 0)
        return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    long length = syscall(SYS_readlinkat, AT_FDCWD, link, path, sizeof path - 1);
    errno = saved;
    if (length <= 0)
        return 0;
    path[length] = 0;
    return begin(kind, path, NULL);
}

#define WRAP(result, kind_begin, name, ...)                                                        \
    static __typeof__(name) *real;                                                                 \
    if (!real)                                                                                     \
        real = (__typeof__(real))dlsym(RTLD_NEXT, #name);                                          \
    long number = kind_begin;                                                                      \
    if (number < 0)                                                                                \
        return -1;                                                                                 \
    result got = real(__VA_ARGS__);                                                                \
    end(number, got >= 0);                                                                         \
    return got;

ssize_t read(int fd, void *buffer, size_t n) { WRAP(ssize_t, begin_fd("read", fd), read, fd, buffer, n) }
ssize_t pread64(int fd, void *buffer, size_t n, off64_t offset) { WRAP(ssize_t, begin_fd("read", fd), pread64, fd, buffer, n, offset) }
ssize_t write(int fd, const void *buffer, size_t n) { WRAP(ssize_t, begin_fd("write", fd), write, fd, buffer, n) }
ssize_t pwrite64(int fd, const void *buffer, size_t n, off64_t offset) { WRAP(ssize_t, begin_fd("write", fd), pwrite64, fd, buffer, n, offset) }
ssize_t writev(int fd, const struct iovec *parts, int n) { WRAP(ssize_t, begin_fd("write", fd), writev, fd, parts, n) }
int fsync(int fd) { WRAP(int, begin_fd("sync", fd), fsync, fd) }
int fdatasync(int fd) { WRAP(int, begin_fd("sync", fd), fdatasync, fd) }
int ftruncate64(int fd, off64_t length) { WRAP(int, begin_fd("truncate", fd), ftruncate64, fd, length) }
int rename(const char *from, const char *to) { WRAP(int, begin("rename", from, to), rename, from, to) }
int renameat(int a, const char *from, int b, const char *to) { WRAP(int, begin("rename", from, to), renameat, a, from, b, to) }
int renameat2(int a, const char *from, int b, const char *to, unsigned flags) { WRAP(int, begin("rename", from, to), renameat2, a, from, b, to, flags) }
int link(const char *from, const char *to) { WRAP(int, begin("link", from, to), link, from, to) }
int linkat(int a, const char *from, int b, const char *to, int flags) { WRAP(int, begin("link", from, to), linkat, a, from, b, to, flags) }
int unlink(const char *path) { WRAP(int, begin("unlink", path, NULL), unlink, path) }
int unlinkat(int dir, const char *path, int flags) { WRAP(int, begin("unlink", path, NULL), unlinkat, dir, path, flags) }
int rmdir(const char *path) { WRAP(int, begin("unlink", path, NULL), rmdir, path) }
int mkdir(const char *path, mode_t mode) { WRAP(int, begin("mkdir", path, NULL), mkdir, path, mode) }

#define MODE                                                                                       \
    mode_t mode = 0;                                                                               \
    if (flags & O_CREAT) {                                                                         \
        va_list rest;                                                                              \
        va_start(rest, flags);                                                                     \
        mode = va_arg(rest, mode_t);                                                               \
        va_end(rest);                                                                              \
    }
#define CREATE(path) ((flags & O_CREAT) ? begin("create", path, NULL) : 0)

int open(const char *path, int flags, ...) { MODE WRAP(int, CREATE(path), open, path, flags, mode) }
int open64(const char *path, int flags, ...) { MODE WRAP(int, CREATE(path), open64, path, flags, mode) }
int openat(int dir, const char *path, int flags, ...) { MODE WRAP(int, CREATE(path), openat, dir, path, flags, mode) }
int openat64(int dir, const char *path, int flags, ...) { MODE WRAP(int, CREATE(path), openat64, dir, path, flags, mode) }

int clock_gettime(clockid_t clock, struct timespec *time) {
    static __typeof__(clock_gettime) *real;
    if (!real)
        real = (__typeof__(real))dlsym(RTLD_NEXT, "clock_gettime");
    int got = real(clock, time);
    if (clock == CLOCK_REALTIME)
        time->tv_sec += clock_shift;
    return got;
}
