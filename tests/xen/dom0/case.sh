#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What a case may use; sourced before it. A command that fails ends the case, and fails it.

# The calls stand in the one directory that the programs in sbin point to.
services=$(dirname -- "$(readlink -f -- "$(command -v qubes-mgmt-init)")")
caller=dom0
call_user=root

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

# As $caller; input, output and exit code are the call's. It runs as root on the store of the case, or
# as the user of a host.
qrexec() { # TARGET SERVICE[+ARGUMENT]
    local as=()
    [ "$call_user" = root ] || as=(
        setpriv "--reuid=$call_user" "--regid=$call_user" --init-groups
        env -i "PATH=$PATH" "HOME=/home/$call_user"
    )
    "${as[@]}" /xen-tests/qrexec-stand-in "$services" "$caller" "$@"
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

# The same with an input.
refuses_input() { # INPUT STATUS TARGET SERVICE[+ARGUMENT]
    local input=$1 wanted=$2 status=0 reply
    shift 2
    printf '$ printf %q | qrexec %s\n' "$input" "$*"
    reply=$(printf '%s' "$input" | qrexec "$@") || status=$?
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

# The volume group "lab", empty, whatever an earlier case has left of it.
make_volume_group() {
    vgremove --quiet --force lab 2>/dev/null || true
    vgcreate --quiet lab /dev/vdb
}

# In it thin pools: "pool"; "raw", which does not zero new chunks; "small".
make_thin_pools() {
    make_volume_group
    lvcreate --quiet --type thin-pool --size 2G --poolmetadatasize 16M --zero y --name pool lab
    lvcreate --quiet --type thin-pool --size 64M --poolmetadatasize 4M --zero n --chunksize 64K \
        --name raw lab
    lvcreate --quiet --type thin-pool --size 64M --poolmetadatasize 4M --name small lab
}

# From now on volumes are in the pool "lp": the thin pool "pool" of make_thin_pools.
use_thin_pool() { # STORE
    sed -i 's|</pools>|<pool name="lp" driver="lvm_thin" volume_group="lab" thin_pool="pool"/></pools>|
        s|<property name="default_pool_kernel">|<property name="default_pool">lp</property>&|' "$1"
}

new_store_in_thin_pool() {
    new_store
    mkdir -p "$QUBES_MGMT_ROOT/usr/sbin"
    ln -s /usr/sbin/lvm "$QUBES_MGMT_ROOT/usr/sbin/lvm"
    ln -s /dev "$QUBES_MGMT_ROOT/dev"
    use_thin_pool "$QUBES_MGMT_ROOT/var/lib/qubes/qubes.xml"
}

# --- this dom0 as a host of Qubes OS

readonly store=/var/lib/qubes/qubes.xml

no_domains() {
    local name
    for name in $(virsh_xen list --name); do
        [ "$name" = Domain-0 ] || virsh_xen destroy "$name" >/dev/null
    done
    for name in $(virsh_xen list --inactive --name); do
        virsh_xen undefine "$name" >/dev/null
    done
}

# As a package and an installer leave it: the store where it belongs, volumes in the thin pool, a
# kernel for guests (image/guest-init says what they do), a template "tmpl". Calls run as the user
# "user" of the group "qubes" from here on, as qrexec would start them; what needs root asks sudo.
new_host() {
    local kernel=/var/lib/qubes/vm-kernels/guest
    no_domains
    make_thin_pools
    rm -rf /etc/qubes /var/lib/qubes /var/lib/qubes-mgmt /run/qubes /run/qubes-mgmt
    qubes-mgmt-init
    use_thin_pool "$store"
    mkdir -p "$kernel"
    ln -s /xen-tests/guest/vmlinux "$kernel/vmlinuz"
    ln -s /xen-tests/guest/initrd "$kernel/initramfs"
    truncate -s 1M "$kernel/modules.img"
    call_user=user
    set_property dom0 default_kernel guest
    printf '%-1048576s' template | qrexec dom0 mgmt.vm.CreateTemplate+tmpl
}

# Words of mgmt.conf: KEY = VALUE.
configure() { # LINE...
    mkdir -p /etc/qubes
    printf '%s\n' "$@" >/etc/qubes/mgmt.conf
}

set_property() { # QUBE|dom0 PROPERTY VALUE
    local service=mgmt.vm.property.Set
    [ "$1" != dom0 ] || service=mgmt.property.Set
    answers "$3" '' "$1" "$service+$2"
}

# An AppVM of the template with one processor and no more memory than a guest needs.
create_app() { # NAME VIRT_MODE GUEST-OPTION...
    local memory=128
    [ "$2" = pv ] || memory=200
    answers "name=$1 label=green" '' dom0 mgmt.vm.Create.AppVM+tmpl
    set_property "$1" virt_mode "$2"
    set_property "$1" maxmem $memory
    set_property "$1" memory $memory
    set_property "$1" vcpus 1
    guest_does "$1" "${@:3}"
}

# What the guest is to do at its next start.
guest_does() { # NAME GUEST-OPTION...
    set_property "$1" kernelopts "${*:2}"
}

start() { # NAME
    rm -f "/var/log/xen/console/guest-$1.log"
    gives '' "$1" mgmt.vm.Start
}

# The guest says so on its console, within two minutes: there is not much of a processor for all this.
guest_says() { # NAME TEXT
    wait_for 120 grep -aqF -- "$2" "/var/log/xen/console/guest-$1.log"
}

guest_never_said() { # NAME TEXT
    if grep -aqF -- "$2" "/var/log/xen/console/guest-$1.log"; then
        fail "$1 says '$2'"
    fi
}

# It has said so as often.
guest_says_times() { # NAME COUNT TEXT
    local seconds
    for ((seconds = 0; seconds < 120; ++seconds)); do
        [ "$(grep -acF -- "$3" "/var/log/xen/console/guest-$1.log")" -lt "$2" ] || return 0
        sleep 1
    done
    fail "$1 does not say '$3' $2 times"
}

state_of() { # NAME
    qrexec dom0 mgmt.vm.List </dev/null | sed -n "s/^$1 class=[A-Za-z]* state=//p"
}

has_state() { # NAME STATE
    [ "$(state_of "$1")" = "$2" ]
}

# What List says of a qube, and what libvirt and Xen say of its domain.
all_say() { # NAME STATE LIBVIRT XEN
    printf '%s: %s, libvirt: %s, Xen: %s\n' "$1" "$(state_of "$1")" "$(libvirt_state "$1")" \
        "$(xen_state "$1")"
    has_state "$1" "$2" || fail "wanted: $2"
    libvirt_state "$1" | grep -qxE "$3" || fail "wanted: $3"
    xen_state "$1" | grep -qxE "$4" || fail "wanted: $4"
}

runs() { # NAME
    all_say "$1" Running running '[rqb]'
}
halted() { # NAME
    all_say "$1" Halted 'shut off|unknown' absent
}

# Whether what the run of a qube leaves has been cleaned up: its record, its snapshots.
settled() { # NAME
    [ -z "$(ls -A /run/qubes-mgmt/run 2>/dev/null)" ] &&
        ! lvs --noheadings -o lv_name lab | grep -qE "vm-$1-(root|private)-snap|vm-$1-volatile"
}

virsh_xen() { # COMMAND...
    virsh --quiet --connect xen:/// "$@"
}

guest_is_up() { # NAME
    grep -aq 'GUEST UP' "/var/log/xen/console/guest-$1.log"
}

# What libvirt says of a domain, unknown without one, and what Xen does: r (runs), q (waits for a
# processor), b (idle), p (paused) or absent.
libvirt_state() { # NAME
    { virsh_xen domstate "$1" 2>/dev/null || echo unknown; } | head -n 1
}
xen_state() { # NAME
    xl list "$1" 2>/dev/null | awk '
        NR == 2 { gsub("-", "", $5); state = $5 == "" ? "q" : $5 }
        END { print state == "" ? "absent" : state }'
}

# --- the PCI devices of the machine

port_of() { # ADDRESS: the way to it, the bus behind a bridge counted from the first one there
    local way
    way=$(readlink -f "/sys/bus/pci/devices/$1")
    way=${way#/sys/devices/pci0000:00/0000:}
    printf '%s' "$way" | sed 's|/0000:..:|-00:|g' | tr : _
}
of_class() { # PATTERN: their addresses
    grep -lE "$1" /sys/bus/pci/devices/*/class | cut -d / -f 6
}
driver_of() { # ADDRESS
    basename "$(readlink "/sys/bus/pci/devices/$1/driver")"
}
# For the cases that follow: whoever took it from its driver has named the one that it shall have.
back_to_dom0() { # ADDRESS DRIVER
    xl pci-assignable-remove "$1"
    echo >"/sys/bus/pci/devices/$1/driver_override"
    echo "$1" >/sys/bus/pci/drivers_probe
    [ "$(driver_of "$1")" = "$2" ] || fail "the card is with $(driver_of "$1"), not with $2"
}
