# test/lib/debian.sh: Debian root directories, for test/matrix-root and test/newcomer. Both run this
# in mount and process namespaces of their own, so that no mount and no process outlives them.

# obtain COMMAND...: exits with 77 when the command, which installs packages, fails.
obtain() { "$@" || { echo "failed: $*" >&2; exit 77; }; }

# debian_root SUITE DIRECTORY PACKAGES [OTHER SUITE]: a minimal root with these packages (separated
# by commas, or none), whose apt uses the mirror that this machine's own apt uses.
debian_root() {
    local suite=$1 root=$2 packages=$3 extra=${4:-} mirror script s
    # shellcheck disable=SC2016 # apt's variables
    mirror=$(apt-get indextargets --format '$(ORIGIN) $(SITE)' 'Created-By: Packages' |
        awk '$1 == "Debian" && $2 !~ /security/ { print $2; exit }')
    [ -n "$mirror" ] || { echo "apt has no Debian mirror" >&2; exit 77; }

    rm -rf --one-file-system "$root"
    mkdir -p "$root"
    chmod 755 "$root"
    # An older debootstrap has no script for a newer suite; they are all sid's.
    script=/usr/share/debootstrap/scripts/$suite
    [ -e "$script" ] || script=/usr/share/debootstrap/scripts/sid
    obtain debootstrap --variant=minbase ${packages:+--include="$packages"} "$suite" "$root" "$mirror" "$script"
    for s in $suite $extra; do
        # A mirror's snapshot of a moving suite may be past its date.
        echo "deb [check-valid-until=no] $mirror $s main"
    done > "$root/etc/apt/sources.list"
    cp /etc/resolv.conf /etc/hosts "$root/etc/"
}
