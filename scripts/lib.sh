# shellcheck shell=sh disable=SC2034
# Shared parts of the scripts: each sources this file after `set -eu`.

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
cd "$root" || exit

python=$root/.venv/bin/python
# Debian packages that tests run without installing them.
unpacked=$root/.build/debian
export PYTHONDONTWRITEBYTECODE=1

say() { printf '%s\n' "$*"; }
step() { printf '\n== %s\n' "$*"; }
fail() {
  printf 'Error: %s\n' "$*" >&2
  exit 1
}

# Prints a command as it could be typed, then runs it.
show() {
  printf '\n$'
  for word in "$@"; do
    case $word in
      '' | *[!A-Za-z0-9_./:=%+,@-]*)
        printf " '%s'" "$(printf '%s' "$word" | sed "s/'/'\\\\''/g")" ;;
      *) printf ' %s' "$word" ;;
    esac
  done
  printf '\n'
  "$@"
}

# What a program that is handed on has at most, stripped.
binary_bytes_max=20971520

# Builds a product as it ships: optimized, with the Swift runtime inside. Its path is in $release.
release=$root/.build/release
build_release() {
  swift build -c release --static-swift-stdlib --product "$1"
}

# A path as it was typed in another folder, from the root.
absolute() {
  case $1 in
    /*) printf '%s\n' "$1" ;;
    *) printf '%s\n' "$2/$1" ;;
  esac
}
