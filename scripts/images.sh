# Sourced after shell.sh: the names of the local images, which of them are absent, and how one is made from another.
# shellcheck shell=sh

all_images="busybox httpd debian node redis"
# Made only where they are named: a language each, with its package manager.
language_images="python ruby php go java"

# The full name of an image of this repository.
image_name() {
  case $1 in
    busybox) echo localhost/slipway-busybox:1 ;;
    httpd) echo localhost/slipway-httpd:1 ;;
    debian) echo localhost/slipway-debian:12 ;;
    node) echo localhost/slipway-node:24 ;;
    redis) echo localhost/slipway-redis:7 ;;
    python | ruby | php | go | java) echo "localhost/slipway-$1:12" ;;
    *) fail "There is no local image \"$1\": name some of $all_images $language_images." ;;
  esac
}

# The image that one is made from, or nothing.
base_of() {
  case $1 in
    httpd) echo busybox ;;
    node | python | ruby | php | go | java) echo debian ;;
  esac
}

# Which of the images named the engine does not have, and the absent ones that these are made from. One question to the engine.
absent_images() {
  names=
  for kind in $all_images $language_images; do
    names="$names $(image_name "$kind")"
  done
  # shellcheck disable=SC2086 # a list of words; the exit status only says that some are absent
  present=$(docker image inspect --format '{{join .RepoTags "\n"}}' $names 2>/dev/null) || true
  for kind in $1; do
    is_absent "$kind" || continue
    base=$(base_of "$kind")
    if [ -n "$base" ] && is_absent "$base"; then
      printf '%s ' "$base"
    fi
    printf '%s ' "$kind"
  done
}

is_absent() {
  name=$(image_name "$1")
  ! printf '%s\n' "$present" | grep -qxF "$name"
}

# Makes image $1 from the root file system in the tar file $2; further arguments are Dockerfile instructions.
import_image() {
  name=$1
  archive=$2
  shift 2
  for change; do
    shift
    set -- "$@" --change "$change"
  done
  docker import "$@" "$archive" "$name"
}

# Makes image $2 from image $1 with the file $3 put at the path $4; further arguments are Dockerfile instructions.
derive_image() {
  container=$(docker create "$1" true)
  name=$2
  file=$3
  path=$4
  shift 4
  for change; do
    shift
    set -- "$@" --change "$change"
  done
  status=0
  docker cp -L "$file" "$container:$path" && docker commit "$@" "$container" "$name" || status=$?
  docker rm "$container"
  return "$status"
}
