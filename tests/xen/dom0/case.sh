#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What a case may use; sourced before it. A command that fails ends the case, and fails it.

# The calls stand in the one directory that the programs in sbin point to.
services=$(dirname -- "$(readlink -f -- "$(command -v qubes-mgmt-init)")")
caller=dom0

fail() { # TEXT
    printf 'FAILED: %s\n' "$1"
    exit 1
}

# A store of its own, below a root that goes when the case ends.
new_store() {
    QUBES_MGMT_ROOT=$(mktemp -d /tmp/qm.XXXXXX)
    export QUBES_MGMT_ROOT
    trap 'rm -rf -- "$QUBES_MGMT_ROOT"' EXIT
    qubes-mgmt-init
}

call_as() { # QUBE
    caller=$1
}

qrexec() { # TARGET SERVICE[+ARGUMENT], as $caller; input, output and exit code are the call's
    /xen-tests/qrexec-stand-in "$services" "$caller" "$@"
}

# Runs a call and checks its reply, to the byte but for newlines at the end.
gives() { # REPLY TARGET SERVICE[+ARGUMENT]
    local wanted=$1 reply
    shift
    printf '$ qrexec %s\n' "$*"
    reply=$(qrexec "$@" </dev/null) || fail "exit code $?"
    printf '%s\n' "$reply"
    [ "$reply" = "$wanted" ] || fail "wanted: $wanted"
}

# The same with an input.
answers() { # INPUT REPLY TARGET SERVICE[+ARGUMENT]
    local input=$1 wanted=$2 reply
    shift 2
    printf '$ printf %q | qrexec %s\n' "$input" "$*"
    reply=$(printf '%s' "$input" | qrexec "$@") || fail "exit code $?"
    printf '%s\n' "$reply"
    [ "$reply" = "$wanted" ] || fail "wanted: $wanted"
}

# Runs a call that is to fail, without a reply.
refuses() { # STATUS TARGET SERVICE[+ARGUMENT]
    local wanted=$1 status=0 reply
    shift
    printf '$ qrexec %s\n' "$*"
    reply=$(qrexec "$@" </dev/null) || status=$?
    printf '%s[exit code %d]\n' "$reply" "$status"
    [ "$status" -eq "$wanted" ] || fail "wanted: exit code $wanted"
    [ -z "$reply" ] || fail 'wanted: no reply'
}

wait_for() { # SECONDS COMMAND...
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $end ] || fail "waited in vain: $*"
        sleep 0.1
    done
}

# A template and a qube of it. The reply of a creation is empty.
create_qube() { # NAME
    printf 'name=%s-template label=black' "$1" | qrexec dom0 mgmt.vm.Create.TemplateVM
    printf 'name=%s label=green' "$1" | qrexec dom0 "mgmt.vm.Create.AppVM+$1-template"
}

uuid_of() { # QUBE
    sed -n "/name=\"name\">$1</,/<\/properties>/s|.*name=\"uuid\">\(.*\)</property>|\1|p" \
        "$QUBES_MGMT_ROOT/var/lib/qubes/qubes.xml"
}

# A PV guest without disks that says on its console that it is up.
guest_xml() { # NAME UUID
    cat <<END
<domain type='xen'>
  <name>$1</name>
  <uuid>$2</uuid>
  <memory unit='MiB'>128</memory>
  <vcpu>1</vcpu>
  <os>
    <type arch='x86_64' machine='xenpv'>linux</type>
    <kernel>/xen-tests/guest/vmlinux</kernel>
    <initrd>/xen-tests/guest/initrd</initrd>
    <cmdline>console=hvc0 quiet mitigations=off</cmdline>
  </os>
  <on_poweroff>destroy</on_poweroff>
  <on_reboot>destroy</on_reboot>
  <on_crash>destroy</on_crash>
  <devices>
    <console type='pty'><target type='xen' port='0'/></console>
  </devices>
</domain>
END
}

# The volume group "lab" with thin pools: "pool"; "raw", which does not zero new chunks; "small".
make_thin_pools() {
    vgremove --quiet --force lab 2>/dev/null || true # of a case that failed
    vgcreate --quiet lab /dev/vdb
    lvcreate --quiet --type thin-pool --size 2G --poolmetadatasize 16M --zero y --name pool lab
    lvcreate --quiet --type thin-pool --size 64M --poolmetadatasize 4M --zero n --chunksize 64K \
        --name raw lab
    lvcreate --quiet --type thin-pool --size 64M --poolmetadatasize 4M --name small lab
}

# A store whose volumes are in the pool "lp": the thin pool "pool" of make_thin_pools.
new_store_in_thin_pool() {
    new_store
    mkdir -p "$QUBES_MGMT_ROOT/usr/sbin"
    ln -s /usr/sbin/lvm "$QUBES_MGMT_ROOT/usr/sbin/lvm"
    ln -s /dev "$QUBES_MGMT_ROOT/dev"
    sed -i 's|</pools>|<pool name="lp" driver="lvm_thin" volume_group="lab" thin_pool="pool"/></pools>|
        s|<property name="default_pool_kernel">|<property name="default_pool">lp</property>&|' \
        "$QUBES_MGMT_ROOT/var/lib/qubes/qubes.xml"
}

virsh_xen() { # COMMAND...
    virsh --quiet --connect xen:/// "$@"
}

guest_is_up() { # NAME
    grep -aq 'GUEST UP' "/var/log/xen/console/guest-$1.log"
}

# What libvirt says of a domain, and what Xen does: r (runs), b (idle), p (paused) or absent.
libvirt_state() { # NAME
    virsh_xen domstate "$1" | head -n 1
}
xen_state() { # NAME
    xl list "$1" 2>/dev/null |
        awk 'NR == 2 { gsub("-", "", $5); state = $5 } END { print state == "" ? "absent" : state }'
}
