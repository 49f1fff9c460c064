#!/bin/bash
# On the bare machine (Linux x86-64; no Node, no network), in the folder of machine.tar.xz and bench.tar.xz, as root where the
# Vulkan loader is missing:  bash start.sh --out FOLDER [--only PART] [--seconds N]     (what `node gpu.mjs run` takes)
set -euo pipefail
export PATH=$PATH:/usr/sbin:/sbin
here=$(cd "$(dirname "$0")" && pwd)
room=${ROOM:-/tmp/closed-book-gpu} # where it is unpacked
if [ ! -e "$room/unpacked" ]; then
  mkdir -p "$room"
  for archive in machine bench; do
    tar -xJf "$here/$archive.tar.xz" -C "$room" 2>/dev/null ||
      python3 -c 'import sys, tarfile; tarfile.open(sys.argv[1]).extractall(sys.argv[2])' "$here/$archive.tar.xz" "$room"
  done
  touch "$room/unpacked"
fi
if ! ldconfig -p | grep -q 'libvulkan\.so\.1'; then
  for package in "$room"/debs/*.deb; do dpkg -x "$package" /; done
  ldconfig
fi
nvidia=/usr/local/nvidia/share/vulkan/icd.d/nvidia_icd.json
if [ -e "$nvidia" ]; then export VK_DRIVER_FILES=${VK_DRIVER_FILES:-$nvidia}; fi
exec "$room/node" "$room/gpu.mjs" run "$@"
