# Sourced after shell.sh: Debian's packages. The lists are fetched only where they are missing or out of date.
# shellcheck shell=sh

# Whether Debian packages can be installed here.
can_install_debian() {
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null
}

# Tries an apt-get command; where it fails, fetches the lists and tries once more.
apt_get() {
  name=$1
  shift
  logged "$name" env DEBIAN_FRONTEND=noninteractive apt-get -q -y "$@" 2>/dev/null && return
  logged apt-update apt-get -q update &&
    logged "$name" env DEBIAN_FRONTEND=noninteractive apt-get -q -y "$@"
}

# What dpkg says about a package: "installed", or something else.
debian_status() {
  dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null || true
}

# Installs those of the packages named that are not there yet.
install_debian() {
  missing=
  for package; do
    [ "$(debian_status "$package")" = installed ] || missing="$missing $package"
  done
  [ -n "$missing" ] || return 0
  # shellcheck disable=SC2086 # a list of words
  apt_get apt-install install -o DPkg::Lock::Timeout=300 --no-install-recommends $missing
}

# The Debian mirror that this machine uses; nothing where it is no Debian.
debian_mirror() {
  # shellcheck disable=SC2016 # apt-get fills this in
  apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Label: Debian' 2>/dev/null | head -n 1
}

# Writes the root file system of a minimal Debian 12 to the tar file $1; further arguments are mmdebstrap's. Through a file and not
# through a pipe, so that half a file system never becomes an image.
make_debian_root() {
  archive=$1
  shift
  mirror=$(debian_mirror)
  mmdebstrap --quiet "$@" bookworm "$archive" ${mirror:+"$mirror"}
}
