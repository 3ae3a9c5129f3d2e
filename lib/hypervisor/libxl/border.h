/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The border to qubes-mgmt-xen.so, the one object that links libxl and libxenstore. Plain C: no C++
 * type and no exception crosses it. Every function returns 0, or -1 with *error filled, and writes
 * nothing anywhere. Reading only, but for xenstore, and for what libvirt knows nothing of: pauses
 * of others, and disks that another domain than dom0 has, where libvirt forgets whose they are. It
 * manages the domains, and would not notice (hypervisor.md a.5). A handle belongs to one thread. */
#pragma once

#include <stddef.h>

#define QMGMT_XEN_ENTRY "qmgmt_xen_v3"
#define QMGMT_XEN_UNDO_MS 5000

/* What kind of failure: chosen by what the caller of the border can do about it. */
enum qmgmt_xen_failure {
    QMGMT_XEN_INTERNAL,
    QMGMT_XEN_NOT_FOUND, /* no such domain, no such node */
    QMGMT_XEN_INVALID,   /* what was asked for cannot be: a path, a value that is too long */
    QMGMT_XEN_DENIED,
    QMGMT_XEN_NO_MEMORY,
    QMGMT_XEN_TIMEOUT,
    QMGMT_XEN_BUSY,
    QMGMT_XEN_EXISTS,      /* a disk of that name */
    QMGMT_XEN_UNAVAILABLE, /* no Xen, or nobody answers */
};

struct qmgmt_xen_error {
    enum qmgmt_xen_failure failure;
    int code;       /* libxl's, or errno */
    char text[256]; /* what failed: for the log */
};

struct qmgmt_xen_domain {
    unsigned char uuid[16]; /* of dom0: all 0 */
    unsigned id;
    int running; /* flags of Xen, each 0 or 1 */
    int blocked;
    int paused;
    int shutdown;
    int dying;
    int shutdown_reason; /* SHUTDOWN_* of Xen; -1: not shut down */
    unsigned long long memory_kib;
    unsigned long long maximum_kib; /* as Xen bounds it: a little more than it was given */
    unsigned long long cpu_time_ns;
};

struct qmgmt_xen_host {
    unsigned long long memory_kib; /* of the machine, not of dom0 */
    unsigned long long free_kib;
    unsigned processors;
};

struct qmgmt_xen_pci {
    int domain;
    unsigned bus;
    unsigned device;
    unsigned function;
};

struct qmgmt_xen_disk {
    unsigned backend; /* the domain that has it */
    int writable;
    int cdrom;
    char target[32]; /* in the domain that uses it: "xvdi" */
    char path[4096]; /* in the one that has it */
};

struct qmgmt_xen_new_disk {
    const char* backend; /* the name of the domain that has it, which is not dom0 */
    const char* path;
    const char* target;
    const char* script; /* that the backend runs; null: as Xen has it */
    int writable;
    int cdrom;
};

typedef struct qmgmt_xen_handle qmgmt_xen_handle;
typedef struct qmgmt_xen_store qmgmt_xen_store;

struct qmgmt_xen {
    int (*open)(qmgmt_xen_handle** handle, struct qmgmt_xen_error* error);
    void (*close)(qmgmt_xen_handle* handle);
    /* All domains, dom0 included, by id; *domains is to be given to `release`. */
    int (*list)(qmgmt_xen_handle* handle, struct qmgmt_xen_domain** domains, size_t* count,
                struct qmgmt_xen_error* error);
    int (*domain)(qmgmt_xen_handle* handle, unsigned id, struct qmgmt_xen_domain* domain,
                  struct qmgmt_xen_error* error);
    /* Takes back one pause: Xen counts them. A domain that is not paused is a failure. */
    int (*unpause)(qmgmt_xen_handle* handle, unsigned id, struct qmgmt_xen_error* error);
    /* For the log: it costs a question to xenstore. To be given to `release`. */
    int (*name)(qmgmt_xen_handle* handle, unsigned id, char** name, struct qmgmt_xen_error* error);
    /* Seconds since the epoch. */
    int (*start_time)(qmgmt_xen_handle* handle, unsigned id, long long* seconds,
                      struct qmgmt_xen_error* error);
    int (*host)(qmgmt_xen_handle* handle, struct qmgmt_xen_host* host,
                struct qmgmt_xen_error* error);
    /* Devices that a domain may be given, and those that it has; *devices is to be given to
     * `release`. */
    int (*assignable_pci)(qmgmt_xen_handle* handle, struct qmgmt_xen_pci** devices, size_t* count,
                          struct qmgmt_xen_error* error);
    int (*assigned_pci)(qmgmt_xen_handle* handle, unsigned id, struct qmgmt_xen_pci** devices,
                        size_t* count, struct qmgmt_xen_error* error);

    /* All disks of a domain, whoever attached them; *disks is to be given to `release`. */
    int (*disk_list)(qmgmt_xen_handle* handle, unsigned id, struct qmgmt_xen_disk** disks,
                     size_t* count, struct qmgmt_xen_error* error);
    /* Returns when the backend is ready for the guest; a failure leaves nothing behind, and takes
     * up to QMGMT_XEN_UNDO_MS longer than the milliseconds it is given. */
    int (*disk_add)(qmgmt_xen_handle* handle, unsigned id, const struct qmgmt_xen_new_disk* disk,
                    int milliseconds, struct qmgmt_xen_error* error);
    /* Of a backend that is not dom0. Asks the guest to let go; after ten seconds, or when the
     * milliseconds are over, it is taken away all the same, which may take QMGMT_XEN_UNDO_MS more.
     */
    int (*disk_remove)(qmgmt_xen_handle* handle, unsigned id, const char* target, int milliseconds,
                       struct qmgmt_xen_error* error);

    /* Xenstore; needs no handle of the above. */
    int (*store_open)(qmgmt_xen_store** store, struct qmgmt_xen_error* error);
    void (*store_close)(qmgmt_xen_store* store);
    /* *value is to be given to `release`; a byte 0 follows it. */
    int (*store_read)(qmgmt_xen_store* store, const char* path, char** value, size_t* length,
                      struct qmgmt_xen_error* error);
    /* *names is one piece of memory, to be given to `release`. */
    int (*store_list)(qmgmt_xen_store* store, const char* path, char*** names, size_t* count,
                      struct qmgmt_xen_error* error);
    int (*store_write)(qmgmt_xen_store* store, const char* path, const char* value, size_t length,
                       struct qmgmt_xen_error* error);
    int (*store_remove)(qmgmt_xen_store* store, const char* path, struct qmgmt_xen_error* error);
    /* The node is dom0's, and `domain` may read it, and write it. */
    int (*store_permit)(qmgmt_xen_store* store, const char* path, unsigned domain, int writable,
                        struct qmgmt_xen_error* error);

    void (*release)(void* memory);
};

/* The symbol QMGMT_XEN_ENTRY. */
typedef const struct qmgmt_xen* (*qmgmt_xen_entry)(void);
