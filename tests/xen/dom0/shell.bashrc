# SPDX-License-Identifier: GPL-2.0-or-later
#
# The shell of `packaging/try-it --xen`: dom0 as a host of Qubes OS, with a template and a qube.
# shellcheck shell=bash

cd /xen-tests || return
# shellcheck source=tests/xen/dom0/case.sh
. ./case.sh
# shellcheck disable=SC2154 # from there
PATH=$services:$PATH PS1='dom0# '

# In a shell it is no reason to leave.
fail() { # TEXT
    printf 'FAILED: %s\n' "$1"
    return 1
}

# What is typed at a terminal is meant for the shell: there, a call gets no input.
eval "$(declare -f qrexec | sed '1s/qrexec/qrexec_with_input/')"
qrexec() ( # TARGET SERVICE[+ARGUMENT]
    [ ! -t 0 ] || exec </dev/null
    qrexec_with_input "$@"
)

echo 'dom0: makes a thin pool, the template "tmpl" and the qube "work"'
{ new_host && create_app work pv; } >/tmp/host.log 2>&1 || cat /tmp/host.log
cat <<'END'

This is dom0 on Xen. The calls are installed, the store is /var/lib/qubes/qubes.xml.
  qrexec TARGET SERVICE[+ARGUMENT]    as qrexec starts them for the qube $caller, now dom0; they run
                                      as the user "user", and as root by sudo where they need it:
                                      qrexec dom0 mgmt.vm.List
                                      qrexec work mgmt.vm.Start
  mgmt.vm.List --help                 as in a shell of dom0
  xl list, virsh -c xen:/// list --all, lvs, tail /var/log/xen/console/guest-work.log
'exit' switches the machine off; nothing is kept.

END
