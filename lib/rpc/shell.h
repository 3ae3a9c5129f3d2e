/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The border to the dom0 shell, qubes-mgmt-shell.so: options, help, tables, JSON. It is loaded only
 * when qrexec did not start the call. Plain C: no C++ type and no exception crosses it. Strings are
 * NUL-terminated, owned by whoever made them; what the shell hands out lives until the process
 * ends. */
#pragma once

#include <stddef.h>

#define QMGMT_SHELL_VERSION 5
#define QMGMT_SHELL_ENTRY "qmgmt_shell_v5"

struct qmgmt_shell_spec {
    const char* program; /* the name it was called by, without path and argument */
    const char* name;    /* of the call: "mgmt.vm.tag.Set" */
    const char* summary;
    const char* destination; /* "dom0", "dom0-or-qube", "qube", "not-dom0"; empty: a tool */
    const char* argument;    /* "none", "optional", "required" */
    const char* argument_is;
    const char* input;           /* "none", "optional", "required", "stream" */
    const char* input_is;        /* of a stream: the line before the data, empty for none */
    const char* returns;         /* the return column; rows end in "\n" */
    const char* effect;          /* "read", "write", "execute" */
    const char* scope;           /* "local", "global" */
    const char* needs;           /* words joined by one blank: "store hypervisor" */
    const char* variants;        /* classes joined by one blank, empty for none */
    const char* variant;         /* the one it was called by, empty for none */
    const char* variant_follows; /* the part of the name they stand behind; empty: all of it */
    const char* version;         /* of the package */
    unsigned long payload_limit; /* bytes; 0: of any length */
    int admin;                   /* also under admin.* */
    const char* admin_argument;
    const char* admin_returns;
    int dry_run;         /* --dry-run is offered */
    const char* flag;    /* one option of its own, "autostart"; empty for none */
    const char* flag_is; /* what that does */
    int progress;        /* --progress=json is offered */
    const char* words;   /* names of the words it takes, joined by one blank; empty for none */
    const char* alias;   /* another name of the call; empty for none */
};

enum qmgmt_shell_form { QMGMT_FORM_AUTO, QMGMT_FORM_PLAIN, QMGMT_FORM_FRAMED, QMGMT_FORM_JSON };

struct qmgmt_shell_request {
    const char* dest;     /* "dom0" unless given */
    const char* source;   /* "dom0" unless given; given only by uid 0 */
    const char* argument; /* empty when none */
    enum qmgmt_shell_form form;
    int dry_run;
    int flag;                 /* the option of its own was given */
    int progress;             /* --progress=json was */
    double timeout;           /* seconds, 0: the defaults */
    const char* const* words; /* as many as the spec names, or none */
    size_t word_count;
};

enum qmgmt_shell_outcome {
    QMGMT_SHELL_RUN,   /* *request is filled: run the call */
    QMGMT_SHELL_DONE,  /* help, version or description was printed to standard output: exit 0 */
    QMGMT_SHELL_USAGE, /* *message says what is wrong: exit as protocol (2) */
};

struct qmgmt_shell {
    /* Parses the command line. `*message` is one line without the program's name. */
    enum qmgmt_shell_outcome (*parse)(const struct qmgmt_shell_spec* spec, int argc, char** argv,
                                      struct qmgmt_shell_request* request, const char** message);
    /* The reply for a person (a table, on a terminal of `columns` columns) or as JSON. Returns the
     * bytes, *length of them, or NULL when the reply does not have the form that `returns`
     * promises: then it is printed as it is. */
    const char* (*render)(const struct qmgmt_shell_spec* spec, enum qmgmt_shell_form form,
                          const char* reply, size_t reply_length, unsigned columns, size_t* length);
    /* How far a transfer has come after some seconds, for a terminal: "1.5 GiB of 10.0 GiB, 15 %,
     * 310.2 MiB/s". `total` is 0 when nobody knows it. */
    const char* (*progress)(unsigned long long done, unsigned long long total, double seconds);
};

/* The symbol QMGMT_SHELL_ENTRY of the object. */
typedef const struct qmgmt_shell* (*qmgmt_shell_entry)(void);
