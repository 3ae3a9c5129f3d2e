/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The border to qubes-mgmt-libvirt.so, the one object that links libvirt. Plain C: no C++ type and
 * no exception crosses it. Every function returns 0, or -1 with *error filled. A connection belongs
 * to one thread. */
#pragma once

#include <stddef.h>

#define QMGMT_LIBVIRT_ENTRY "qmgmt_libvirt_v5"

/* What kind of failure: chosen by what the caller of the border can do about it. */
enum qmgmt_hv_failure {
    QMGMT_HV_INTERNAL,
    QMGMT_HV_NO_DOMAIN,
    QMGMT_HV_BAD_STATE,
    QMGMT_HV_EXISTS,
    QMGMT_HV_CONFIG,
    QMGMT_HV_UNSUPPORTED,
    QMGMT_HV_NO_HVM,
    QMGMT_HV_NO_MEMORY,
    QMGMT_HV_STORAGE,
    QMGMT_HV_DENIED,
    QMGMT_HV_UNAVAILABLE, /* nobody answers */
    QMGMT_HV_LOST,        /* the connection broke */
    QMGMT_HV_TIMEOUT,
    QMGMT_HV_HOOK_REFUSED,
    QMGMT_HV_BUSY,
    QMGMT_HV_NO_DEVICE, /* of the host */
};

struct qmgmt_hv_error {
    enum qmgmt_hv_failure failure;
    int code;       /* libvirt's */
    int domain;     /* the part of libvirt that failed */
    char text[512]; /* libvirt's own words: for the log, they hold paths */
};

struct qmgmt_hv_status {
    unsigned char uuid[16];
    char name[64];
    int id; /* -1: not active */
    int active;
    int state; /* virDomainState */
    int reason;
};

struct qmgmt_hv_usage {
    unsigned long long memory_kib;
    unsigned long long maximum_kib;
    unsigned long long cpu_time_ns;
};

typedef struct qmgmt_hv_connection qmgmt_hv_connection;

enum qmgmt_hv_verb {
    QMGMT_HV_RESUME,
    QMGMT_HV_PAUSE,
    QMGMT_HV_SHUTDOWN,
    QMGMT_HV_DESTROY,
    QMGMT_HV_UNDEFINE, /* an unknown domain is success */
};

struct qmgmt_libvirt {
    /* With `reads_only` it refuses changes, and may be open to who could not make any. */
    int (*open)(const char* uri, int reads_only, qmgmt_hv_connection** connection,
                struct qmgmt_hv_error* error);
    void (*close)(qmgmt_hv_connection* connection);
    /* "Xen", "QEMU", "TEST"; valid as long as the connection. A round trip. */
    int (*type)(qmgmt_hv_connection* connection, const char** name, struct qmgmt_hv_error* error);
    /* Of the libvirt that drives the hypervisor, which may be another than ours:
     * major * 1000000 + minor * 1000 + release. */
    int (*version)(qmgmt_hv_connection* connection, unsigned long* version,
                   struct qmgmt_hv_error* error);
    /* All domains; *statuses is to be given to `release`. */
    int (*list)(qmgmt_hv_connection* connection, struct qmgmt_hv_status** statuses, size_t* count,
                struct qmgmt_hv_error* error);
    int (*status)(qmgmt_hv_connection* connection, const unsigned char* uuid,
                  struct qmgmt_hv_status* status, struct qmgmt_hv_error* error);
    int (*usage)(qmgmt_hv_connection* connection, const unsigned char* uuid,
                 struct qmgmt_hv_usage* usage, struct qmgmt_hv_error* error);
    int (*define)(qmgmt_hv_connection* connection, const char* xml, struct qmgmt_hv_error* error);
    /* Created and paused; *id is its number. */
    int (*create)(qmgmt_hv_connection* connection, const unsigned char* uuid, int* id,
                  struct qmgmt_hv_error* error);
    int (*act)(qmgmt_hv_connection* connection, const unsigned char* uuid, enum qmgmt_hv_verb verb,
               struct qmgmt_hv_error* error);
    int (*attach)(qmgmt_hv_connection* connection, const unsigned char* uuid, const char* xml,
                  struct qmgmt_hv_error* error);
    int (*detach)(qmgmt_hv_connection* connection, const unsigned char* uuid, const char* xml,
                  struct qmgmt_hv_error* error);
    /* A device of the host by libvirt's name of it, "pci_0000_00_1f_3": no driver of the host is to
     * have it, or the host's own is to have it again. */
    int (*take_from_host)(qmgmt_hv_connection* connection, const char* device,
                          struct qmgmt_hv_error* error);
    int (*give_to_host)(qmgmt_hv_connection* connection, const char* device,
                        struct qmgmt_hv_error* error);
    /* The guest's disk of that source has `size` bytes now. */
    int (*resize_disk)(qmgmt_hv_connection* connection, const unsigned char* uuid,
                       const char* source, unsigned long long size, struct qmgmt_hv_error* error);
    /* The live XML; to be given to `release`. */
    int (*live_xml)(qmgmt_hv_connection* connection, const unsigned char* uuid, char** xml,
                    struct qmgmt_hv_error* error);
    void (*release)(void* memory);
};

/* The symbol QMGMT_LIBVIRT_ENTRY. */
typedef const struct qmgmt_libvirt* (*qmgmt_libvirt_entry)(void);
